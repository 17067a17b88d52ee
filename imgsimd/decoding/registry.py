"""Which formats of pictures can be read, and by what. Adding a format is adding an entry here.

This module loads no library: the daemon and the commands import it for names and versions. An entry
names its functions as `module:function`; only the worker loads them, before it enters its sandbox.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from imgsimd.decoding import raw_signature

START_BYTES = 1024
"""So many bytes from the start of a file are enough to recognise its format."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """One format of pictures, and how its files become pixels."""

    format: str
    """Its name, for users, and in the catalog: it must not change."""
    recognises: Callable[[bytes], bool]
    """Whether a file that starts with these bytes is of this format. They are START_BYTES or all of
    it, and the answer that is given for all of it counts. Never raises: the daemon asks, too."""
    pixels: str
    """`module:function`. The function is a `decode.PixelReader`."""
    header: str
    """`module:function`. The function is a `decode.HeaderReader`."""
    header_bytes: int | None = 2**18
    """In so many bytes from a file's start are its headers; None: they may be anywhere."""
    extensions: tuple[str, ...] = ()
    """Which endings of names these files usually have, in small letters and without a dot."""
    package: str = ""
    """The packages that are needed, by the names under which they are installed; empty: none that
    is not always there. `imgsimd` works without them: such pictures are listed as failed."""
    module: str = ""
    """By which names the packages are imported."""
    extra_package: str = ""
    """A package, also the name by which it is imported, that only some files of the format need."""
    is_reducible: bool = False
    """Whether the function may decode fewer pixels than the header says; it checks them itself."""
    system_calls: tuple[str, ...] = ()
    """What its library asks of the kernel besides `seccomp.ALLOWED`, by the names of
    `seccomp.NUMBERS`. All workers may do what any entry needs."""
    version: int = 1
    """Raised when the function gives other pixels than before: then this format's pictures, and no
    others, are embedded again."""

    def is_available(self) -> bool:
        """Whether its packages are installed."""
        return all(find_spec(name) is not None for name in self.module.split())

    def is_complete(self) -> bool:
        """Whether all packages are installed that any of its files needs."""
        return self.is_available() and bool(not self.extra_package or find_spec(self.extra_package))

    @property
    def reader(self) -> str:
        """Names the present version."""
        return f"{self.format} {self.version}"

    @property
    def reader_without_package(self) -> str:
        """Names what refuses this format's pictures where the package is missing."""
        return f"{self.format} without {self.package or self.extra_package}"


def starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    """Recognises files that start with one of these."""
    return lambda start: start.startswith(signatures)


def matches(pattern: bytes) -> Callable[[bytes], bool]:
    """Recognises files whose start matches the regular expression; a dot matches any byte."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda start: compiled.match(start) is not None


def brands(start: bytes) -> set[bytes]:
    """What a file of the ISO kind (ISO/IEC 14496-12) says that it is; empty for other files."""
    if start[4:8] != b"ftyp":
        return set()
    end = int.from_bytes(start[:4], "big")
    return {start[8:12], *(start[at : at + 4] for at in range(16, min(end, len(start)), 4))}


def _is_avif(start: bytes) -> bool:
    return not brands(start).isdisjoint((b"avif", b"avis"))


def _is_heif(start: bytes) -> bool:
    return not brands(start).isdisjoint(_HEIF_BRANDS)


_HEIF_BRANDS = {
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"msf1"),
}
"""The first name the codec HEVC; AVIF has the last as well, and stands before HEIC in the list."""
_DIB_HEADER = struct.Struct("<3I2H")
"""A bitmap's header from Windows 3 on: its size, width, height, planes, bits."""


def _is_bmp(content: bytes) -> bool:
    if content.startswith(b"BM") or len(content) < _DIB_HEADER.size:
        return content.startswith(b"BM")
    size, _, _, planes, bits = _DIB_HEADER.unpack_from(content)
    return size in (40, 52, 56, 108, 124) and planes == 1 and bits in (1, 4, 8, 16, 24, 32)


_OPENCV = "imgsimd.decoding.opencv"
_PILLOW = "imgsimd.decoding.pillow"
_HEADERS = "imgsimd.decoding.headers"
_TIFF = "imgsimd.decoding.tiff"
_PSD = "imgsimd.decoding.psd"
_AVIF = "imgsimd.decoding.avif"
_HEIF = "imgsimd.decoding.heif"
_JPEG_XL = "imgsimd.decoding.jpeg_xl"

