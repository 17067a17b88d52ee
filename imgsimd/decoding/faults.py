"""Why no picture can be had from a file, judged by its bytes. A reason is a clause about "it"."""

from __future__ import annotations

from imgsimd.decoding import foreign, iso_boxes, jpeg, raw_signature, registry
from imgsimd.errors import BadPictureError, FaultKind
from imgsimd.installed import adding
from imgsimd.words import percent

_UNSUPPORTED = {
    "SVG": (b"<svg",),
    "icon": (b"\0\0\1\0",),
}
"""Formats of pictures that no decoder reads, and how their files start."""


def unrecognised(content: bytes) -> BadPictureError:
    """No decoder recognises this content."""
    if not content:
        return BadPictureError("the file is empty", FaultKind.NOT_A_PICTURE)
    kind = _unsupported_format(content)
    if kind:
        return unsupported(kind)
    return BadPictureError(f"it is not an image{foreign.told(content)}", FaultKind.NOT_A_PICTURE)


def unsupported(what: str) -> BadPictureError:
    """`what` names what the file is: "TIFF with compression 34712"."""
    return BadPictureError(f"its format is not supported ({what})", FaultKind.UNSUPPORTED)


def library_missing(name: str, package: str) -> BadPictureError:
    """The format of this name needs a package, or several, not all of which are installed."""
    word = "packages" if " " in package else "package"
    return BadPictureError(
        f"it is {name}, which needs the {word} {package}: {adding(package)}",
        FaultKind.LIBRARY_MISSING,
    )


def too_many_pixels(width: int, height: int, most: int) -> BadPictureError:
    """`most` is the setting `max_pixels`."""
    return BadPictureError(
        f"it has too many pixels: {width:,} x {height:,}; `max_pixels` under [worker] in the "
        f"configuration allows {most:,}",
        FaultKind.TOO_MANY_PIXELS,
    )


def too_much_memory() -> BadPictureError:
    """Decoding failed for want of memory."""
    return BadPictureError(
        "decoding it takes more memory than the worker may use; a larger `max_pixels` under "
        "[worker] in the configuration allows more",
        FaultKind.TOO_MUCH_MEMORY,
    )


def no_vector() -> BadPictureError:
    """The model gives no vector of unit length for the picture."""
    return BadPictureError("the model has no answer for it", FaultKind.NO_VECTOR)


def cut_off(read: float | None = None) -> BadPictureError:
    """The file ends too early; `read` is the share of the picture that is there, if known."""
    what = ": the file ends too early" if read is None else f" after {percent(read)}"
    return BadPictureError(f"it is cut off{what}", FaultKind.CUT_OFF)


def damaged(content: bytes, read: float | None = None) -> BadPictureError:
    """A decoder cannot read content of a format that is known; `read` is the share of the picture
    that it could decode, if known."""
    decoder = registry.recognised(content)
    if decoder is None:
        return unrecognised(content)
    if _is_cut_off(content, decoder.format):
        return cut_off(read)
    if read is not None:
        reason = f"it is damaged: only {percent(read)} of it can be decoded"
    elif decoder.format in ("TIFF", "camera raw"):  # there are many kinds
        reason = f"it is damaged, or a kind of {decoder.format} that is not supported"
    else:
        reason = f"it is damaged: it begins like {decoder.format}, but cannot be decoded"
    return BadPictureError(reason, FaultKind.DAMAGED)


def _unsupported_format(content: bytes) -> str | None:
    if foreign.is_xml(content) and b"<svg" in content[: registry.START_BYTES]:
        return "SVG"
    return next((kind for kind, them in _UNSUPPORTED.items() if content.startswith(them)), None)


def _is_cut_off(content: bytes, name: str) -> bool:
    if name == "PNG":
        return b"IEND" not in content[-64:]
    if name == "WebP":
        return int.from_bytes(content[4:8], "little") + 8 > len(content)
    if name == "GIF":
        return not content.rstrip(b"\0").endswith(b";")
    if name == "BMP" and content.startswith(b"BM"):
        return int.from_bytes(content[2:6], "little") > len(content)
    if name == "JPEG 2000" and content.startswith(b"\xff\x4f"):  # its end: ITU-T T.800, A.4.4
        return b"\xff\xd9" not in content[-64:]
    if name in ("AVIF", "HEIC", "JPEG 2000"):
        return iso_boxes.is_cut_off(content)
    if name == "camera raw":
        return raw_signature.is_cut_off(content)
    return name == "JPEG" and jpeg.lacks_end(content)
