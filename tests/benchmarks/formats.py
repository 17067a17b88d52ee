"""What a picture of 12 megapixels costs in each format, beside a JPEG of the same picture.

    python -m tests.benchmarks.formats

CPU time of decoding it for the network (224 x 224), the median of RUNS in turns with the JPEG. The
network itself is the same for all.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import cv2

from imgsimd.decoding import decode
from tests.benchmarks import table
from tests.benchmarks.table import Row
from tests.support import raw_files
from tests.support.jpeg_xl import jxl
from tests.support.odd_pictures import PixelArray, heic, photo
from tests.support.odd_rasters import saved
from tests.support.odd_tiffs import tiff
from tests.support.photoshop import planes, psd

RUNS = 5
WIDTH, HEIGHT = 4000, 3000

FORMATS: dict[str, Callable[[PixelArray], bytes]] = {
    "JPEG, progressive": lambda picture: saved(picture, "JPEG", quality=90, progressive=True),
    "HEIC": heic,
    "AVIF": lambda picture: saved(picture, "AVIF", quality=75),
    "JPEG XL": lambda picture: jxl(picture, distance=1),
    "camera raw with a preview": raw_files.nef_like,
    "camera raw without a preview": raw_files.dng,
    "PNG": lambda picture: saved(picture, "PNG"),
    "WebP": lambda picture: saved(picture, "WEBP", quality=85),
    "TIFF": tiff,
    "TIFF, LZW": lambda picture: tiff(picture, compression="lzw", rowsperstrip=16),
    "Photoshop": lambda picture: psd(planes(picture)),
    "GIF": lambda picture: saved(picture, "GIF"),
    "BMP": lambda picture: saved(picture, "BMP"),
    "JPEG 2000": lambda picture: saved(
        picture, "JPEG2000", quality_mode="rates", quality_layers=[20]
    ),
    "PNM": lambda picture: saved(picture, "PPM"),
}


def rows() -> Iterator[Row]:
    cv2.setNumThreads(1)
    picture = photo(WIDTH, HEIGHT)
    jpeg = saved(picture, "JPEG", quality=90)
    for name, make in FORMATS.items():
        cost, beside = _side_by_side(make(picture), jpeg)
        yield Row(
            f"decode 12 megapixels: {name}", f"{cost:.0f} ms", f"JPEG: {beside:.0f} ms",
            cost / beside,
        )  # fmt: skip


def _side_by_side(content: bytes, jpeg: bytes) -> tuple[float, float]:
    """Milliseconds of CPU for each."""
    pairs = [(_milliseconds(content), _milliseconds(jpeg)) for _ in range(RUNS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _milliseconds(content: bytes) -> float:
    start = time.process_time()
    decode.squared(content, 224, "area")
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    table.show(rows())
