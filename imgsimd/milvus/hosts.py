"""What machines that share a server tell each other, in a collection of its own."""

from __future__ import annotations

import json
from typing import Any

from pymilvus import DataType

from imgsimd.milvus import tables
from imgsimd.milvus.connection import Call
from imgsimd.milvus.messages import (
    HOSTS,
    Host,
    ReadHosts,
    RemoveHost,
    WriteHost,
    WrongRequestError,
)
from imgsimd.milvus.path_text import from_text, to_text
from imgsimd.milvus.tables import NO_VECTOR, Table, number, text, vector
from imgsimd.shared_ids import HostNumber

FIELDS = ["id", "name", "gallery", "offline", "changed"]


def read(call: Call, request: ReadHosts) -> list[Host]:
    """By their numbers."""
    rows = tables.query(call, _table(request.prefix).name, "id >= 0", FIELDS)
    return sorted(map(_host, rows))


def write(call: Call, request: WriteHost) -> None:
    table, row = _table(request.prefix), _row(request.host)
    tables.upsert_or_make(call, table, [(row, len(row["offline"]))])


def remove(call: Call, request: RemoveHost) -> None:
    table = _table(request.prefix)
    tables.unless_missing(lambda: tables.delete(call, table.name, [request.number]), None)


def _table(prefix: str) -> Table:
    fields = [
        number("id", is_primary=True),
        vector(len(NO_VECTOR)),
        *map(text, ("name", "gallery", "offline")),
        number("changed", DataType.DOUBLE),
    ]
    return Table(prefix + HOSTS, fields)


def _row(host: Host) -> dict[str, Any]:
    offline = json.dumps([to_text(folder) for folder in host.offline])
    if len(offline) > tables.LONGEST_TEXT:
        raise WrongRequestError("the names of the folders that are offline are too long for Milvus")
    return {
        "id": host.number,
        "vector": NO_VECTOR,
        "name": host.name,
        "gallery": host.gallery,
        "offline": offline,
        "changed": host.changed,
    }


def _host(row: dict[str, Any]) -> Host:
    offline = tuple(from_text(folder) for folder in json.loads(row["offline"]))
    number = HostNumber(row["id"])
    return Host(number, row["name"], row["gallery"], offline, row["changed"])
