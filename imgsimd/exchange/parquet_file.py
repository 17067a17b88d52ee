"""An exported gallery as Parquet, by pyarrow: one row for each image, the manifest in the metadata
of the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

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
from imgsimd.exchange.sequential_output import SequentialOutput
from imgsimd.exchange.snapshot import Snapshot
from imgsimd.vectors import NUMBER_BYTES, VectorForm

GROUP_BYTES = 2**24
"""Vectors of one row group. It is in memory as rows, as columns, and compressed."""
ROWS = 500
"""Read at once."""
_in_words = partial(in_words, "Parquet", pa.ArrowException, OverflowError)
TEXT = "path_text"
"""The path for people and other programs: bytes that are not UTF-8 are U+FFFD there."""
_TYPES: Mapping[str, Any] = {  # Any: pyarrow has no types of its own for mypy
    "float": pa.float64(), "bool": pa.bool_(), "text": pa.string(), "bytes": pa.binary(),
}  # fmt: skip
_INTS: Mapping[int, Any] = {8: pa.int8(), 32: pa.int32(), 64: pa.int64()}


def write(snapshot: Snapshot, stream: IO[bytes], tell: Callable[[int], None]) -> None:
    """Writes the gallery into the stream, which need not be seekable. `tell` hears how many images
    are written. Raises OSError."""
    models = snapshot.manifest.models
    schema = _schema(models).with_metadata({NAME: snapshot.manifest.pack()})
    row_bytes = NUMBER_BYTES["float32"] * sum(model.dimension for model in models)
    done = 0
    with pq.ParquetWriter(
        SequentialOutput(stream),
        schema,
        compression="zstd",
        use_dictionary=["format", "make", "model", "failure_kind", "failure_reader"],
        write_statistics=["id", "taken"],
    ) as writer:
        for rows in _groups(snapshot.rows(), max(ROWS, GROUP_BYTES // max(row_bytes, 1024))):
            writer.write_batch(_batch(rows, models, schema))
            done += len(rows)
            tell(done)


def _groups(pages: Iterator[list[Row]], most: int) -> Iterator[list[Row]]:
    group: list[Row] = []
    for page in pages:
        group += page
        if len(group) >= most:
            yield group
            group = []
    if group:
        yield group


def _schema(models: Sequence[Model]) -> Any:
    fields = [pa.field(c.name, _type(c), nullable=c.optional) for c in COLUMNS]
    fields.insert(2, pa.field(TEXT, pa.string(), nullable=False))
    for number, model in enumerate(models):
        fields.append(pa.field(f"vector{suffix(number)}", pa.list_(pa.float32(), model.dimension)))
        fields.append(pa.field(f"decoder{suffix(number)}", pa.int32()))
    return pa.schema(fields)


def _type(column: Column) -> Any:
    return _INTS[column.bits] if column.kind == "int" else _TYPES[column.kind]


def _batch(rows: Sequence[Row], models: Sequence[Model], schema: Any) -> Any:
    values = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    for column in COLUMNS:
        if column.kind == "bool":
            values[column.name] = [None if v is None else bool(v) for v in values[column.name]]
    values[TEXT] = [path.decode("utf-8", "replace") for path in values["path"]]
    arrays: dict[str, Any] = {
        name: pa.array(each, schema.field(name).type) for name, each in values.items()
    }
    for number, model in enumerate(models):
        vectors = [row["vectors"][number] for row in rows]
        arrays[f"vector{suffix(number)}"] = _vectors(vectors, model)
        versions = [vector.decoder if vector else None for vector in vectors]
        arrays[f"decoder{suffix(number)}"] = pa.array(versions, pa.int32())
    return pa.record_batch([arrays[name] for name in schema.names], schema=schema)


def _vectors(vectors: Sequence[Vector | None], model: Model) -> Any:
    absent = bytes(model.form.size)
    stored = b"".join(vector.numbers if vector else absent for vector in vectors)
    numbers = pa.array(model.form.from_bytes(stored), pa.float32())
    mask = pa.array([vector is None for vector in vectors], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(numbers, model.dimension, mask=mask)


class ParquetGallery:
    """A file to import. Whatever is wrong with it raises ConfigError, without the file's name."""

    def __init__(self, stream: IO[bytes]) -> None:
        with _in_words():
            self._file = pq.ParquetFile(
                stream, pre_buffer=False, thrift_string_size_limit=2 * LARGEST_MANIFEST
            )
            schema = self._file.schema_arrow
        packed = (schema.metadata or {}).get(NAME.encode())
        if packed is None:
            raise broken("it is a Parquet file, but no gallery that imgsimd has exported")
        self.manifest = Manifest.unpack(packed)
        self._check(schema)

    def _check(self, schema: Any) -> None:
        for expected in _schema(self.manifest.models):
            if schema.get_all_field_indices(expected.name) != [
                schema.get_field_index(expected.name)
            ]:
                raise broken(f"it has no column {expected.name}, or more than one")
            found = schema.field(expected.name).type
            if found != expected.type:
                raise broken(f"its column {expected.name} is {found}, not {expected.type}")
        if self._file.metadata.num_rows != self.manifest.images:
            raise broken(
                f"it has {self._file.metadata.num_rows:,} rows, but says that it has "
                f"{self.manifest.images:,}"
            )

    def rows(self) -> Iterator[list[Row]]:
        """All images in the order of the file, at most ROWS at a time."""
        names = [f.name for f in _schema(self.manifest.models) if f.name != TEXT]
        batches = self._file.iter_batches(ROWS, columns=names, use_threads=False)
        while True:
            with _in_words():
                batch = next(batches, None)
            if batch is None:
                return
            with _in_words():
                rows = _rows(batch, self.manifest.models)
            yield rows


def _rows(batch: Any, models: Sequence[Model]) -> list[Row]:
    columns = {column.name: batch.column(column.name).to_pylist() for column in COLUMNS}
    vectors = [_read_vectors(batch, number, model.form) for number, model in enumerate(models)]
    names = list(columns)
    return [
        dict(zip(names, values, strict=True), vectors=[each[n] for each in vectors])
        for n, values in enumerate(zip(*columns.values(), strict=True))
    ]


def _read_vectors(batch: Any, number: int, form: VectorForm) -> list[Vector | None]:
    column = batch.column(f"vector{suffix(number)}")
    decoders = batch.column(f"decoder{suffix(number)}").to_pylist()
    flat = column.flatten()
    if flat.null_count:
        raise broken("a number of a vector is missing")
    stored = memoryview(form.to_bytes(flat.to_numpy(zero_copy_only=False)))
    found: list[Vector | None] = []
    at = 0
    for is_there, decoder in zip(column.is_valid().to_pylist(), decoders, strict=True):
        if is_there:
            found.append(Vector(bytes(stored[at : at + form.size]), decoder))
            at += form.size
        else:
            found.append(None)
    return found
