"""Reads an exported gallery from npz, column by column at the same time, without pickles."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import accumulate, pairwise
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from imgsimd.exchange.layout import (
    COLUMNS,
    LARGEST_MANIFEST,
    NAME,
    Column,
    Manifest,
    Model,
    Row,
    Vector,
    broken,
    in_words,
    suffix,
)
from imgsimd.exchange.npz_file import ABSENT, dtype_of
from imgsimd.vectors import VectorForm

MAGIC = b"PK\x03\x04"
"""How every zip begins that is not empty."""
ROWS = 500
"""Read at once."""
_in_words = partial(in_words, "npz", zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""RuntimeError: an encrypted member, or one that is compressed in an unknown way."""
LONGEST_TEXT = 2**16
"""Bytes of one text or path; a path has at most 4,095."""
MOST_MEMBERS = 256
"""Arrays of one file; ours have a few dozen."""


class NpzGallery:
    """A file to import. Whatever is wrong with it raises ConfigError, without the file's name.

    No array is read as a whole, and none may be larger than the manifest says, so that a small file
    cannot need much memory.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        with _in_words():
            self._archive = zipfile.ZipFile(stream)
        self._members = {member.filename: member for member in self._archive.infolist()}
        if f"{NAME}.npy" not in self._members:
            raise broken("it is a zip, but no gallery that imgsimd has exported")
        if len(self._members) > MOST_MEMBERS or len(self._members) < len(self._archive.infolist()):
            raise broken("it has arrays that imgsimd does not write")
        with _in_words(), self._array(NAME, "|u1", (None,)) as packed:
            if packed.shape[0] > LARGEST_MANIFEST:
                raise broken("its manifest is too large")
            self.manifest = Manifest.unpack(packed.read(packed.shape[0]).tobytes())

    def rows(self) -> Iterator[list[Row]]:
        """All images in the order of the file, at most ROWS at a time."""
        with ExitStack() as stack:
            with _in_words():
                columns = {c.name: self._column(c, stack) for c in COLUMNS}
                vectors = [
                    self._vectors(number, model, stack)
                    for number, model in enumerate(self.manifest.models)
                ]
            for start in range(0, self.manifest.images, ROWS):
                with _in_words():
                    count = min(ROWS, self.manifest.images - start)
                    values = {name: column(count) for name, column in columns.items()}
                    found = [each.of(values["id"]) for each in vectors]
                yield [
                    dict(zip(values, row, strict=True), vectors=[each[n] for each in found])
                    for n, row in enumerate(zip(*values.values(), strict=True))
                ]
            with _in_words():
                if any(each.has_more for each in vectors):
                    raise broken("it has vectors of images that it does not have, or in no order")

    def _column(self, column: Column, stack: ExitStack) -> Callable[[int], list[Any]]:
        """Reads the next so many values."""
        count = self.manifest.images
        if column.kind in ("text", "bytes"):
            ends = stack.enter_context(self._array(f"{column.name}_ends", "<i8", (count,)))
            texts = stack.enter_context(self._array(column.name, "|u1", (None,)))
            return _Texts(ends, texts, column).next
        array = stack.enter_context(self._array(column.name, dtype_of(column).str, (count,)))
        return lambda rows: _values(array.read(rows), column)

    def _vectors(self, number: int, model: Model, stack: ExitStack) -> _Vectors:
        end = suffix(number)
        numbers = stack.enter_context(self._array(f"vector{end}", "<f4", (None, model.dimension)))
        count = numbers.shape[0]
        ids = stack.enter_context(self._array(f"vector_id{end}", "<i8", (count,)))
        decoders = stack.enter_context(self._array(f"decoder{end}", "<i4", (count,)))
        return _Vectors(model.form, ids, numbers, decoders)

    @contextmanager
    def _array(self, name: str, dtype: str, shape: tuple[int | None, ...]) -> Iterator[_Array]:
        """The array of this name. None in the shape stands for any length."""
        member = self._members.get(f"{name}.npy")
        if member is None:
            raise broken(f"it has no array {name}")
        with self._archive.open(member) as stream:
            found = _Array(stream, name)
            fits = len(found.shape) == len(shape) and all(
                wanted in (None, there) for wanted, there in zip(shape, found.shape, strict=True)
            )
            if found.dtype.str != dtype or not fits:
                raise broken(
                    f"its array {name} is {found.dtype} {found.shape}, not {dtype} {shape}"
                )
            if member.file_size != found.bytes:
                raise broken(
                    f"its array {name} has {member.file_size:,} bytes, not {found.bytes:,}"
                )
            yield found


class _Array:
    """An array in a zip, read row by row from its beginning."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name
        if npy.read_magic(stream) != (1, 0):
            raise broken(f"its array {name} is not as imgsimd writes it")
        self.shape, is_fortran, self.dtype = npy.read_array_header_1_0(stream)
        if is_fortran or self.dtype.hasobject or not self.shape or min(self.shape) < 0:
            raise broken(f"its array {name} is not as imgsimd writes it")
        self._row = self.dtype.itemsize * math.prod(self.shape[1:])
        self.bytes = stream.tell() + self._row * self.shape[0]

    def read(self, rows: int) -> NDArray[Any]:
        """The next so many rows."""
        content = self._stream.read(rows * self._row)
        if len(content) != rows * self._row:
            raise broken(f"its array {self._name} ends too early")
        return np.frombuffer(content, self.dtype).reshape(rows, *self.shape[1:])


