"""Turns a question into a visit to the gallery: which images look like these pictures?"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from imgsimd.control import schemas
from imgsimd.control.schemas import text
from imgsimd.errors import RequestError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import Vector
from imgsimd.types import FileState


def answer(gallery: Gallery, question: schemas.SimilarRequest) -> dict[str, Any]:
    """The answer as JSON. Raises RequestError, which names the query that is to blame.

    One visit to the gallery, so that vectors, ids and paths are of one moment.
    """
    vectors = [_vector(gallery, n, query) for n, query in enumerate(question.queries)]
    paths = [os.fsencode(query.path) for query in question.queries if query.path]
    mean = _unit(np.mean(vectors, axis=0), 0)
    leave_out = gallery.ids_at(paths)
    matches = gallery.nearest(mean, question.k, leave_out, question.max_distance)
    return {
        "model": gallery.serving.name,
        "matches": [
            {
                "rank": match.rank,
                "id": match.id,
                "path": text(match.path),
                "distance": match.distance,
                "similarity": match.similarity,
            }
            for match in matches
        ],
    }


def _vector(gallery: Gallery, number: int, query: schemas.Query) -> Vector:
    if query.vector is not None:
        dimension = gallery.serving.dimension
        if len(query.vector) != dimension:
            raise RequestError(
                "bad_request", 400,
                f"The vector has {len(query.vector)} numbers; the model {gallery.serving.name} "
                f"makes {dimension}.", number,
            )  # fmt: skip
        return _unit(np.asarray(query.vector), number)
    if query.path is None:
        raise RequestError("bad_request", 400, "A query needs a path or a vector.", number)
    image = gallery.find(os.fsencode(query.path), _state(query))
    vector = gallery.vector(image) if image is not None else None
    if vector is None:
        message = f"{query.path} is not in the gallery (as it is now): send its vector."
        raise RequestError("unknown_picture", 404, message, number)
    return vector


def _state(query: schemas.Query) -> FileState | None:
    if query.size is None or query.mtime_ns is None or query.inode is None:
        return None
    return FileState(query.size, query.mtime_ns, 0, query.inode)


def _unit(vector: np.ndarray[Any, Any], number: int) -> Vector:
    """The vector at length 1: the mean of several is shorter, and a client may send any."""
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        raise RequestError("bad_request", 400, "A vector must be finite and not zero.", number)
    return (vector / length).astype(np.float32)
