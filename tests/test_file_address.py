"""The `file://` address of a path."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from imgsimd.file_address import address


@given(st.binary().map(lambda name: b"/" + name))
def test_an_address_contains_the_exact_bytes_of_the_path(path: bytes) -> None:
    link = address(path.decode("utf-8", "surrogateescape"))
    assert link.isascii()
    assert link.isprintable()
    assert unquote_to_bytes(link.removeprefix("file://")) == path


def test_any_text_has_an_address() -> None:
    assert address("/\ud800") == "file:///%3F"
