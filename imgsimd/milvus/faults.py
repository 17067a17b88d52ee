"""What pymilvus and gRPC raise, as what a user understands."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from pymilvus.exceptions import MilvusException

from imgsimd.errors import StoreFault
from imgsimd.milvus.address import AWAY, shown
from imgsimd.milvus.connection import OutOfTimeError, UnreadableFileError
from imgsimd.milvus.frames import Failure
from imgsimd.milvus.tables import NOT_FOUND, OtherFormError
from imgsimd.words import printable, reason

BEFORE_THE_REASON = "Failed to connect to remote host: "
"""What gRPC says before this names the address again."""
LONGEST_WORDS = 300
"""Characters of what the server says."""
FULL_CODES = {3, 7, 9, 12, 102}
"""Milvus: memory limit, disk limit, quota, resources, number of collections exceeded."""
RATE_LIMIT_CODES = {4, 8}
REFUSED_CODES = {1400, 1401}
"""Milvus: not authenticated, not permitted."""
REFUSING_WORDS = ("auth check failure", "unauthenticated", "permission deny", "permission denied")
FULL_WORDS = ("quota exceeded", "quota exhausted", "disk quota", "memory quota", "no space left")
CERTIFICATE_WORDS = ("certificate", "ssl", "tls", "handshake")

SLOW = (
    "Milvus at {uri} did not answer within {seconds:g} seconds. Check that it is not overloaded, "
    "and that what listens there is Milvus."
)
BUSY = "Milvus at {uri} takes no more requests for now ({words}). Try again later."
REFUSED = (
    "Milvus at {uri} does not accept the token, or does not allow this ({words}). Check the token "
    "file, and what its user may do."
)
UNTRUSTED = (
    "No trusted connection to Milvus at {uri} can be made ({words}). Check the certificates on "
    "both sides, and whether the address has to begin with https:// or http://."
)
UNREADABLE = (
    "Milvus at {uri} cannot be asked, because the {what} cannot be read ({words}). Check the path "
    "and the rights of the file."
)
FULL = (
    "Milvus at {uri} takes no more ({words}). Free some of its memory or disk, or raise its quota."
)
OTHER_FORM = (
    "The collection {name} in Milvus at {uri} has vectors of another dimension, or other fields. "
    "Remove it there, or choose another prefix for ours."
)
LOST = (
    "Milvus at {uri} has lost what was sent there ({words}). It is sent again by itself: ask again "
    "in a minute."
)
FAILED = "Milvus at {uri} could not do what it was asked to: {words}."


def failure_of(error: Exception, uri: str, seconds: float) -> Failure:
    """What to answer when a request raised this."""
    fault, sentence, details = _meaning(error)
    return Failure(
        sentence.format(
            uri=shown(uri), seconds=seconds, **{"words": _words(_innermost(error))} | details
        ),
        fault,
    )


def _meaning(error: Exception) -> tuple[StoreFault, str, dict[str, str]]:
    """With what the sentence names besides the usual."""
    if isinstance(error, UnreadableFileError):
        details = {"what": printable(error.what), "words": reason(error.error)}
        return StoreFault.REFUSED, UNREADABLE, details
    if isinstance(error, OtherFormError):
        return StoreFault.OTHER_FORM, OTHER_FORM, {"name": printable(error.name)}
    if isinstance(error, OutOfTimeError):
        return StoreFault.SLOW, SLOW, {}
    fault, sentence = _of_the_server(error)
    return fault, sentence, {}


def _of_the_server(error: Exception) -> tuple[StoreFault, str]:
    innermost = _innermost(error)
    words = _words(innermost).lower()
    if isinstance(innermost, grpc.RpcError):
        return _of_grpc(innermost.code(), words)
    code = innermost.code if isinstance(innermost, MilvusException) else None
    if "closed channel" in words:
        return StoreFault.AWAY, AWAY
    if code in REFUSED_CODES or any(each in words for each in REFUSING_WORDS):
        return StoreFault.REFUSED, REFUSED
    if code in FULL_CODES or any(each in words for each in FULL_WORDS):
        return StoreFault.FULL, FULL
    if code == NOT_FOUND:
        return StoreFault.LOST, LOST
    if code in RATE_LIMIT_CODES:
        return StoreFault.SLOW, BUSY
    return StoreFault.FAILED, FAILED


def _of_grpc(code: grpc.StatusCode, words: str) -> tuple[StoreFault, str]:
    """CANCELLED: another call found that the server is away, and gave up the connection."""
    if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
        return StoreFault.REFUSED, REFUSED
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        if any(each in words for each in CERTIFICATE_WORDS):
            return StoreFault.REFUSED, UNTRUSTED
        return StoreFault.AWAY, AWAY
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return StoreFault.SLOW, SLOW
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" not in words:
        return StoreFault.FULL, FULL
    return StoreFault.FAILED, FAILED


def _innermost(error: Exception) -> Exception:
    """What gRPC raised, if that is behind it: pymilvus hides it in some of its own."""
    return next((each for each in _chain(error) if isinstance(each, grpc.RpcError)), error)


def _chain(error: Exception) -> Iterator[Exception]:
    """The error and its causes. (pymilvus raises errors from themselves.)"""
    seen: set[int] = set()
    each: BaseException | None = error
    while isinstance(each, Exception) and id(each) not in seen:
        yield each
        seen.add(id(each))
        each = each.__cause__ if each.__cause__ is not each else each.__context__


def _words(error: Exception) -> str:
    """In one line."""
    if isinstance(error, grpc.RpcError):
        said = (error.details() or str(error.code())).rpartition(BEFORE_THE_REASON)[2]
    elif isinstance(error, MilvusException):
        said = str(error.message)
    else:
        said = str(error)
    return printable(" ".join(said.split())[:LONGEST_WORDS].rstrip(".")) or type(error).__name__
