"""Small pictures of random patches: thousands of them are drawn in a second."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

ACROSS, DOWN = 8, 6
"""Patches."""
PIXELS = 12
"""Of the side of a patch."""


def patchworks(folder: Path, count: int, seed: int = 0) -> list[Path]:
    """So many JPEG files, each of another picture, in a folder that is made."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    files = [folder / f"{number:05d}.jpg" for number in range(count)]
    for file in files:
        patches = rng.integers(0, 256, (DOWN, ACROSS, 3), np.uint8)
        size = ACROSS * PIXELS, DOWN * PIXELS
        picture = cv2.resize(patches, size, interpolation=cv2.INTER_CUBIC)
        file.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    return files
