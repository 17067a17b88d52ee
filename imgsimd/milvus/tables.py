"""What Milvus calls collections: how they are made, filled, read and emptied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient
from pymilvus.exceptions import MilvusException

from imgsimd.gallery.vectors.id_set import NO_IDS
from imgsimd.milvus.connection import Call
from imgsimd.milvus.messages import MOST_HITS

R = TypeVar("R")
PORTION_BYTES = 16 * 2**20
"""Of vectors and texts in one call: Milvus takes 64 MB, of which the rest of a row needs some."""
ROWS_A_CALL = 8192
LONGEST_TEXT = 65_535
"""Bytes of a VARCHAR, the most that Milvus allows."""
PARTITIONS = 64
"""Among which the rows of hosts are divided."""
NO_VECTOR = [0.0, 0.0]
"""What rows without a vector have: a collection must have vectors."""
FAILED, NOT_FOUND, NOT_LOADED = 1, 100, 101
"""Codes of Milvus for a collection."""
INDEX_OPTIONS: Mapping[str, Mapping[str, int]] = {
    "FLAT": {},
    "HNSW": {"M": 16, "efConstruction": 200},
    "IVF_FLAT": {"nlist": 1024},
    "DISKANN": {},
}


class OtherFormError(Exception):
    """A collection has this name, and other fields."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Field(NamedTuple):
    """One that each row has."""

    name: str
    type: DataType
    options: dict[str, Any]


def number(name: str, kind: DataType = DataType.INT64, **options: bool) -> Field:
    """Options: `is_primary`, `is_partition_key`."""
    return Field(name, kind, options)


def text(name: str) -> Field:
    return Field(name, DataType.VARCHAR, {"max_length": LONGEST_TEXT})


def vector(dimension: int) -> Field:
    """Each collection must have one, called `vector`."""
    return Field("vector", DataType.FLOAT_VECTOR, {"dim": dimension})


class Table(NamedTuple):
    """What a collection should be like."""

    name: str
    fields: Sequence[Field]
    kind: str = "FLAT"
    """Of the index."""


def make(call: Call, table: Table) -> bool:
    """Makes the collection if there is none, and loads it; whether it was made. Raises
    OtherFormError."""
    is_new = not call.client.has_collection(table.name, timeout=call.left)
    if is_new:
        try:
            _create(call, table)
        except MilvusException:
            # Another host may have made it just now.
            if not call.client.has_collection(table.name, timeout=call.left):
                raise
            is_new = False
    if not is_new:
        ensure_form(call, table)
    load(call, table.name)
    return is_new


def load(call: Call, name: str) -> None:
    """Loads the collection. Has milvus-lite make an index anew that it was writing when it was
    killed, and cannot read any more: the rows are all there."""
    try:
        call.client.load_collection(name, timeout=call.left)
    except MilvusException as error:
        if error.code != FAILED or not call.is_lite:
            raise
        _make_index_anew(call, name)
        call.client.load_collection(name, timeout=call.left)


def upsert(call: Call, name: str, rows: Iterable[tuple[dict[str, Any], int]]) -> None:
    """Each row with the bytes that its vector and texts have, about. In portions."""
    for portion in _portions(rows):
        call.client.upsert(name, portion, timeout=call.left)


def upsert_or_make(call: Call, table: Table, rows: list[tuple[dict[str, Any], int]]) -> None:
    """Makes the collection before, if there is none. Raises OtherFormError."""

    def add() -> bool:
        upsert(call, table.name, rows)
        return True

    # Another host may have dropped it since.
    if table.name not in call.sound or not unless_missing(add, False):
        make(call, table)
        call.sound.add(table.name)
        add()


def delete(call: Call, name: str, ids: Sequence[int]) -> None:
    """Unknown ids are ignored."""
    for begin in range(0, len(ids), ROWS_A_CALL):
        part = list(ids[begin : begin + ROWS_A_CALL])
        call.client.delete(name, ids=part, timeout=call.left)


