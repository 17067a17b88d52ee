"""Thumbnails that machines which share a server keep for each other, in a collection of its own."""

from __future__ import annotations

import base64
from typing import Any

from imgsimd.milvus import expression, tables
from imgsimd.milvus.connection import Call
from imgsimd.milvus.messages import (
    MOST_JPEG_BYTES,
    DeleteThumbnails,
    ReadThumbnail,
    ThumbnailIds,
    WriteThumbnails,
    WrongRequestError,
)
from imgsimd.milvus.tables import NO_VECTOR, Table, number, text, vector
from imgsimd.shared_ids import host_of


def write(call: Call, request: WriteThumbnails) -> None:
    """Raises WrongRequestError if one is too large; none is stored then."""
    for image, jpeg in request.jpegs.items():
        if len(jpeg) > MOST_JPEG_BYTES:
            size = f"has {len(jpeg):,} bytes; Milvus takes {MOST_JPEG_BYTES:,}"
            raise WrongRequestError(f"the thumbnail of image {image} {size}")
    rows = [(_row(image, jpeg), 4 * len(jpeg) // 3) for image, jpeg in request.jpegs.items()]
    tables.upsert_or_make(call, _table(request.prefix), rows)


def read(call: Call, request: ReadThumbnail) -> bytes | None:
    name = _table(request.prefix).name
    found = tables.query(call, name, f"id == {request.id:d}", ["jpeg"])
    return base64.b64decode(found[0]["jpeg"]) if found else None


def delete(call: Call, request: DeleteThumbnails) -> None:
    name = _table(request.prefix).name
    tables.unless_missing(lambda: tables.delete(call, name, request.ids), None)


def ids(call: Call, request: ThumbnailIds) -> Any:
    return tables.ids(call, _table(request.prefix).name, expression.of_host(request.host))


def _table(prefix: str) -> Table:
    fields = [
        number("id", is_primary=True),
        vector(len(NO_VECTOR)),
        number("host", is_partition_key=True),
        text("jpeg"),
    ]
    return Table(f"{prefix}_thumbnails", fields)


def _row(image: int, jpeg: bytes) -> dict[str, Any]:
    return {
        "id": image,
        "vector": NO_VECTOR,
        "host": host_of(image),
        "jpeg": base64.b64encode(jpeg).decode(),
    }
