"""Where the time of `imgsimctl similar --same` goes, among 100,000 images.

    python -m tests.benchmarks.verifying

Milliseconds of wall time, the worker running. The images are empty files with random vectors, but
for the photos nearest to what is asked about, none of which is a copy of it: so as many as may are
looked at. "Cold": the features of these photos must be computed; "warm": they were a moment ago.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from imgsimd.client import Client
from imgsimd.vectors import Vector, to_unit_vector
from tests.benchmarks import table
from tests.benchmarks.pictures import OLD, drawn
from tests.benchmarks.populating import populate
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms, seconds
from tests.support.embedding import embed, embedding
from tests.support.household import Household

IMAGES = 100_000
ASKED = 3
"""Pictures that are asked about, once for each kind."""
NEAR = 200
"""Photos near to each of them."""
SPREAD = 0.03
"""Of their vectors' numbers, around the picture's."""
SIZES = {"500 x 375": (500, 375), "12 megapixels": (4000, 3000)}


def rows() -> Iterator[Row]:
    for name, size in SIZES.items():
        with tempfile.TemporaryDirectory() as place:
            home = Household(Path(place))
            contents = [_resized(content, size) for content in drawn()]
            asked = {home.folder / f"{n}.jpg": contents[n] for n in range(ASKED)}
            photos: dict[Path, Vector] = {}
            for picture, content in asked.items():
                picture.write_bytes(content)
                files = _near(home.photos / f"near{picture.stem}", contents[ASKED:])
                photos |= zip(files, _around(asyncio.run(_vector(content))), strict=True)
            populate(home, IMAGES, photos=photos)
            try:
                home.start()
                home.settle()
                yield from _measured(Client(home.socket), name, list(asked))
            finally:
                home.close()


def _measured(client: Client, name: str, asked: Sequence[Path]) -> Iterator[Row]:
    client.similar(asked[0].read_bytes())  # the worker has started
    cold = median(seconds(partial(client.same, picture)) for picture in asked) * 1000
    yield Row(f"same picture, {name}, cold", f"{cold:.0f} ms", "", None, "<= 1000 ms")
    content = asked[0].read_bytes()
    warm = median_ms(lambda: client.same(content))
    yield Row(f"same picture, {name}, warm", f"{warm:.0f} ms", "", None, "<= 1000 ms")
    parts = {
        "decode, embed all views, features": lambda: client.question(content).ask(1, verify=True),
        "decode and embed alone": lambda: client.similar(content, k=1),
    }
    for part, action in parts.items():
        taken = median_ms(action)
        yield Row(f"- {part}", f"{taken:.0f} ms", f"the whole {warm:.0f} ms", taken / warm)


def _resized(content: bytes, size: tuple[int, int]) -> bytes:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return bytes(cv2.imencode(".jpg", cv2.resize(np.asarray(picture), size))[1])


def _near(folder: Path, contents: Sequence[bytes]) -> Iterator[Path]:
    """Photos, none of which has the same bytes as another."""
    folder.mkdir()
    for number, content in enumerate(islice(cycle(contents), NEAR)):
        photo = folder / f"{number}.jpg"
        photo.write_bytes(content + os.urandom(16))
        os.utime(photo, (OLD, OLD))
        yield photo


async def _vector(content: bytes) -> Vector:
    async with embedding() as embedder:
        vector = await embed(embedder, content)
    assert not isinstance(vector, str), vector
    return vector


def _around(vector: Vector) -> Iterator[Vector]:
    """NEAR vectors at about the distance of pictures of one scene."""
    rng = np.random.default_rng(0)
    for _ in range(NEAR):
        yield to_unit_vector(vector + SPREAD * rng.standard_normal(len(vector)))


if __name__ == "__main__":
    table.show(rows())
