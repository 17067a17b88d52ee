"""Why no picture can be had from a file, judged by its bytes. A reason is a clause about "it"."""

from __future__ import annotations

from imgsimd.decoding import jpeg, registry
from imgsimd.decoding.registry import Decoder

CUT_OFF = "it is cut off: the file ends too early"
EMPTY = "the file is empty"
NOT_AN_IMAGE = "it is not an image"
TOO_MANY_PIXELS = "it has more pixels than `max_pixels` under [worker] in the configuration allows"
TOO_MUCH_MEMORY = "decoding it takes more memory than the worker may use"

_UNSUPPORTED = {
    "JPEG XL": (b"\xff\x0a", b"\0\0\0\x0cJXL "),
    "Photoshop": (b"8BPS",),
    "PDF": (b"%PDF",),
    "SVG": (b"<svg", b"<?xml"),
    "icon": (b"\0\0\1\0",),
    "camera raw": (b"FUJIFILM", b"FOVb", b"IIU\0", b"IIRO", b"MMOR"),
    "Matroska or WebM video": (b"\x1a\x45\xdf\xa3",),
}
"""Formats that no decoder reads, and how their files start."""
_UNSUPPORTED_BRANDS = {
    "HEIC": {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"},
    "camera raw": {b"crx "},
}
"""As above, for files of the ISO kind, which name their brand; the others of them are videos."""


def unsupported(content: bytes) -> str:
    """Why no decoder recognises this content."""
    if not content:
        return EMPTY
    kind = _unsupported_format(content)
    return f"its format is not supported ({kind})" if kind else NOT_AN_IMAGE


def _unsupported_format(content: bytes) -> str | None:
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return next((kind for kind, them in _UNSUPPORTED_BRANDS.items() if brand in them), "video")
    return next((kind for kind, them in _UNSUPPORTED.items() if content.startswith(them)), None)


def damage(content: bytes) -> str:
    """Why a decoder cannot read content of a format that is known."""
    decoder = registry.recognised(content)
    if decoder is None:
        return unsupported(content)
    if _is_cut_off(content, decoder):
        return CUT_OFF
    if decoder.format == "TIFF":  # cameras' raw files start like TIFF
        return "it is damaged, or a kind of TIFF that is not supported"
    return f"it is damaged, or not the {decoder.format} that it begins like"


def _is_cut_off(content: bytes, decoder: Decoder) -> bool:
    if decoder.format == "PNG":
        return b"IEND" not in content[-64:]
    if decoder.format == "WebP":
        return int.from_bytes(content[4:8], "little") + 8 > len(content)
    if decoder.format == "GIF":
        return not content.rstrip(b"\0").endswith(b";")
    return decoder.format == "JPEG" and jpeg.lacks_end(content)
