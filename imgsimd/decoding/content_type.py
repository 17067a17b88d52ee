"""What a file is, by its first bytes, and so why no picture can be had from it."""

from __future__ import annotations

from imgsimd.decoding import jpeg

CUT_OFF = "it is cut off: the file ends too early"
_READABLE = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "WebP": (b"RIFF",),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "JPEG 2000": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    "PNM": tuple(b"P%d" % number for number in range(1, 8)),
    "Sun raster": (b"\x59\xa6\x6a\x95",),
}
"""Formats that OpenCV decodes, and how their files begin."""
_UNREADABLE = {
    "JPEG XL": (b"\xff\x0a", b"\0\0\0\x0cJXL "),
    "Photoshop": (b"8BPS",),
    "PDF": (b"%PDF",),
    "SVG": (b"<svg", b"<?xml"),
    "icon": (b"\0\0\1\0",),
    "camera raw": (b"FUJIFILM", b"FOVb", b"IIU\0", b"IIRO", b"MMOR"),
    "Matroska or WebM video": (b"\x1a\x45\xdf\xa3",),
}
"""Formats that it does not."""
_BRANDS = {
    "AVIF": (b"avif", b"avis"),
    "HEIC": (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"),
    "camera raw": (b"crx ",),
}
"""Of files of the ISO kind (ISO/IEC 14496-12), which say `ftyp` and then which they are."""


def fault(content: bytes) -> str:
    """Why the decoder could not read it: a reason without a subject, or about "it"."""
    kind = _named(content, _READABLE)
    if content[4:8] == b"ftyp":
        kind = next((name for name, all_of in _BRANDS.items() if content[8:12] in all_of), "video")
        if kind != "AVIF":
            return f"its format is not supported ({kind})"
    elif unreadable := _named(content, _UNREADABLE):
        return f"its format is not supported ({unreadable})"
    if kind is None:
        return "it is not an image"
    if _is_cut_off(content, kind):
        return CUT_OFF
    if kind == "TIFF":  # cameras' raw files are, too
        return "it is damaged, or a kind of TIFF that is not supported"
    return f"it is damaged, or not the {kind} that it begins like"


def _named(content: bytes, kinds: dict[str, tuple[bytes, ...]]) -> str | None:
    return next((name for name, begins in kinds.items() if content.startswith(begins)), None)


def _is_cut_off(content: bytes, kind: str) -> bool:
    if kind == "PNG":
        return b"IEND" not in content[-64:]
    if kind == "WebP":
        return int.from_bytes(content[4:8], "little") + 8 > len(content)
    if kind == "GIF":
        return not content.rstrip(b"\0").endswith(b";")
    return kind == "JPEG" and jpeg.lacks_end(content)