def query(call: Call, name: str, expression: str, fields: list[str]) -> list[dict[str, Any]]:
    """At most MOST_HITS rows, as of now; none if there is no such collection."""

    def ask() -> list[dict[str, Any]]:
        return list(
            call.client.query(
                name,
                filter=expression,
                limit=MOST_HITS,
                output_fields=fields,
                consistency_level="Strong",
                timeout=call.left,
            )
        )

    return unless_missing(lambda: when_loaded(call, name, ask), [])


def ids(call: Call, name: str, expression: str) -> NDArray[np.int64]:
    """Of all rows that fit, ascending, as of now; none if there is no such collection."""

    def ask() -> NDArray[np.int64]:
        walk = call.client.query_iterator(
            name,
            batch_size=MOST_HITS,
            filter=expression,
            output_fields=["id"],
            consistency_level="Strong",
            timeout=call.left,
        )
        try:
            pages = [
                np.array([row["id"] for row in rows], np.int64)
                for rows in iter(walk.next, [])
                if call.left
            ]
        finally:
            walk.close()
        return np.unique(np.concatenate([NO_IDS, *pages]))

    return unless_missing(lambda: when_loaded(call, name, ask), NO_IDS)


def count(call: Call, name: str, expression: str) -> int:
    """How many rows fit, as of now; 0 if there is no such collection."""

    def ask() -> int:
        rows = call.client.query(
            name,
            filter=expression,
            output_fields=["count(*)"],
            consistency_level="Strong",
            timeout=call.left,
        )
        return int(rows[0]["count(*)"])

    return unless_missing(lambda: when_loaded(call, name, ask), 0)


def when_loaded(call: Call, name: str, ask: Callable[[], R]) -> R:
    """What it returns, after the collection was loaded if that is what Milvus asks for: a server
    that was started again may have loaded nothing."""
    try:
        return ask()
    except MilvusException as error:
        if error.code != NOT_LOADED:
            raise
    load(call, name)
    return ask()


def unless_missing(ask: Callable[[], R], otherwise: R) -> R:
    """What it returns, or `otherwise` if there is no such collection."""
    try:
        return ask()
    except MilvusException as error:
        if error.code != NOT_FOUND:
            raise
        return otherwise


def _create(call: Call, table: Table) -> None:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    for field in table.fields:
        schema.add_field(field.name, field.type, **field.options)
    divided = any("is_partition_key" in field.options for field in table.fields)
    call.client.create_collection(
        table.name,
        schema=schema,
        index_params=_index(table.kind),
        consistency_level="Strong",
        timeout=call.left,
        **({"num_partitions": PARTITIONS} if divided else {}),
    )


def _index(kind: str) -> Any:
    index = MilvusClient.prepare_index_params()
    options = dict(INDEX_OPTIONS[kind])
    index.add_index("vector", index_type=kind, metric_type="L2", params=options)
    return index


def _make_index_anew(call: Call, name: str) -> None:
    kind = call.client.describe_index(name, "vector", timeout=call.left)["index_type"]
    call.client.release_collection(name, timeout=call.left)
    call.client.drop_index(name, "vector", timeout=call.left)
    call.client.create_index(name, _index(kind), timeout=call.left)


def ensure_form(call: Call, table: Table) -> None:
    """Raises OtherFormError if the collection has other fields than it should have."""
    there = call.client.describe_collection(table.name, timeout=call.left)["fields"]
    have = {field["name"]: (field["type"], field["params"].get("dim")) for field in there}
    if have != {field.name: (field.type, field.options.get("dim")) for field in table.fields}:
        raise OtherFormError(table.name)


def _portions(rows: Iterable[tuple[dict[str, Any], int]]) -> Iterator[list[dict[str, Any]]]:
    portion: list[dict[str, Any]] = []
    room = PORTION_BYTES
    for row, size in rows:
        if portion and (size > room or len(portion) == ROWS_A_CALL):
            yield portion
            portion, room = [], PORTION_BYTES
        portion.append(row)
        room -= size
    if portion:
        yield portion
