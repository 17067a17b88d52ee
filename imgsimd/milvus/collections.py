"""The requests for vectors, each by the calls that carry it out."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from pymilvus import DataType

from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.milvus import tables
from imgsimd.milvus.connection import Call
from imgsimd.milvus.messages import (
    Build,
    Collection,
    Collections,
    Count,
    Delete,
    Drop,
    Find,
    Flush,
    Hit,
    Ids,
    Open,
    Upsert,
)
from imgsimd.milvus.path_text import from_text, to_text
from imgsimd.milvus.tables import Table, number, text, vector
from imgsimd.shared_ids import HostNumber, SharedId
from imgsimd.vectors import VectorForm

PROBED_LISTS = 32
LEAST_CANDIDATES = 64
"""That an index which approximates looks at, even if fewer are asked for."""
NUMBER_TYPE = {"float32": "<f4", "int8": "i1"}
FOUND = ["host", "path", "vector"]
BUILT_SECONDS = 0.5
"""Between two questions whether an index is built."""


def open_collection(call: Call, request: Open) -> bool:
    return tables.make(call, _table(request.collection))


def upsert(call: Call, request: Upsert) -> None:
    form = request.collection.form
    rows = (_written(form, row) for row in request.rows)
    tables.upsert(call, request.collection.name, rows)


def delete(call: Call, request: Delete) -> None:
    tables.delete(call, request.name, request.ids)


def flush(call: Call, request: Flush) -> None:
    """Milvus itself has on its disk whatever it has accepted, and takes one call in ten seconds
    (its documentation: `quotaAndLimits.flushRate`)."""
    if call.is_lite:
        call.client.flush(request.name, timeout=call.left)


def build(call: Call, request: Build) -> None:
    """While it is loaded, milvus-lite builds in the background, and says nowhere that it cannot."""
    name = request.name
    call.client.release_collection(name, timeout=call.left)
    call.client.flush(name, timeout=call.left)
    while not _is_built(call.client.describe_index(name, "vector", timeout=call.left)):
        time.sleep(min(BUILT_SECONDS, call.left))
    tables.load(call, name)


def find(call: Call, request: Find) -> list[list[Hit]]:
    if not request.queries or request.limit < 1:
        return [[] for _ in request.queries]
    name, form = request.collection.name, request.collection.form

    def ask() -> Any:
        options = _search_options(_kind(call, request.collection), request.limit)
        return call.client.search(
            name,
            data=[_numbers(form, query) for query in request.queries],
            anns_field="vector",
            filter=request.expression,
            limit=request.limit,
            output_fields=FOUND,
            search_params={"metric_type": "L2", "params": options},
            consistency_level="Strong",
            timeout=call.left,
        )

    answer = tables.when_loaded(call, name, ask)
    return [
        [_hit(form, hit["id"], hit["distance"], hit["entity"]) for hit in one] for one in answer
    ]


def ids(call: Call, request: Ids) -> Any:
    return tables.ids(call, request.name, request.expression)


def count(call: Call, request: Count) -> int:
    return tables.count(call, request.name, request.expression)


def collections(call: Call, request: Collections) -> list[str]:
    names = call.client.list_collections(timeout=call.left)
    return sorted(name for name in names if name.startswith(request.prefix + "_"))


def drop(call: Call, request: Drop) -> None:
    """Milvus does not mind if there is none."""
    call.client.drop_collection(request.name, timeout=call.left)
    call.kinds.pop(request.name, None)
    call.sound.discard(request.name)


def _is_built(index: dict[str, Any]) -> bool:
    return index["state"] == "Finished" and not index["pending_index_rows"]


def _table(collection: Collection) -> Table:
    fields = [
        number("id", is_primary=True),
        vector(collection.form.dimension),
        number("host", is_partition_key=True),
        *map(text, ("root", "path", "format", "extension", "camera")),
        number("time"),
        number("pixels"),
        number("shape", DataType.INT8),
    ]
    return Table(collection.name, fields, collection.kind)


def _kind(call: Call, collection: Collection) -> str:
    """Of the index that there is, whoever made it. Raises OtherFormError: milvus-lite would find
    nothing in a collection of another dimension, and say no word."""
    name = collection.name
    kind = call.kinds.get(name)
    if kind is None:
        tables.ensure_form(call, _table(collection))
        kind = call.client.describe_index(name, "vector", timeout=call.left)["index_type"]
        call.kinds[name] = kind
    return kind


def _search_options(kind: str, limit: int) -> dict[str, int]:
    """An index must look at no fewer candidates than are asked for."""
    if kind == "HNSW":
        return {"ef": max(LEAST_CANDIDATES, limit)}
    if kind == "DISKANN":
        return {"search_list": max(LEAST_CANDIDATES, limit)}
    if kind == "IVF_FLAT":
        return {"nprobe": PROBED_LISTS}
    return {}


def _hit(form: VectorForm, image: int, squared: float, entity: dict[str, Any]) -> Hit:
    stored = np.asarray(entity["vector"], "<f4").astype(NUMBER_TYPE[form.stored_as]).tobytes()
    host, path = HostNumber(entity["host"]), from_text(entity["path"])
    return Hit(SharedId(image), squared, host, path, stored)


def _written(form: VectorForm, row: SharedRow) -> tuple[dict[str, Any], int]:
    """As Milvus gets it, and its bytes."""
    texts = {
        "root": to_text(row.root),
        "path": to_text(row.path),
        "format": row.format,
        "extension": row.extension,
        "camera": row.camera,
    }
    numbers = {
        "id": row.id,
        "vector": _numbers(form, row.vector),
        "host": row.host,
        "time": row.time,
        "pixels": row.pixels,
        "shape": row.shape,
    }
    return numbers | texts, 4 * form.dimension + sum(map(len, texts.values())) * 4


def _numbers(form: VectorForm, stored: bytes) -> list[float]:
    """The numbers, or the codes."""
    return list(np.frombuffer(stored, NUMBER_TYPE[form.stored_as]).astype(np.float32).tolist())
