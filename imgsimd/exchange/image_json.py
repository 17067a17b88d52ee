"""What the daemon is sent of an exported gallery: see `POST /v1/import` in the API's document."""

from __future__ import annotations

import base64
import os

from imgsimd.client.json_fields import Json
from imgsimd.exchange.layout import Model, Row, Vector


def of_model(model: Model) -> Json:
    """A model with vectors in the file."""
    return {
        "identity": model.identity,
        "name": model.name,
        "dimension": model.dimension,
        "stored_as": model.stored_as,
    }


def of_image(row: Row) -> Json:
    """An image that was looked at."""
    names = ("id", "size", "mtime_ns", "ctime_ns", "inode", "attributes", "hidden", "content")
    return {
        **{name: row[name] for name in names},
        "path": os.fsdecode(row["path"]),
        "metadata": _metadata(row),
        "failure": _failure(row),
        "vectors": [
            _vector(number, vector) for number, vector in enumerate(row["vectors"]) if vector
        ],
    }


def _metadata(row: Row) -> Json | None:
    names = (
        "format", "width", "height", "orientation", "taken", "make", "model", "read",
        "latitude", "longitude",
    )  # fmt: skip
    if row["format"] is None:
        return None
    has_place = None if row["has_place"] is None else bool(row["has_place"])
    return {**{name: row[name] for name in names}, "has_place": has_place}


def _failure(row: Row) -> Json | None:
    if row["failure"] is None:
        return None
    return {
        "reason": row["failure"],
        "kind": row["failure_kind"] or "",
        "reader": row["failure_reader"] or "",
        "limit": row["failure_limit"] or 0,
        "unread": bool(row["unread"]),
    }


def _vector(number: int, vector: Vector) -> Json:
    numbers = base64.b64encode(vector.numbers).decode("ascii")
    return {"model": number, "vector": numbers, "decoder": vector.decoder}


def of_decision(first: str, second: str, files: int) -> Json:
    """See `Manifest.not_duplicates`."""
    return {"first": first, "second": second, "files": files}
