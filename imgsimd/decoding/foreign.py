"""What a file is that is no picture, by how it starts."""

from __future__ import annotations

import codecs
import re

from imgsimd.words import printable

_SHOWN = 12
"""So many bytes of an unknown file are shown."""
_SEARCHED_BYTES = 1024
# In its sandbox, a worker can load no codec; `printable` needs the second one.
_TextDecoder = codecs.getincrementaldecoder("utf-8-sig")
codecs.lookup("unicode_escape")
_KINDS = {
    "a PDF document": rb"%PDF",
    "a PostScript document": rb"%!PS",
    "a video": (
        rb"\x1a\x45\xdf\xa3|RIFF....AVI |\0\0\x01[\xba\xb3]|FLV\x01|\x30\x26\xb2\x75\x8e\x66\xcf"
        rb"|\0...(?:moov|mdat|wide|free|pnot)"
        rb"|....ftyp(?:iso|mp4|avc|qt  |M4V|3g|MSNV|dash|f4v|mmp4|XAVC|cmf)"
    ),
    "an audio file": rb"....ftypM4|ID3[\x02-\x04]|fLaC|OggS|RIFF....WAVE|\xff[\xfb\xf3\xf2]",
    "a file of the MP4 family": rb"....ftyp",
    "an HTML page": rb"(?:\xef\xbb\xbf)?\s*(?i:<!doctype html|<html|<head|<script)",
    "an XML document": rb"(?:\xef\xbb\xbf)?\s*<\?xml",
    "a ZIP archive or an Office document": rb"PK[\x03\x05\x07][\x04\x06\x08]",
    "an archive": (
        rb"\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x28\xb5\x2f\xfd"
        rb"|.{257}ustar"
    ),
    "an Office document or a thumbnail database of Windows": rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "what macOS keeps beside a file": rb"\0\x05\x16[\0\x07]",
    "a property list of macOS or iOS": rb"bplist0",
    "a database": rb"SQLite format 3\0",
    "a program": rb"\x7fELF|MZ[\0-\x1f\x80-\xff]",
    "a pointer of Git LFS; `git lfs pull` fetches the image": rb"version https://git-lfs",
    "a pointer of git-annex; `git annex get` fetches the image": rb"/annex/objects/",
}
"""What files are, and regular expressions for how they start."""
_PATTERNS = {kind: re.compile(pattern, re.DOTALL) for kind, pattern in _KINDS.items()}


def told(content: bytes) -> str:
    """Continues the sentence "it is not an image"; the content is not empty."""
    start = content[:_SEARCHED_BYTES]
    for kind, pattern in _PATTERNS.items():
        if pattern.match(start):
            return f", but {kind}"
    if not content.strip(b"\0"):
        return ": all its bytes are zeros"
    return f": it starts with {_shown(start)}"


def is_xml(content: bytes) -> bool:
    """Whether it begins as XML does."""
    return _PATTERNS["an XML document"].match(content) is not None


def _shown(start: bytes) -> str:
    """Its first words or bytes; nothing in them can command a terminal."""
    try:
        text = _TextDecoder().decode(start)  # its last character may be cut
    except UnicodeDecodeError:
        text = ""
    if text and all(each.isprintable() or each.isspace() for each in text):
        return f'the text "{printable(text[:_SHOWN])}"'
    return f"the bytes {start[:_SHOWN].hex(' ')}"
