"""The section `[index]` of the configuration."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictBool, field_validator

from imgsimd.config_section import Section


def _is_address(uri: str) -> bool:
    """Whether a host can have this name, and this port."""
    try:
        parts = urlsplit(uri)
        return bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        return False


def _file(path: str) -> str:
    """An absolute path, or none."""
    expanded = os.path.expanduser(path)
    if expanded and not os.path.isabs(expanded):
        raise ValueError(f"'{path}' is not absolute: write the whole path of the file")
    if "\0" in expanded:
        raise ValueError(f"{path!r} is not a path: it contains a NUL character")
    return expanded


File = Annotated[str, AfterValidator(_file)]
"""The path of a file; empty: there is none."""


class Index(Section):
    """`[index]`: where vectors are searched. What follows `backend` is for `milvus` alone."""

    backend: Literal["faiss", "milvus"] = "faiss"
    """`faiss`: in this machine's memory. `milvus`: on a server that other machines share."""
    uri: str = "http://localhost:19530"
    """Where the server is; `https` for TLS."""
    token_file: File = ""
    """Holds the token, or `USER:PASSWORD`."""
    ca_file: File = ""
    """Certificates of those who may have signed the server's."""
    cert_file: File = ""
    """Our own certificate, where the server asks for one."""
    key_file: File = ""
    """The key of that certificate."""
    database: str = "default"
    """Of the server's databases."""
    prefix: str = "imgsimd"
    """With which the names of our collections begin. Machines with the same one share."""
    host: str = Field(default="", max_length=255)
    """What other machines call this one; empty: the system's host name."""
    seconds: float = Field(default=10.0, ge=0.1, le=600)
    """How long the server has for each request of a question."""
    when_away: Literal["error", "local"] = "error"
    """What a question is answered with while the server cannot be used: an error, or this machine's
    photos."""
    kind: Literal["FLAT", "HNSW", "IVF_FLAT", "DISKANN"] = "FLAT"
    """Of the index of a new collection, by Milvus's names. All but `FLAT` are approximate."""
    thumbnails: StrictBool = True
    """Whether thumbnails are stored on the server, for other machines to show."""

    @field_validator("uri")
    @classmethod
    def _address(cls, uri: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+/?", uri) or not _is_address(uri):
            raise ValueError("write http://HOST:PORT, or https://HOST:PORT for TLS")
        return uri

    @field_validator("prefix")
    @classmethod
    def _beginning(cls, prefix: str) -> str:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", prefix):
            raise ValueError(
                "Milvus allows ASCII letters, digits and underscores, no digit at the beginning, "
                "and we take at most 64"
            )
        return prefix

    @field_validator("host")
    @classmethod
    def _printable(cls, host: str) -> str:
        if not host.isprintable() or ":" in host or host != host.strip():
            raise ValueError("a host's name has no colons, line breaks, or spaces around it")
        return host
