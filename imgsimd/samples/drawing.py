"""Pictures drawn by arithmetic, to play with: ten kinds that a similarity search tells apart.

As a program (`python -m imgsimd.samples.drawing DIR`) it fills a folder: `imgsimctl`, which starts
it, must not import numpy. The same seed always draws the same pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from imgsimd.child_end import exit_code
from imgsimd.errors import ConfigError
from imgsimd.samples.canvas import Canvas, Pixels
from imgsimd.samples.scenes import KINDS

COUNT, SEED = 40, 7
SHAPES = ((4, 3), (3, 2), (1, 1), (3, 4), (16, 10))
"""Width to height."""
QUALITY = {
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 90),
    ".png": (),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 85),
}


def draw(kind: str | int, rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A picture of that kind: a name in KINDS, or any number, which is taken modulo their count.

    Returns RGB [height, width, 3], each side at least 8 pixels. The same state of `rng` gives the
    same picture.
    """
    name = kind if isinstance(kind, str) else list(KINDS)[kind % len(KINDS)]
    canvas = Canvas(rng, width, height)
    KINDS[name](canvas)
    return canvas.finish()


def fill(folder: Path, count: int = COUNT, seed: int = SEED) -> list[Path]:
    """Draw `count` pictures into `folder`, which is made if it is not there.

    Returns the files, named by kind and number (`sunset-01.jpg`). Raises ConfigError if the
    folder is not empty, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigError(f"{folder} is not empty. Name a new or an empty folder.")
        return [_write(folder, index, seed) for index in range(count)]
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written: {error.strerror}. Name another folder."
        ) from error


def _write(folder: Path, index: int, seed: int) -> Path:
    """One picture: 480 to 1200 pixels on its long side, most often a JPEG."""
    rng = np.random.default_rng([seed, index])
    sides = SHAPES[rng.integers(len(SHAPES))]
    scale = (480 + 720 * rng.random() ** 2) / max(sides)
    picture = draw(index, rng, round(sides[0] * scale), round(sides[1] * scale))
    suffix = {7: ".png", 11: ".webp"}.get(index % 13, ".jpg")
    file = folder / f"{list(KINDS)[index % len(KINDS)]}-{index // len(KINDS) + 1:02d}{suffix}"
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    with file.open("xb") as new:  # whatever has come there meanwhile stays
        new.write(cv2.imencode(suffix, bgr, QUALITY[suffix])[1].tobytes())
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill a folder; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.samples.drawing", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    return exit_code(lambda: _fill(given))


def _fill(given: argparse.Namespace) -> None:
    fill(given.folder, given.count, given.seed)


if __name__ == "__main__":
    sys.exit(main())
