"""Broken pictures of every format, fed to a real worker: what it reads, refuses, dies of, takes.

    python -m tests.support.fuzzing [COUNT] [SEED] [FAMILY]

The same seed breaks the same pictures in the same way. Those that a worker died of are kept in the
folder that is named at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.decoding.exif import MAKE, ORIENTATION
from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import BadPictureError
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.samples import drawing
from tests.support import raw_files
from tests.support.embedding import as_file
from tests.support.exif import block
from tests.support.household import children, most_memory
from tests.support.icc import grey_profile, table_profile
from tests.support.jpeg_xl import jxl, jxl_of_jpeg
from tests.support.odd_jpegs import ARITHMETIC, jpeg, mpo, with_hole
from tests.support.odd_pictures import PixelArray, avif, heic
from tests.support.odd_tiffs import cmyk, deep, lab, tiff
from tests.support.photoshop import LAYERS_WITH_TRANSPARENCY, planes, psd
from tests.support.pictures import CMYK, FORMATS, encoded, with_orientation

DEATHS = ("crashes the decoder", "longer than")
"""What is said of a picture that a worker died of."""
AT_ONCE = 32
BOUNDARIES = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
"""Numbers with which a program that reckons with lengths may go wrong."""


@dataclass(slots=True)
class Outcome:
    """What came of all files."""

    readable: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    deadly: list[bytes] = field(default_factory=list)
    largest_worker: int = 0
    """Bytes of memory."""


def originals(rng: Generator) -> list[bytes]:
    """Pictures of every format, and of every kind that takes another way through its decoder."""
    picture = drawing.draw("mountain", rng, 160, 120)[..., ::-1].copy()
    grey = picture[..., 0].copy()
    clear = np.dstack([picture, grey])
    return [
        *(encoded(picture, suffix) for suffix in FORMATS),
        encoded(picture, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        encoded(picture, ".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
        encoded(picture, ".webp", cv2.IMWRITE_WEBP_QUALITY, 60),
        *(encoded(picture, ".tiff", cv2.IMWRITE_TIFF_COMPRESSION, how) for how in (1, 5, 8, 32773)),
        *(encoded(clear, suffix) for suffix in (".png", ".webp", ".tiff", ".avif")),
        *(encoded(grey, suffix) for suffix in (".jpg", ".png", ".tiff", ".pgm", ".jp2")),
        *(encoded(grey.astype(np.uint16) * 257, suffix) for suffix in (".png", ".tiff", ".jp2")),
        *(_animation(clear, suffix) for suffix in (".gif", ".webp", ".png", ".avif")),
        with_orientation(encoded(picture, ".jpg"), 6),
        CMYK,
        *(each for files in FAMILIES.values() for each in files(picture)),
    ]


def _heics(picture: PixelArray) -> list[bytes]:
    clear = np.dstack([picture, picture[..., 0]])
    exif = block({ORIENTATION: 6, MAKE: "ACME"})
    return [
        heic(picture),
        heic(clear, exif=exif),
        heic(picture, thumbnails=[100], xmp=b"<x/>"),
        heic(picture[..., 0]),
        heic(picture, tile_size=64),
    ]


def _avifs(picture: PixelArray) -> list[bytes]:
    clear = np.dstack([picture, picture[..., 0]])
    exif = block({ORIENTATION: 6, MAKE: "ACME"})
    return [
        avif(picture, exif=exif),
        avif(clear),
        avif(picture[..., 0]),
        _animation(clear, ".avif"),
    ]


def _jpegs(picture: PixelArray) -> list[bytes]:
    table = table_profile("RGB ", lambda colours: colours[..., ::-1], 5)
    exif = block({ORIENTATION: 6, MAKE: "ACME"})
    return [
        jpeg(picture, exif=exif, icc_profile=table),
        jpeg(picture, progressive=True, restart_marker_rows=1),
        jpeg(picture, "CMYK", icc_profile=table_profile("CMYK", lambda inks: 1 - inks[..., :3], 3)),
        jpeg(picture, "L", progressive=True, icc_profile=grey_profile(1.8)),
        jpeg(picture, keep_rgb=True).removesuffix(b"\xff\xd9"),
        with_hole(jpeg(picture), 1 / 6),
        mpo(picture, picture[::-1]),
        ARITHMETIC,
    ]


def _jpeg_xls(picture: PixelArray) -> list[bytes]:
    clear = np.dstack([picture, picture[..., 0]])
    exif = block({MAKE: "ACME"})
    return [
        jxl(picture),
        jxl(picture, distance=1, exif=exif, orientation=6),
        jxl(clear, distance=1, primaries="P3"),
        jxl(picture[..., 0].astype(np.uint16) * 257),
        jxl_of_jpeg(encoded(picture, ".jpg"), exif),
    ]


def _photoshops(picture: PixelArray) -> list[bytes]:
    clear = np.dstack([picture, picture[..., 0]])
    exif = block({ORIENTATION: 6, MAKE: "ACME"})
    return [
        psd(planes(picture), resources={1058: exif}),
        psd(planes(picture), is_large=True),
        psd(planes(clear), layers=LAYERS_WITH_TRANSPARENCY),
        psd(planes(deep(picture, 16)), is_packed=False),
    ]


def _tiffs(picture: PixelArray) -> list[bytes]:
    compressions = "jpeg", "jpeg2000", "jpegxl", "lerc", "lzma", "png", "webp", "zstd"
    return [
        *(tiff(picture, compression=each, rowsperstrip=32) for each in compressions),
        tiff(deep(picture, 16), compression="zlib", predictor=True, tile=(32, 32)),
        tiff((picture / 255).astype(np.float32), compression="lzw", predictor=True),
        tiff(cmyk(picture), photometric="separated", bigtiff=True, byteorder=">"),
        tiff(lab(picture), photometric="cielab"),
    ]


def _raws(picture: PixelArray) -> list[bytes]:
    return [
        raw_files.dng(picture, 6),
        raw_files.nef_like(picture, 6),
        raw_files.nef_like(picture, by="strip"),
        raw_files.raf(picture),
        raw_files.cr3(picture),
        raw_files.olympus_like(picture),
    ]


FAMILIES: dict[str, Callable[[PixelArray], list[bytes]]] = {
    "AVIF": _avifs,
    "HEIC": _heics,
    "JPEG": _jpegs,
    "JPEG XL": _jpeg_xls,
    "Photoshop": _photoshops,
    "TIFF": _tiffs,
    "camera raw": _raws,
}
"""Formats that are broken by themselves, too."""


def _animation(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], suffix: str) -> bytes:
    animation = cv2.Animation()
    animation.frames = [picture, picture[::-1].copy()]
    animation.durations = [100, 100]
    return bytes(cv2.imencodeanimation(suffix, animation)[1].tobytes())


def _flip(content: bytearray, rng: Generator) -> None:
    for _ in range(rng.integers(1, 33)):
        content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))


def _flip_header(content: bytearray, rng: Generator) -> None:
    for _ in range(rng.integers(1, 5)):
        content[rng.integers(min(100, len(content)))] = rng.integers(256)


def _cut(content: bytearray, rng: Generator) -> None:
    del content[rng.integers(len(content)) :]


def _lie(content: bytearray, rng: Generator) -> None:
    """A length, count or offset that is not true."""
    at, size = rng.integers(min(400, len(content))), int(rng.choice([1, 2, 4]))
    number = int(rng.choice(BOUNDARIES)) & (256**size - 1)
    content[at : at + size] = number.to_bytes(size, "big" if rng.integers(2) else "little")


def _remove(content: bytearray, rng: Generator) -> None:
    at = rng.integers(len(content))
    del content[at : at + rng.integers(1, 200)]


def _repeat(content: bytearray, rng: Generator) -> None:
    at = rng.integers(len(content))
    content[at:at] = content[at : at + rng.integers(1, 2000)]


def _blank(content: bytearray, rng: Generator) -> None:
    at = rng.integers(len(content))
    content[at : at + 2000] = bytes(len(content[at : at + 2000]))


BREAKS: list[Callable[[bytearray, Generator], None]] = [
    _flip, _flip_header, _cut, _lie, _remove, _repeat, _blank,
]  # fmt: skip


def broken(count: int, seed: int, family: str | None = None) -> Iterator[bytes]:
    """So many files, each broken in a way or two; some are one's head with another's tail."""
    rng = np.random.default_rng(seed)
    if family is None:
        whole = originals(rng)
    else:
        whole = FAMILIES[family](drawing.draw("mountain", rng, 160, 120))
    for number in range(count):
        content = bytearray(whole[number % len(whole)])
        if rng.integers(8) == 0:
            other = whole[rng.integers(len(whole))]
            content[rng.integers(len(content)) :] = other[rng.integers(len(other)) :]
        for _ in range(rng.integers(1, 3)):
            if content:
                BREAKS[rng.integers(len(BREAKS))](content, rng)
        yield bytes(content)


async def feed(contents: Iterator[bytes], settings: Worker) -> Outcome:
    """All files through one embedder."""
    outcome = Outcome()
    embedder = Embedder(find(DEFAULT_MODEL, BUILT_IN), settings)

    async def lane() -> None:
        for content in contents:
            await _judge(embedder, content, outcome)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(AT_ONCE):
            lanes.create_task(lane())
    await embedder.close()
    return outcome


async def _judge(embedder: Embedder, content: bytes, outcome: Outcome) -> None:
    try:
        with as_file(content) as descriptor:
            await embedder.embed(descriptor)
        outcome.readable += 1
    except BadPictureError as error:
        outcome.refused[str(error)] += 1
        if any(death in str(error) for death in DEATHS):
            outcome.deadly.append(content)
    taken = max(map(most_memory, children(os.getpid())), default=0)
    outcome.largest_worker = max(outcome.largest_worker, taken)


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.support.fuzzing", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=2000)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("family", nargs="?", choices=FAMILIES)
    arguments = parser.parse_args()
    count, seed = arguments.count, arguments.seed
    start = time.monotonic()
    outcome = asyncio.run(feed(broken(count, seed, arguments.family), Worker()))
    print(f"{count:,} files in {time.monotonic() - start:.0f} s, seed {seed}")
    print(f"readable: {outcome.readable:,}; refused: {sum(outcome.refused.values()):,}")
    for reason, number in outcome.refused.most_common():
        print(f"  {number:6,}  {reason}")
    print(f"the largest worker took {outcome.largest_worker / 2**20:.0f} MiB")
    if outcome.deadly:
        folder = Path(tempfile.mkdtemp(prefix="imgsimd-deadly-"))
        for number, content in enumerate(outcome.deadly):
            (folder / f"{number}").write_bytes(content)
        sys.exit(f"Workers died of {len(outcome.deadly)} files, kept in {folder}.")


if __name__ == "__main__":
    main()
