"""A collection that answers as Milvus does, without a server: a dictionary and numpy.

It computes distances as inexactly as Milvus may, and cuts what is equally far at random. It takes
the expressions that `imgsimd/milvus/expression.py` makes, which are nearly Python's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from imgsimd.errors import StoreError, StoreFault
from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.milvus.messages import (
    MOST_HITS,
    MOST_JPEG_BYTES,
    Build,
    Collections,
    Count,
    Delete,
    DeleteThumbnails,
    Drop,
    Find,
    Flush,
    Hit,
    Host,
    Ids,
    Open,
    ReadHosts,
    ReadThumbnail,
    RemoveHost,
    Request,
    ThumbnailIds,
    Upsert,
    WriteHost,
    WriteThumbnails,
)
from imgsimd.milvus.path_text import to_text
from imgsimd.shared_ids import HostNumber, SharedId, host_of
from imgsimd.vectors import VectorForm

R = TypeVar("R")
_STRING = re.compile(r'("(?:[^"\\\n\r]|\\["\\nrt])*")')


class FakeMilvus:
    """See `imgsimd.milvus.ask.Ask`."""

    def __init__(self, seed: int = 0) -> None:
        self.rows: dict[str, dict[SharedId, SharedRow]] = {}
        """By collection."""
        self.hosts: dict[HostNumber, Host] = {}
        self.thumbnails: dict[SharedId, bytes] = {}
        """As they are after a restart, too."""
        self.finds: list[Find] = []
        """All that it was asked to find."""
        self.on_disk: dict[str, dict[SharedId, SharedRow]] = {}
        """The rows that a server which is killed has after its next start, by collection."""
        self.before: Callable[[Request[Any]], None] = lambda request: None
        """Is called with each request; may raise StoreError instead of it."""
        self._chance = np.random.default_rng(seed)

    def ask(self, request: Request[R], seconds: float | None = None) -> R:
        self.before(request)
        return cast(R, self._answer(request))

    def restart(self) -> None:
        """As after kill -9."""
        self.rows = {name: dict(rows) for name, rows in self.on_disk.items()}

    def _answer(self, request: Request[Any]) -> Any:
        match request:
            case Open(collection):
                is_new = collection.name not in self.rows
                self.rows.setdefault(collection.name, {})
                return is_new
            case Drop(name):
                self.rows.pop(name, None)
                self.on_disk.pop(name, None)
            case Flush(name) | Build(name):
                self.on_disk[name] = dict(self.rows[name])
            case Upsert(collection, rows):
                self.rows.setdefault(collection.name, {}).update({row.id: row for row in rows})
            case Delete(name, ids):
                for each in ids:
                    self.rows.setdefault(name, {}).pop(each, None)
            case Find(collection, queries, limit, expression):
                assert 1 <= limit <= MOST_HITS
                self.finds.append(request)
                if collection.name not in self.rows:
                    raise StoreError("It is not there.", StoreFault.LOST)
                rows = fitting(list(self.rows.get(collection.name, {}).values()), expression)
                return [self._nearest(rows, query, limit, collection.form) for query in queries]
            case Ids(name, expression):
                rows = fitting(list(self.rows.get(name, {}).values()), expression)
                return np.array(sorted(row.id for row in rows), np.int64)
            case Collections(prefix):
                return sorted(name for name in self.rows if name.startswith(prefix + "_"))
            case Count(name, expression):
                return len(fitting(list(self.rows.get(name, {}).values()), expression))
            case WriteHost(_, host):
                self.hosts[host.number] = host
            case ReadHosts(_):
                return list(self.hosts.values())
            case RemoveHost(_, number):
                self.hosts.pop(number, None)
            case WriteThumbnails(_, jpegs):
                if any(len(jpeg) > MOST_JPEG_BYTES for jpeg in jpegs.values()):
                    raise ValueError("a thumbnail is too large")
                self.thumbnails |= jpegs
            case ReadThumbnail(_, image):
                return self.thumbnails.get(image)
            case DeleteThumbnails(_, ids):
                for each in ids:
                    self.thumbnails.pop(each, None)
            case ThumbnailIds(_, host):
                found = sorted(each for each in self.thumbnails if host_of(each) == host)
                return np.array(found, np.int64)
            case _:
                raise NotImplementedError(request)
        return None

    def _nearest(
        self, rows: list[SharedRow], query: bytes, limit: int, form: VectorForm
    ) -> list[Hit]:
        if not rows:
            return []
        unit = 1.0 if form.stored_as == "float32" else form.scale**2
        vectors = _numbers(b"".join(row.vector for row in rows), form)
        squared = ((vectors - _numbers(query, form)) ** 2).sum(axis=1)
        squared += self._chance.uniform(-1e-5, 1e-5, len(rows)).astype(np.float32) * unit
        nearest = np.argsort(squared)[:limit]
        return [_hit(rows[n], float(squared[n])) for n in nearest]


def fitting(rows: list[SharedRow], expression: str) -> list[SharedRow]:
    """The rows that fit a Milvus expression."""
    fits = eval(f"lambda row: {_python(expression)}")  # noqa: S307 - of what our own code makes
    return [row for row in rows if fits(_Fields(row))]


class _Fields:
    """A row as Milvus has it."""

    def __init__(self, row: SharedRow) -> None:
        self.__dict__ |= row._asdict()
        self.path, self.root, self.camera = to_text(row.path), to_text(row.root), _Text(row.camera)


class _Text(str):
    """Text with Milvus's `like`."""

    def __matmul__(self, pattern: str) -> bool:
        parts = re.findall(r"\\?.", pattern, re.S)
        regex = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
        return re.fullmatch(regex, self, re.S) is not None


def _python(expression: str) -> str:
    """The same as a Python expression about `row`. Python compares texts as Milvus does: in the
    order of their characters, which is that of their bytes of UTF-8."""
    parts = _STRING.split(expression or "True")
    for n, part in enumerate(parts[::2]):
        assert '"' not in part, expression
        names = re.sub(rf"\b({'|'.join(SharedRow._fields)})\b", r"row.\1", part)
        parts[2 * n] = names.replace(" like ", " @ ").replace("[", "{").replace("]", "}")
    return "".join(parts)


def _numbers(stored: bytes, form: VectorForm) -> NDArray[np.float32]:
    kind = "<f4" if form.stored_as == "float32" else np.int8
    return np.frombuffer(stored, kind).astype(np.float32).reshape(-1, form.dimension)


def _hit(row: SharedRow, squared: float) -> Hit:
    return Hit(row.id, squared, row.host, row.path, row.vector)
