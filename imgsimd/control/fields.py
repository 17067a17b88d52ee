"""Kinds of values in requests and answers, as JSON and as Python."""

from __future__ import annotations

import base64
import os
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from imgsimd.client.limits import LONGEST_PATH, MOST_ID
from imgsimd.types import FilePath

_LONGEST_BASE64 = 4 * 2**17 // 3


class RequestBody(BaseModel):
    """A request in JSON: no other keys, and no values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _path(value: object) -> FilePath:
    """Pydantic's own `str` refuses lone surrogates, which stand for bytes that are not UTF-8."""
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise ValueError("must be an absolute path")
    if len(value) > LONGEST_PATH:
        raise ValueError(f"is longer than the {LONGEST_PATH} characters of a path")
    try:
        return os.fsencode(value)
    except UnicodeEncodeError as error:
        raise ValueError("is not a path in JSON as Python writes it (surrogateescape)") from error


def _folder(value: object) -> FilePath:
    """Paths are compared byte by byte, so a folder may have only one."""
    path = _path(value)
    if {b"", b".", b".."} & set(path[1:].split(b"/")):
        raise ValueError("must have no slash at its end, and no //, . or .. in it")
    return path


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > _LONGEST_BASE64:
        raise ValueError("must be base64 of at most 128 KiB")
    return base64.b64decode(value, validate=True)


def whole(value: object) -> object:
    """JSON has one kind of number: 5.0 is the integer 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Number = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(whole)]
Base64 = Annotated[
    bytes,
    PlainValidator(_bytes),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            "maxLength": _LONGEST_BASE64,
            "contentEncoding": "base64",
        }
    ),
]
"""Bytes in a request."""
Pixels = Annotated[int, Field(ge=1, le=10**12), BeforeValidator(whole)]
Id = Annotated[int, Field(ge=1, le=MOST_ID, description="id of an image"), BeforeValidator(whole)]
ModelText = Annotated[str, Field(min_length=1, max_length=1000)]
"""A model's name or identity."""
_PATH = WithJsonSchema(
    {
        "type": "string",
        "pattern": r"^/[^\u0000]*$",
        "maxLength": LONGEST_PATH,
        "description": "absolute path",
    }
)
PathText = Annotated[str, _PATH]
"""A path in an answer, as `os.fsdecode` gives it: bytes that are not UTF-8 become lone surrogates
(PEP 383)."""
AbsolutePath = Annotated[FilePath, PlainValidator(_path), _PATH]
"""A path in a request, written like `PathText`."""
FolderPath = Annotated[
    FilePath,
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
"""The path of a folder in a request. A folder has only one."""
