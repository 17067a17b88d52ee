"""Features survive the way between processes, fit their bounds, and hostile ones are refused."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest

from imgsimd.geometry.arrays import Pixels
from imgsimd.geometry.comparison import compare
from imgsimd.geometry.features import MOST_BYTES, POINTS, Features, extract
from imgsimd.samples.drawing import draw


def features_of(pixels: Pixels) -> bytes:
    return extract(pixels, (pixels.shape[1], pixels.shape[0]))


NOISE = np.random.default_rng(1).integers(0, 256, (600, 800, 3), np.uint8)
DRAWN = features_of(draw("city", np.random.default_rng(2), 400, 300))


@pytest.mark.parametrize(
    "shape", [(600, 800), (1, 1), (1, 800), (600, 1), (16, 16), (3, 50), (8, 2)]
)
def test_a_picture_of_any_shape_has_features_within_the_bound(shape: tuple[int, int]) -> None:
    packed = features_of(NOISE[: shape[0], : shape[1]].copy())
    features = Features.unpack(packed)
    assert len(packed) <= MOST_BYTES
    assert features.original == shape[::-1]
    assert len(features.points) <= POINTS
    assert features.pack() == packed


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_picture_of_one_colour_has_no_points(value: int) -> None:
    flat = Features.unpack(features_of(np.full((200, 300, 3), value, np.uint8)))
    assert len(flat.points) == 0


def test_the_size_in_the_file_is_kept_where_the_pixels_are_reduced() -> None:
    assert Features.unpack(extract(NOISE, (8000, 6000))).original == (8000, 6000)


def test_the_same_pixels_have_the_same_features() -> None:
    assert features_of(NOISE) == features_of(NOISE.copy())


@pytest.mark.parametrize("length", [0, 1, 20, 47, 48, 49, 1000, len(DRAWN) - 1])
def test_features_that_are_cut_off_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="features"):
        compare(DRAWN[:length], DRAWN)
    with pytest.raises(ValueError, match="features"):
        compare(DRAWN, DRAWN[:length])


def test_features_with_more_behind_them_are_refused() -> None:
    with pytest.raises(ValueError, match="features"):
        compare(DRAWN, DRAWN + b"\0")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e30, -1e30, 5000.0])
def test_points_outside_the_picture_are_refused(number: float) -> None:
    features = Features.unpack(DRAWN)
    points = features.points.copy()
    points[3, 1] = number
    spoiled = DRAWN.replace(features.points.tobytes(), points.tobytes())
    with pytest.raises(ValueError, match="features"):
        Features.unpack(spoiled)


def test_random_bytes_are_refused() -> None:
    rng = np.random.default_rng(3)
    for length in (10, 50, 5000, 100_000):
        with pytest.raises(ValueError, match="features"):
            compare(rng.bytes(length), DRAWN)


def test_features_with_any_number_changed_are_refused_or_compared() -> None:
    """The header and the points are what can do harm; the rest are numbers of any kind."""
    rng = np.random.default_rng(4)
    for _ in range(60):
        spoiled = bytearray(DRAWN)
        place = int(rng.integers(4, 600)) // 4 * 4
        struct.pack_into("<I", spoiled, place, int(rng.integers(2**32)))
        try:
            compare(bytes(spoiled), DRAWN)
        except ValueError as error:
            assert "features" in str(error)  # noqa: PT017  (either is right)


def test_features_of_noise_are_compared() -> None:
    """Points and descriptors as a hostile worker could make them: any that are allowed."""
    rng = np.random.default_rng(5)
    real = Features.unpack(DRAWN)
    points = (rng.random((POINTS, 2)) * real.size).astype(np.float32)
    descriptors = real.descriptors[rng.integers(len(real.points), size=POINTS)]
    for spread in (points, points * 0, (points / 100).round()):
        spread = spread.astype(np.float32)
        noise = replace(real, original=(2**31 - 1, 1), points=spread, descriptors=descriptors)
        compare(noise.pack(), DRAWN)
