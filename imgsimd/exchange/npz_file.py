"""An exported gallery as npz: a zip of arrays that `numpy.load` reads, without pickles.

Each column is an array with a number for each image; a value that is absent is -1 or NaN. Texts and
bytes are one long array of bytes, and `NAME_ends` says where each of them ends. The vectors of a
model are `vector` [images with one, dimension], with `vector_id` and `decoder` beside it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from imgsimd.exchange.layout import (
    COLUMNS,
    NAME,
    Column,
    Model,
    Vector,
    suffix,
)
from imgsimd.exchange.sequential_output import SequentialOutput
from imgsimd.exchange.snapshot import Snapshot

ABSENT = {"int": -1, "float": np.nan, "bool": -1}
"""What stands for a value that is absent, by the kind of its column."""


def write(snapshot: Snapshot, stream: IO[bytes], tell: Callable[[int], None]) -> None:
    """Writes the gallery into the stream, which need not be seekable. `tell` hears how many images
    are written, as far as that can be said: the vectors are most of the work. Raises OSError."""
    manifest = snapshot.manifest
    with zipfile.ZipFile(SequentialOutput(stream), "w") as archive:
        packed = np.frombuffer(manifest.pack(), np.uint8)
        _store(archive, NAME, packed.dtype, packed.shape, [packed])
        for column in COLUMNS:
            _write_column(archive, snapshot, column)
        for number, model in enumerate(manifest.models):
            _write_vectors(archive, snapshot, number, model, tell)


def _write_column(archive: zipfile.ZipFile, snapshot: Snapshot, column: Column) -> None:
    count = snapshot.manifest.images
    if column.kind in ("text", "bytes"):
        ends = np.fromiter(_ends(snapshot, column), np.int64, count)
        _store(archive, f"{column.name}_ends", ends.dtype, ends.shape, [ends])
        texts = (b"".join(map(_bytes, page)) for page in snapshot.values(column))
        size = int(ends[-1]) if count else 0
        pieces = (np.frombuffer(text, np.uint8) for text in texts)
        _store(archive, column.name, np.dtype(np.uint8), (size,), pieces)
    else:
        absent, dtype = ABSENT[column.kind], dtype_of(column)
        pages = (
            np.array([absent if value is None else value for value in page], dtype)
            for page in snapshot.values(column)
        )
        _store(archive, column.name, dtype, (count,), pages)


def _ends(snapshot: Snapshot, column: Column) -> Iterator[int]:
    end = 0
    for value in chain.from_iterable(snapshot.values(column)):
        end += len(_bytes(value))
        yield end


def _bytes(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else (value or "").encode("utf-8", "surrogateescape")


def dtype_of(column: Column) -> np.dtype[Any]:
    """Of a column of numbers."""
    names = {"int": f"<i{column.bits // 8}", "float": "<f8", "bool": "<i1"}
    return np.dtype(names[column.kind])


def _write_vectors(
    archive: zipfile.ZipFile,
    snapshot: Snapshot,
    number: int,
    model: Model,
    tell: Callable[[int], None],
) -> None:
    ids: list[NDArray[np.int64]] = []
    decoders: list[NDArray[np.int32]] = []
    for page in snapshot.vectors(model):
        ids.append(np.array([image for image, _ in page], np.int64))
        decoders.append(np.array([vector.decoder for _, vector in page], np.int32))
    count = sum(map(len, ids))
    end = suffix(number)
    _store(archive, f"vector_id{end}", np.dtype("<i8"), (count,), ids)
    _store(archive, f"decoder{end}", np.dtype("<i4"), (count,), decoders)
    shape = (count, model.dimension)
    pages = _told(snapshot.vectors(model), tell)
    pieces = (model.form.from_bytes(b"".join(v.numbers for _, v in page)) for page in pages)
    _store(archive, f"vector{end}", np.dtype("<f4"), shape, pieces, zipfile.ZIP_STORED)


def _told(
    pages: Iterator[list[tuple[int, Vector]]], tell: Callable[[int], None]
) -> Iterator[list[tuple[int, Vector]]]:
    done = 0
    for page in pages:
        yield page
        done += len(page)
        tell(done)


def _store(
    archive: zipfile.ZipFile,
    name: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    pieces: Iterable[NDArray[Any]],
    compression: int = zipfile.ZIP_DEFLATED,
) -> None:
    """Writes an array piece by piece, as `numpy.save` writes it. Vectors are not compressed: they
    would be hardly smaller."""
    member = zipfile.ZipInfo(f"{name}.npy")  # of 1980: the file says nothing about now
    member.compress_type = compression
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(member, "w", force_zip64=True) as stream:
        npy.write_array_header_1_0(stream, header)
        for piece in pieces:
            stream.write(piece.astype(dtype, copy=False).tobytes())
