"""What an exported gallery holds, whatever the format of the file: columns, and a manifest.

One row for each image, by ascending id. README documents this for users; what is written is told
from what is read by `VERSION`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from imgsimd.client.limits import LAST_FOREIGN_ID, MOST_MODELS, MOST_NUMBERS
from imgsimd.errors import ConfigError
from imgsimd.types import HASH_BYTES, Hash
from imgsimd.vectors import NUMBER_BYTES, StoredAs, VectorForm
from imgsimd.words import reason

NAME = "imgsimd-gallery"
"""How a file says that it is an exported gallery: the key of the manifest."""
VERSION = 1
"""Of the layout. An export of a later one is refused."""
MOST_IMAGES = 2**27
"""Rows of one file: a hundred times as many as imgsimd was measured with."""
LARGEST_MANIFEST = 2**26
"""Bytes: hundreds of thousands of decisions about duplicates."""

Kind: TypeAlias = Literal["int", "float", "bool", "text", "bytes"]


@dataclass(frozen=True, slots=True)
class Column:
    """One value of each image."""

    name: str
    kind: Kind
    sql: str
    """Of the tables images i, metadata m, failures f, causes c."""
    bits: int = 64
    """Of an int, signed."""
    optional: bool = True
    """Whether a value may be absent: None."""


COLUMNS = (
    Column("id", "int", "i.id", optional=False),
    Column("path", "bytes", "i.path", optional=False),
    Column("size", "int", "i.size", optional=False),
    Column("mtime_ns", "int", "i.mtime_ns", optional=False),
    Column("ctime_ns", "int", "i.ctime_ns", optional=False),
    Column("inode", "int", "i.inode", optional=False),
    Column("attributes", "int", "i.attributes", optional=False),
    Column("hidden", "int", "i.missing", bits=8, optional=False),
    Column("content", "text", "nullif(lower(hex(i.content)), '')"),
    Column("format", "text", "m.format"),
    Column("width", "int", "m.width", bits=32),
    Column("height", "int", "m.height", bits=32),
    Column("orientation", "int", "m.orientation", bits=8),
    Column("taken", "text", "m.taken"),
    Column("make", "text", "m.make"),
    Column("model", "text", "m.model"),
    Column("read", "float", "m.read"),
    Column("has_place", "bool", "m.gps"),
    Column("latitude", "float", "m.latitude"),
    Column("longitude", "float", "m.longitude"),
    Column("failure", "text", "f.reason"),
    Column("failure_kind", "text", "c.kind"),
    Column("failure_reader", "text", "c.reader"),
    Column("failure_limit", "int", "c.allowed"),
    Column("unread", "bool", "f.unread"),
)
"""All but the vectors: see `Model`."""
TABLES = """images i LEFT JOIN metadata m ON m.image_id = i.id
    LEFT JOIN failures f ON f.image_id = i.id LEFT JOIN causes c ON c.id = f.cause"""
"""Of the columns' SQL."""

Row: TypeAlias = dict[str, Any]  # Any: ints, floats, texts, bytes and None, as each column has it
"""An image: a value for each of COLUMNS by name, and `vectors`, a list with one `Vector` or None
for each model of the manifest."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector as it is stored. A file has what the numbers stand for, as float32."""

    numbers: bytes
    """In its model's form; of unit length."""
    decoder: int
    """The version of what decoded the picture."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model with vectors in the file. Its place in the manifest names their columns: `vector` and
    `decoder`, then `vector_2` and `decoder_2`, and so on; the model in use comes first."""

    identity: str
    """Vectors can be compared if this is equal."""
    name: str
    dimension: int
    in_use: bool
    stored_as: StoredAs = "float32"
    """In the database; an export of an earlier imgsimd does not say it."""

    @property
    def form(self) -> VectorForm:
        """Of its vectors, in the database."""
        return VectorForm(self.dimension, self.stored_as)


