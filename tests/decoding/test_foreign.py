"""What is no picture is told from pictures, and named."""

from __future__ import annotations

import pytest

from imgsimd.decoding import faults
from imgsimd.errors import FaultKind


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7", ", but a PDF document"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", ", but a video"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0", ", but a video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", ", but a video"),
        (b"\x1a\x45\xdf\xa3\x01", ", but a video"),
        (b"RIFF\1\2\3\4AVI LIST", ", but a video"),
        (b"RIFF\1\2\3\4WAVEfmt ", ", but an audio file"),
        (b"ID3\3\0", ", but an audio file"),
        (b"\n <!DOCTYPE html><p>404", ", but an HTML page"),
        (b"\xef\xbb\xbf<HTML>", ", but an HTML page"),
        (b'<?xml version="1.0"?><a/>', ", but an XML document"),
        (b"PK\3\4\x14\0", ", but a ZIP archive"),
        (b"\0\5\x16\7\0\2", ", but what macOS keeps beside a file"),
        (b"version https://git-lfs.github.com/spec/v1\n", ", but a pointer of Git LFS"),
        (b"/annex/objects/SHA256E-s3--1.jpg\n", ", but a pointer of git-annex"),
        (b"\0" * 5000, ": all its bytes are zeros"),
        (b"hello world, how are you?", ': it starts with the text "hello world,"'),
        ("é".encode() * 2000, ': it starts with the text "éééééééééééé"'),
        (b"two\nlines", r': it starts with the text "two\nlines"'),
        (b"\x1b[31mred", ": it starts with the bytes 1b 5b 33 31 6d 72 65 64"),
        (b"\1\2\3" + b"\0" * 50, ": it starts with the bytes 01 02 03 00 00 00 00 00 00 00 00 00"),
    ],
)
def test_what_is_no_picture_is_named(content: bytes, what: str) -> None:
    error = faults.unrecognised(content)
    assert str(error).startswith(f"it is not an image{what}")
    assert error.kind == FaultKind.NOT_A_PICTURE


@pytest.mark.parametrize("start", [b"", b"<?xml version='1.0'?>\n<!-- a drawing -->\n"])
def test_a_drawing_in_svg_is_a_picture_of_a_kind_that_cannot_be_read(start: bytes) -> None:
    error = faults.unrecognised(start + b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert str(error) == "its format is not supported (SVG)"
    assert error.kind == FaultKind.UNSUPPORTED