DECODERS: tuple[Decoder, ...] = (
    Decoder(
        format="camera raw",
        recognises=raw_signature.is_raw,
        pixels="imgsimd.decoding.raw:pixels",
        header="imgsimd.decoding.raw:header",
        header_bytes=None,
        is_reducible=True,
        extra_package="rawpy",
        extensions=(
            *("3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos"),
            *("mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw"),
            "x3f",
        ),
    ),
    Decoder(
        format="JPEG",
        recognises=matches(rb"(?!II[*+]\0|MM\0[*+]).{0,32}?\xff\xd8\xff"),
        # Some have a line end before them; a TIFF may contain a JPEG, right behind its header.
        pixels="imgsimd.decoding.jpeg_pixels:pixels",
        header="imgsimd.decoding.jpeg_pixels:header",
        is_reducible=True,
        extensions=("jpg", "jpeg", "jpe", "jfif", "jfi", "jif", "mpo", "jps", "insp"),
        version=2,
    ),
    Decoder(
        format="PNG",
        recognises=starts_with(b"\x89PNG\r\n\x1a\n"),
        pixels=f"{_OPENCV}:plain",
        header=f"{_HEADERS}:png",
        extensions=("png", "apng"),
        version=2,
    ),
    Decoder(
        format="WebP",
        recognises=matches(rb"RIFF....WEBP"),
        pixels=f"{_OPENCV}:plain",
        header=f"{_HEADERS}:webp",
        header_bytes=None,
        extensions=("webp",),
        version=2,
    ),
    Decoder(
        format="GIF",
        recognises=starts_with(b"GIF87a", b"GIF89a"),
        pixels=f"{_PILLOW}:gif",
        header=f"{_HEADERS}:gif",
        extensions=("gif",),
        version=2,
    ),
    Decoder(
        format="BMP",
        recognises=_is_bmp,
        pixels=f"{_PILLOW}:bmp",
        header=f"{_HEADERS}:bmp",
        extensions=("bmp", "dib"),
        version=2,
    ),
    Decoder(
        format="TIFF",
        recognises=starts_with(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        pixels=f"{_TIFF}:pixels",
        header=f"{_TIFF}:header",
        header_bytes=None,
        extensions=("tif", "tiff"),
        version=2,
        package="tifffile imagecodecs",
        module="tifffile imagecodecs",
    ),
    Decoder(
        format="AVIF",
        recognises=_is_avif,
        pixels=f"{_AVIF}:pixels",
        header=f"{_AVIF}:header",
        header_bytes=None,
        extensions=("avif",),
        version=2,
    ),
    Decoder(
        format="HEIC",
        recognises=_is_heif,
        pixels=f"{_HEIF}:pixels",
        header=f"{_HEIF}:header",
        header_bytes=None,
        package="pi-heif",
        module="_pi_heif",
        extensions=("heic", "heif", "hif"),
    ),
    Decoder(
        format="JPEG XL",
        recognises=starts_with(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
        pixels=f"{_JPEG_XL}:pixels",
        header=f"{_JPEG_XL}:header",
        header_bytes=None,
        package="imagecodecs",
        module="imagecodecs",
        extensions=("jxl",),
    ),
    Decoder(
        format="Photoshop",
        recognises=starts_with(b"8BPS\0\1", b"8BPS\0\2"),
        pixels=f"{_PSD}:pixels",
        header=f"{_PSD}:header",
        header_bytes=2**20,  # a thumbnail may come before EXIF
        extensions=("psd", "psb"),
    ),
    Decoder(
        format="JPEG 2000",
        recognises=starts_with(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
        pixels=f"{_OPENCV}:jpeg2000",
        header=f"{_HEADERS}:jpeg2000",
        extensions=("jp2", "j2k"),
        version=2,
    ),
    Decoder(
        format="PNM",
        recognises=matches(rb"P[1-6]\s"),
        pixels=f"{_PILLOW}:pnm",
        header=f"{_HEADERS}:pnm",
        extensions=("pbm", "pgm", "ppm", "pxm", "pnm"),
        version=2,
    ),
    Decoder(
        format="PAM",
        recognises=starts_with(b"P7"),
        pixels="imgsimd.decoding.pam:pixels",
        header=f"{_HEADERS}:pam",
        extensions=("pam",),
        version=2,
    ),
    Decoder(
        format="Sun raster",
        recognises=starts_with(b"\x59\xa6\x6a\x95"),
        pixels=f"{_PILLOW}:sun_raster",
        header=f"{_HEADERS}:sun_raster",
        extensions=("ras", "sr"),
        version=2,
    ),
)
"""A file's content is compared with them in this order; the first that recognises it reads it.

Radiance's .hdr and .pic are left out: for these OpenCV writes a temporary file, which no worker
may."""


def recognised(content: bytes) -> Decoder | None:
    """The entry for this content, which may be a whole file or its first START_BYTES."""
    return next((decoder for decoder in DECODERS if decoder.recognises(content)), None)


def extensions() -> tuple[str, ...]:
    """The endings of all formats' names."""
    return tuple(dict.fromkeys(each for decoder in DECODERS for each in decoder.extensions))


def system_calls() -> set[str]:
    """What all libraries together ask of the kernel."""
    return {call for decoder in DECODERS for call in decoder.system_calls}


def readers() -> set[str]:
    """What reads pictures now, or refuses them: names that change when an update, or a package that
    was installed, may read more."""
    missing = {each.reader_without_package for each in DECODERS if not each.is_complete()}
    return {no_reader(), *(each.reader for each in DECODERS), *missing}


def reader_without_package(decoder: Decoder) -> str:
    """Names what refused a file, that begins like this decoder's, for lack of a package. Where the
    decoder lacks none, it is a raw file that begins like a TIFF."""
    if decoder.is_complete():
        decoder = next(each for each in DECODERS if each.extra_package)
    return decoder.reader_without_package


def no_reader() -> str:
    """Names what refuses content that no entry recognises."""
    return "none of " + ", ".join(each.reader for each in DECODERS)


def versions() -> dict[str, int]:
    """By which version each format is decoded now, by the format's name."""
    return {decoder.format: decoder.version for decoder in DECODERS}