def suffix(number: int) -> str:
    """Of the columns of the model with this place in the manifest, from 0."""
    return f"_{number + 1}" if number else ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is said once for the whole file."""

    written_by: str
    """The version of imgsimd."""
    images: int
    """How many rows there are."""
    last_id: int
    """The last id that was given to an image; those up to it are never given again."""
    hash: Hash
    """What `content` is: BLAKE3 (its first 24 bytes) or SHA-256 of the file's bytes."""
    models: Sequence[Model]
    roots: Sequence[bytes]
    """The folders that were watched."""
    not_duplicates: Sequence[tuple[str, str, int]]
    """See `not_duplicates.Decision`; contents as in `content`."""

    def pack(self) -> bytes:
        """As JSON, in ASCII."""
        told = {
            "version": VERSION,
            "written_by": self.written_by,
            "images": self.images,
            "last_id": self.last_id,
            "hash": self.hash,
            "models": [
                {"identity": m.identity, "name": m.name, "dimension": m.dimension,
                 "in_use": m.in_use, "stored_as": m.stored_as} for m in self.models
            ],
            "roots": [root.decode("utf-8", "surrogateescape") for root in self.roots],
            "not_duplicates": [list(decision) for decision in self.not_duplicates],
        }  # fmt: skip
        return json.dumps(told).encode("ascii")

    @classmethod
    def unpack(cls, packed: bytes) -> Manifest:
        """What `pack` made. Raises ConfigError for anything else: who says it may lie."""
        try:
            told = json.loads(packed)
            version = told["version"]
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise broken("its manifest cannot be read") from error
        if version != VERSION:
            raise broken(f"it has version {version!r} of the layout; this imgsimd reads {VERSION}")
        try:
            return cls._of(told)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise broken("its manifest is not one that imgsimd writes") from error

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Manifest:
        manifest = cls(
            written_by=_text(told["written_by"]),
            images=_whole(told["images"], 0, MOST_IMAGES),
            last_id=_whole(told["last_id"], 0, LAST_FOREIGN_ID),
            hash="sha256" if _one_of(told["hash"], HASH_BYTES) == "sha256" else "blake3",
            models=[_model(model) for model in told["models"]],
            roots=[_text(root).encode("utf-8", "surrogateescape") for root in told["roots"]],
            not_duplicates=[
                (_text(first), _text(second), _whole(files, 0, 2**31))
                for first, second, files in told["not_duplicates"]
            ],
        )
        identities = {model.identity for model in manifest.models}
        if len(identities) < len(manifest.models) or len(identities) > MOST_MODELS:
            raise ValueError("models")
        return manifest


class BrokenExportError(ConfigError):
    """A file that cannot be imported. It says why; who knows the file's name makes a sentence of
    it."""


def broken(what: str) -> BrokenExportError:
    """The error of a file of which this is true: `it is cut off`."""
    return BrokenExportError(what)


@contextmanager
def in_words(form: str, *errors: type[Exception]) -> Iterator[None]:
    """Inside of the block, what a library says of a broken file becomes our error of it: `errors`,
    and those that Python raises itself. `form` is the name of the format."""
    known: tuple[type[Exception], ...] = (OSError, ValueError, *errors)
    try:
        yield
    except BrokenExportError:
        raise
    except MemoryError as error:
        raise broken("it needs more memory than there is") from error
    except known as error:
        raise broken(f"it is damaged, cut off, or no {form} file ({reason(error)})") from error


def _model(told: Mapping[str, Any]) -> Model:
    return Model(
        identity=_text(told["identity"]),
        name=_text(told["name"]),
        dimension=_whole(told["dimension"], 1, MOST_NUMBERS),
        in_use=bool(told["in_use"]),
        stored_as=_stored_as(told.get("stored_as", "float32")),
    )


def _stored_as(value: object) -> StoredAs:
    return "int8" if _one_of(value, NUMBER_BYTES) == "int8" else "float32"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError
    return value


def _one_of(value: object, known: Mapping[Any, object]) -> object:
    if value not in known:
        raise ValueError
    return value
