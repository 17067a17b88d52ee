"""Take in what another gallery knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, BeforeValidator, Field

from imgsimd.client.limits import (
    LAST_FOREIGN_ID,
    MOST_DECISIONS,
    MOST_FOREIGN,
    MOST_ID,
    MOST_MODELS,
    MOST_NUMBERS,
)
from imgsimd.control import openapi
from imgsimd.control.answers import DoneAnswer
from imgsimd.control.fields import Base64, FolderPath, Number, RequestBody, whole
from imgsimd.control.strict_json import StrictRoute
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import RequestError
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.not_duplicates import Decision, decision
from imgsimd.gallery.imports import ForeignImage, ForeignModel, ForeignVector, Taken
from imgsimd.maintenance.maintenance import Maintenance
from imgsimd.types import HASH_BYTES, FileState, Hidden, ImageId, storable
from imgsimd.vectors import StoredAs, VectorForm

Long = Annotated[int, AfterValidator(storable), BeforeValidator(whole)]
Bytes = Annotated[int, Field(ge=0, le=MOST_ID), BeforeValidator(whole)]
Natural = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(whole)]
ForeignId = Annotated[int, Field(ge=1, le=LAST_FOREIGN_ID), BeforeValidator(whole)]
Content = Annotated[str, Field(pattern="^(?:[0-9a-f]{48}|[0-9a-f]{64})$")]
Text = Annotated[str, Field(max_length=1000)]


class ModelFields(RequestBody):
    """A model whose vectors follow, and how these are stored."""

    identity: Text
    name: Text
    dimension: Annotated[int, Field(ge=1, le=MOST_NUMBERS), BeforeValidator(whole)]
    stored_as: StoredAs = "float32"

    @property
    def form(self) -> VectorForm:
        return VectorForm(self.dimension, self.stored_as)


class VectorFields(RequestBody):
    """A vector by one of the `models`: of unit length, float32 numbers (little-endian) or int8
    codes, as that says; and the version of what decoded the picture."""

    model: Natural
    vector: Base64
    decoder: Natural


class MetadataFields(RequestBody):
    """What a file says of its picture; `has_place` is null if nobody has looked."""

    format: Text
    width: Natural | None = None
    height: Natural | None = None
    orientation: Natural = 1
    taken: Text | None = None
    make: Text | None = None
    model: Text | None = None
    read: Number = 1.0
    has_place: bool | None = None
    latitude: Number | None = None
    longitude: Number | None = None

    def value(self) -> PictureMetadata:
        """Raises RequestError."""
        place = None if self.latitude is None else float(self.latitude)
        metadata = PictureMetadata(
            self.format, 1, self.width, self.height, self.orientation, self.taken, self.make,
            self.model, self.read, place,
            None if self.longitude is None else float(self.longitude),
        )  # fmt: skip
        if not metadata.is_sensible():
            raise _bad("these metadata cannot be those of a picture")
        return metadata


class FailureFields(RequestBody):
    """Why a picture could not be read; `unread` if nothing could be read of its file."""

    reason: Text
    kind: Text = ""
    reader: Text = ""
    limit: Bytes = 0
    unread: bool = False


class ImportedImage(RequestBody):
    """A photo as another gallery knows it. `hidden` is 0, or why it was hidden there: 1 gone, 2
    left out, 3 a link that led nowhere, 4 imported and not seen."""

    id: ForeignId
    path: FolderPath
    size: Bytes
    mtime_ns: Long
    ctime_ns: Long = 0
    inode: Long = 0
    attributes: Long = 0
    hidden: Annotated[int, Field(ge=0, le=len(Hidden)), BeforeValidator(whole)] = 0
    content: Content | None = None
    metadata: MetadataFields | None = None
    failure: FailureFields | None = None
    vectors: list[VectorFields] = Field(default=[], max_length=MOST_MODELS)

    def value(self, models: list[ModelFields], content_bytes: int) -> ForeignImage:
        """Raises RequestError."""
        content = bytes.fromhex(self.content) if self.content else None
        if content is not None and len(content) != content_bytes:
            raise _bad("a content is of another hash than the others")
        failure, told = self.failure, self.metadata
        return ForeignImage(
            ImageId(self.id),
            self.path,
            FileState(self.size, self.mtime_ns, self.ctime_ns, self.inode, self.attributes),
            content,
            self.hidden == Hidden.LEFT_OUT,
            [_vector(vector, models) for vector in self.vectors],
            told.value() if told else None,
            told is not None and told.has_place is None,
            Fault(failure.reason, failure.kind, failure.reader, failure.limit) if failure else None,
            bool(failure and failure.unread),
        )


class ImportRequest(RequestBody):
    """Photos of another gallery by ascending id, each path once. With `new_ids`, they get ids of
    this gallery."""

    models: list[ModelFields] = Field(max_length=MOST_MODELS)
    hash: Literal["blake3", "sha256"] = "blake3"
    images: list[ImportedImage] = Field(max_length=MOST_FOREIGN)
    new_ids: bool = False

    def values(self) -> tuple[list[ForeignImage], list[ForeignModel]]:
        """Raises RequestError."""
        if len({image.path for image in self.images}) < len(self.images):
            raise _bad("a path is there twice")
        size = HASH_BYTES[self.hash]
        images = [image.value(self.models, size) for image in self.images]
        return images, [ForeignModel(m.identity, m.name, m.form) for m in self.models]


class Apart(RequestBody):
    """Two contents that are no duplicates; if they are the same, so many files may have it."""

    first: Content
    second: Content
    files: Natural = 0

    def value(self) -> Decision:
        """As it is stored."""
        return decision(bytes.fromhex(self.first), bytes.fromhex(self.second), self.files)


class ImportEndRequest(RequestBody):
    """What another gallery knows besides photos: the last id that it has given, the folders that
    were watched, and what is no duplicate."""

    last_id: Annotated[int, Field(ge=0, le=LAST_FOREIGN_ID), BeforeValidator(whole)] = 0
    roots: list[FolderPath] = Field(default=[], max_length=MOST_FOREIGN)
    not_duplicates: list[Apart] = Field(default=[], max_length=MOST_DECISIONS)


@dataclass
class ImportAnswer:
    """How many were added, were known already, and are other files here; and the ids of those that
    were not added, because their ids may have been in use here."""

    added: int
    known: int
    different: int
    refused: list[int]

    @classmethod
    def of(cls, taken: Taken) -> ImportAnswer:
        return cls(taken.added, taken.known, taken.different, list(taken.refused))


def routes(service: Maintenance) -> APIRouter:
    """Photos, and then the rest."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/import", responses=openapi.errors(422))
    async def take(request: ImportRequest) -> ImportAnswer:
        """Adds photos that another gallery knows. No file is looked at."""
        images, models = request.values()
        return ImportAnswer.of(await service.take(images, models, request.hash, request.new_ids))

    @router.post("/import/end", responses=openapi.errors(422))
    async def end(request: ImportEndRequest) -> DoneAnswer:
        """Ends an import; the disk is compared with what is known in the background."""
        await service.end_import(
            ImageId(request.last_id),
            request.roots,
            [apart.value() for apart in request.not_duplicates],
        )
        return DoneAnswer()

    return router


def _vector(fields: VectorFields, models: list[ModelFields]) -> ForeignVector:
    if fields.model >= len(models):
        raise _bad("a vector is by none of the models")
    if not models[fields.model].form.is_vector(fields.vector):
        raise _bad("a vector is not of its model's dimension and of unit length")
    return ForeignVector(fields.model, fields.vector, fields.decoder)


def _bad(what: str) -> RequestError:
    return RequestError("bad_request", 400, f"The request cannot be carried out: {what}.")
