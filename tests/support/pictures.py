"""Pictures as the bytes of a file, in every format."""

from __future__ import annotations

import base64
import struct
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

FORMATS = [".jpg", ".png", ".webp", ".gif", ".bmp", ".tiff", ".avif", ".jp2", ".ppm", ".pam",
           ".ras"]  # fmt: skip
"""All that OpenCV decodes in colour, but for Radiance's HDR, for which it writes a temporary file,
and for PFM, which nobody has photos in."""
CMYK = base64.b85decode(
    "|JeWT01iQ9Z(?NtWB>pF0095n07C!}3k(hn3J?wr4iXU%6BsBO7#0>7F(V}%C^|DeJUKHsH$X^SPC!IgMK?H5ZBbWW"
    "VrOV)K233XaAbH~WoKjmzyK5o00;mG1Va%3O%VWD5dcdO0RO}Q6aWDL000000000000000000O7!~hf!0RR9100000"
    "00000000000RP$m4g^C0O#oQ{O8@{r06-s)$PfS7"
)
"""A JPEG of 8 x 8 pixels without cyan and black: red. (Inverted, as Adobe's programs write it.)"""


def encoded(picture: NDArray[np.uint8] | NDArray[np.uint16], suffix: str, *options: int) -> bytes:
    if suffix == ".pam" and picture.ndim == 3:
        picture = picture[..., ::-1].copy()  # OpenCV would write blue first, which nobody reads so
    return bytes(cv2.imencode(suffix, picture, list(options))[1].tobytes())


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with an EXIF block that says how the camera was held."""
    entry = b"\x12\x01\x03\0\x01\0\0\0" + bytes([orientation, 0, 0, 0])
    block = b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\x01\0" + entry + b"\0" * 4
    return jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


def png(width: int, height: int) -> bytes:
    """A PNG of this size that ends after its header."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + header + zlib.crc32(header).to_bytes(4, "big")
        + b"\0\0\0\0IDAT\x35\xaf\x06\x1e" + b"\0\0\0\0IEND\xae\x42\x60\x82"
    )  # fmt: skip


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Of two pictures of one size, on average, of 255."""
    return float(np.abs(one.astype(int) - other).mean())
