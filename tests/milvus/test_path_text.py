"""Paths as Milvus stores them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from imgsimd.milvus.path_text import from_text, to_text

PATHS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    st.lists(st.sampled_from([b"\\", b"x", b"c3", b"\xc3", b"\xa9", b"/", b"n"])).map(b"".join),
)


@given(PATHS)
@example(b"/photos/\xe9t\xe9/caf\xc3\xa9 \\xe9.jpg")
@example("/Fotos/\U0001f4f7/\ue000.jpg".encode())
def test_a_path_of_any_bytes_comes_back(path: bytes) -> None:
    assert from_text(to_text(path)) == path
    assert len(to_text(path).encode()) <= 4 * len(path)


@given(PATHS, PATHS)
def test_text_begins_with_that_of_the_folder_exactly_where_the_path_does(
    folder: bytes, path: bytes
) -> None:
    inside = folder + b"/" + path
    assert to_text(inside).startswith(to_text(folder + b"/"))
    assert to_text(path).startswith(to_text(folder + b"/")) == path.startswith(folder + b"/")


def test_a_path_of_utf_8_is_readable() -> None:
    assert to_text("/Fotos/Müller & Söhne's/100%_1.jpg".encode()) == (
        "/Fotos/Müller & Söhne's/100%_1.jpg"
    )


def test_no_two_paths_have_the_same_text() -> None:
    assert to_text(b"\xe9") == "\\xe9"
    assert to_text(rb"\xe9") == "\\\\xe9"
