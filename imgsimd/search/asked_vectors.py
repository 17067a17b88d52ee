"""The vector that a question is about: the weighted mean of those of its queries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.answering import Answering
from imgsimd.search.query import (
    BadVectorError,
    NothingLeftError,
    OtherModelError,
    Query,
    UnknownPicturesError,
)
from imgsimd.vectors import Vector, to_unit_vector

SHORTEST = 1e-3
"""The shortest weighted mean of unit vectors that can be asked with. What is shorter is the noise
that is left where a picture is taken away from itself: two decoders differ by less. The mean of
10,000 vectors that have nothing in common is ten times as long."""


def vector_of(answering: Answering, queries: Sequence[Query]) -> Vector:
    """The weighted mean of the queries' vectors, at length 1. Raises QuestionError. Runs on the
    gallery's thread."""
    return _mean(vectors_of(answering, queries), [query.weight for query in queries])


def vectors_of(answering: Answering, queries: Sequence[Query]) -> list[Vector]:
    """The unit vector of each query. Raises QuestionError. Runs on the gallery's thread."""
    vectors = {n: _given(answering, n, q) for n, q in enumerate(queries) if q.vector is not None}
    named = {n: q.path or b"" for n, q in enumerate(queries) if n not in vectors}
    images = answering.lookup.find([(path, queries[n].state) for n, path in named.items()])
    for number, image in zip(named, images, strict=True):
        if image is not None and (vector := answering.vector(image)) is not None:
            vectors[number] = vector
    if unknown := {n: path for n, path in named.items() if n not in vectors}:
        raise UnknownPicturesError(unknown)
    return [vectors[number] for number in range(len(queries))]


def _given(answering: Answering, number: int, query: Query) -> Vector:
    """The vector that a query has. Raises OtherModelError or BadVectorError."""
    numbers, model = query.vector or (), answering.model
    if query.model not in (None, model.name, model.identity):
        raise OtherModelError(
            f"The vector is by another model than {model.name}, which answers now: ask again, with "
            f"a vector by {model.name}.",
            [number],
        )
    if len(numbers) != model.form.dimension:
        raise BadVectorError(
            f"The vector has {len(numbers)} numbers; the model {model.name} makes "
            f"{model.form.dimension}.",
            [number],
        )
    return model.form.rounded(_unit(np.asarray(numbers), number))


def _mean(vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """The weighted sum, at length 1. Raises NothingLeftError."""
    exact = np.asarray(weights, np.float64)
    total = np.abs(exact).sum() or 1.0
    mean = (exact / total) @ np.asarray(vectors, np.float64)
    if np.linalg.norm(mean) < SHORTEST:
        raise NothingLeftError(
            "These pictures cancel each other out: nothing is left to look for. Take away other "
            "ones, or give them less weight.",
            range(len(vectors)),
        )
    return _unit(mean, 0)


def _unit(vector: NDArray[np.float64], number: int) -> Vector:
    """The vector at length 1: a client may send any."""
    try:
        return to_unit_vector(vector)
    except ValueError:
        raise BadVectorError("A vector must be finite and not zero.", [number]) from None
