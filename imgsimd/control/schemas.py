"""What goes over the socket: requests and answers, as JSON."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict

from imgsimd.client.client import LONGEST_PATH, MOST_MATCHES, MOST_PATHS, MOST_QUERIES
from imgsimd.types import FilePath

Number = Annotated[float, Field(allow_inf_nan=False)]


def _path(value: object) -> str:
    """Pydantic's own `str` refuses lone surrogates, which stand for bytes that are not UTF-8."""
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise ValueError("must be an absolute path")
    if len(value) > LONGEST_PATH:
        raise ValueError(f"is longer than the {LONGEST_PATH} characters of a path")
    try:
        os.fsencode(value)
    except UnicodeEncodeError as error:
        raise ValueError("is not a path in JSON as Python writes it (surrogateescape)") from error
    return value


def _folder(value: object) -> str:
    """Names are compared as they are, so a folder has only one."""
    path = _path(value)
    if {"", ".", ".."} & set(path[1:].split("/")):
        raise ValueError("must have no slash at its end, and no //, . or .. in it")
    return path


def _whole(value: object) -> object:
    """JSON has one kind of number: 5.0 is the integer 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
PathText = Annotated[
    str,
    PlainValidator(_path),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^/[^\u0000]*$",
            "maxLength": LONGEST_PATH,
            "description": "absolute path",
        }
    ),
]


FolderText = Annotated[
    str,
    PlainValidator(_folder),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(?:/(?!\.{1,2}(?:/|$))[^/\u0000]+)+$",
            "maxLength": LONGEST_PATH,
            "description": "absolute path of a folder, in its shortest form",
        }
    ),
]


def text(path: FilePath) -> str:
    """A path for JSON; bytes that are not UTF-8 become lone surrogates (PEP 383)."""
    return os.fsdecode(path)


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _present(field: str, kind: str) -> JsonDict:
    return {"required": [field], "properties": {field: {"type": kind}}}


class Query(_Request):
    """A picture to compare with: one of the gallery, by path, or any other, by its vector.

    With size, mtime_ns and inode, the path means that very file, else it is unknown. With a vector
    the path only says which image to leave out of the matches. Of several, one with twice the
    weight counts twice.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [_present("path", "string"), _present("vector", "array")]}
    )

    path: PathText | None = None
    size: Whole | None = None
    mtime_ns: Whole | None = None
    inode: Whole | None = None
    vector: list[Number] | None = Field(default=None, min_length=1, max_length=65536)
    weight: Number = Field(default=1, gt=0, le=1e6)

    @model_validator(mode="after")
    def _is_something(self) -> Query:
        if self.path is None and self.vector is None:
            raise ValueError("a query needs a path or a vector")
        return self


class SimilarRequest(_Request):
    """Which images look like these pictures? Several count as one: the mean of their vectors.

    The images at the paths in `leave_out` are no matches, beside those of the queries.
    """

    queries: list[Query] = Field(min_length=1, max_length=MOST_QUERIES)
    leave_out: list[PathText] = Field(default=[], max_length=MOST_QUERIES)
    k: Whole = Field(default=10, ge=1, le=MOST_MATCHES)
    max_distance: Number | None = Field(default=None, ge=0)


class FolderRequest(_Request):
    """A folder to look at; without one, all roots."""

    path: FolderText | None = None


class RetryRequest(_Request):
    """Pictures, or folders of pictures, to try again; without any, all that failed."""

    paths: list[FolderText] = Field(default=[], max_length=MOST_PATHS)


class RootRequest(_Request):
    """A root, as it stands in the configuration; with `accept`, whatever folder is there now is
    taken for the one that was watched."""

    path: FolderText
    accept: bool = True


class ForgetRequest(_Request):
    """Below this folder, or in all watched folders, forget what is gone; of a folder that is not
    watched, all. Unless confirmed, only say what that would be."""

    path: FolderText | None = None
    confirm: bool = False


class RelocateRequest(_Request):
    """The photos of folder `old` lie in `new` now."""

    old: FolderText
    new: FolderText


class MatchAnswer(BaseModel):
    """One match."""

    rank: int
    id: int
    path: PathText
    distance: float
    similarity: float


class SimilarAnswer(BaseModel):
    """The matches, best first."""

    model: str
    matches: list[MatchAnswer]


class VectorAnswer(BaseModel):
    """A picture's vector of unit length."""

    model: str
    vector: list[float]


class RootAnswer(BaseModel):
    """A watched folder."""

    path: PathText
    state: Literal["online", "offline", "polled", "degraded"]
    reason: str
    names: list[PathText]


class StatusAnswer(BaseModel):
    """How the daemon is."""

    state: Literal["starting", "scanning", "indexing", "paused", "idle"]
    images: int
    pending: int
    failed: int
    decoded: int
    finished: int
    newest: PathText | None
    roots: list[RootAnswer]
    model: str
    next_model: str | None
    worker: bool
    sandbox: list[str]
    trouble: str
    max_bytes: int
    notes: list[str]
    rss_bytes: int
    pid: int
    version: str
    config: str
    state_dir: str


class MovedFolder(BaseModel):
    """A folder that was found again at a new place; so many images have kept their ids."""

    old: PathText
    new: PathText
    images: int


class WatchAnswer(BaseModel):
    """The real path of the folder, the root that it is part of, whether it is left out there, and
    what was found to have moved."""

    path: PathText
    part_of: PathText | None
    left_out: bool
    moved: list[MovedFolder]


class FailureAnswer(BaseModel):
    """A picture that cannot be embedded."""

    path: PathText
    reason: str


class RetryAnswer(BaseModel):
    """How many pictures are tried again."""

    retried: int


class ModelAnswer(BaseModel):
    """A model that can be used."""

    name: str
    dimension: int
    precision: str
    bytes: int
    weights: str
    description: str
    in_use: bool


class ForgottenFolder(BaseModel):
    """How many images of a folder are, or would be, forgotten."""

    path: PathText
    images: int


class ForgetAnswer(BaseModel):
    """What was forgotten, or, unless that was confirmed, would be."""

    forgotten: bool
    folders: list[ForgottenFolder]


class RelocateAnswer(BaseModel):
    """How many images have moved, and how many have not, since their photos are not there."""

    images: int
    left: int


class DoneAnswer(BaseModel):
    """It was done."""

    done: Literal[True] = True


class FindingAnswer(BaseModel):
    """So many of something are not as they should be."""

    what: str
    count: int
    examples: list[str]


class CheckAnswer(BaseModel):
    """Whether disk, catalog and index say the same."""

    sound: bool
    findings: list[FindingAnswer]


class WaitAnswer(BaseModel):
    """Whether nothing is pending any more."""

    idle: bool
    status: StatusAnswer


class ErrorDetail(BaseModel):
    """What went wrong, in a sentence; `queries` are the numbers of the queries to blame, from 0."""

    code: str
    message: str
    queries: list[int] = []


class ErrorAnswer(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorDetail
