"""Arrays by what is in them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB [height, width, 3]."""
Plane: TypeAlias = NDArray[np.uint8]
"""[height, width]."""
Values: TypeAlias = NDArray[np.float32]
"""[height, width]."""
Points: TypeAlias = NDArray[np.float32]
"""[n, 2]: x, y; the middle of the first pixel is (0, 0)."""
Descriptors: TypeAlias = NDArray[np.uint8]
"""[n, 128]: SIFT's histograms of gradients around a point."""
Matrix: TypeAlias = NDArray[np.float64]
"""[3, 3]: maps x, y, 1 of one picture to those of another, up to a factor."""
Size: TypeAlias = tuple[int, int]
"""Width, height."""
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two are behind the last column and row."""


def size_of(picture: NDArray[np.generic]) -> Size:
    return picture.shape[1], picture.shape[0]


def as_bytes(picture: MatLike) -> NDArray[np.uint8]:
    """The same for the type checker, which cannot know that OpenCV returns what it was given."""
    return picture.astype(np.uint8, copy=False)


def as_values(picture: MatLike) -> Values:
    """As numbers to calculate with."""
    return picture.astype(np.float32, copy=False)