class _Texts:
    """Texts or bytes, one after another."""

    def __init__(self, ends: _Array, texts: _Array, column: Column) -> None:
        self._ends = ends
        self._texts = texts
        self._column = column
        self._end = 0

    def next(self, rows: int) -> list[Any]:
        """The next so many; an empty text is an absent one."""
        ends = [self._end, *self._ends.read(rows).tolist()]
        sizes = [end - start for start, end in pairwise(ends)]
        if min(sizes) < 0 or max(sizes) > LONGEST_TEXT:
            raise broken(f"its array {self._column.name}_ends is wrong")
        content = self._texts.read(ends[-1] - self._end).tobytes()
        self._end = ends[-1]
        starts = accumulate(sizes, initial=0)
        return [self._one(content[at : at + size]) for at, size in zip(starts, sizes, strict=False)]

    def _one(self, content: bytes) -> str | bytes | None:
        if self._column.kind == "bytes":
            return content
        return content.decode("utf-8") or None


class _Vectors:
    """The vectors of one model, which not every image need have."""

    def __init__(self, form: VectorForm, ids: _Array, numbers: _Array, decoders: _Array) -> None:
        self._form = form
        self._arrays = ids, numbers, decoders
        self._left = ids.shape[0]
        self._ahead: deque[tuple[int, Vector]] = deque()

    @property
    def has_more(self) -> bool:
        """Whether there are vectors that no image has taken."""
        return bool(self._left or self._ahead)

    def of(self, images: Sequence[int]) -> list[Vector | None]:
        """The vectors of the next images."""
        return [self._of(image) for image in images]

    def _of(self, image: int) -> Vector | None:
        if not self._ahead and self._left:
            self._read_on()
        if self._ahead and self._ahead[0][0] == image:
            return self._ahead.popleft()[1]
        return None

    def _read_on(self) -> None:
        rows = min(ROWS, self._left)
        ids, numbers, decoders = (array.read(rows) for array in self._arrays)
        self._ahead.extend(
            (image, Vector(self._form.to_bytes(vector), decoder))
            for image, vector, decoder in zip(ids.tolist(), numbers, decoders.tolist(), strict=True)
        )
        self._left -= rows


def _values(found: NDArray[Any], column: Column) -> list[Any]:
    """Numbers as Python has them; None for those that stand for an absent one."""
    values: list[Any] = found.tolist()
    if not column.optional:
        return values
    if column.kind == "float":
        return [None if math.isnan(value) else value for value in values]
    if column.kind == "bool":
        return [None if value == ABSENT["bool"] else value for value in values]
    return [None if value == ABSENT["int"] else value for value in values]
