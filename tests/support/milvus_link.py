"""Links to servers for tests, and how their requests fail."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, Request, Server

ASK: Request[object] = Collections("any")


@contextlib.contextmanager
def linked(server: str | Server, seconds: float = 10.0, idle: float = 60.0) -> Iterator[Link]:
    """Closed at the end of the block."""
    if isinstance(server, str):
        server = Server(server, None, None, None, None, "")
    link = Link(server, seconds, idle)
    try:
        yield link
    finally:
        link.close()


def failure(link: Link, request: Request[object] = ASK) -> tuple[StoreFault, str]:
    """What is wrong, and the sentence that says it."""
    with pytest.raises(StoreError) as caught:
        link.ask(request)
    return StoreFault(caught.value.fault), str(caught.value)
