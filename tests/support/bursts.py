"""Pairs of photos that are nearly the same and are none of each other's copy, made from one photo.

Each kind gives two frames [height, width, 3], RGB, from a photo and another one. A frame shows 88 %
of each side of the photo, so that the camera can move. Every frame gets noise and an exposure of
its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.alterations import PixelArray, cut, scaled

Frames: TypeAlias = tuple[PixelArray, PixelArray]
Burst: TypeAlias = Callable[[PixelArray, PixelArray, np.random.Generator], Frames]

SHOWN = 0.88


def camera_moved(photo: PixelArray, _: PixelArray, rng: np.random.Generator) -> Frames:
    """By 2 to 6 % of each side, turned by up to 1.5 degrees."""
    shift = rng.uniform(0.02, 0.06, 2) * rng.choice([-1, 1], 2)
    return _frame(photo, rng), _frame(photo, rng, shift, rng.uniform(-1.5, 1.5))


def object_moved(photo: PixelArray, other: PixelArray, rng: np.random.Generator) -> Frames:
    """On a tripod, something of 10 to 25 % of the height goes from one place to another."""
    here, there = _places(rng)
    thing = _thing(photo, other, rng)
    return _frame(_with(photo, thing, here), rng), _frame(_with(photo, thing, there), rng)


def object_came(photo: PixelArray, other: PixelArray, rng: np.random.Generator) -> Frames:
    """On a tripod."""
    thing = _thing(photo, other, rng)
    return _frame(photo, rng), _frame(_with(photo, thing, _places(rng)[0]), rng)


def both_moved(photo: PixelArray, other: PixelArray, rng: np.random.Generator) -> Frames:
    here, there = _places(rng)
    thing = _thing(photo, other, rng)
    shift = rng.uniform(-0.04, 0.04, 2)
    return (
        _frame(_with(photo, thing, here), rng),
        _frame(_with(photo, thing, there), rng, shift, rng.uniform(-1.5, 1.5)),
    )


def parallax(photo: PixelArray, _: PixelArray, rng: np.random.Generator) -> Frames:
    """The camera goes sideways: what is near moves by 1.5 to 4 % of the width more."""
    height, width = photo.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    nearness = cv2.resize(rng.random((3, 4)).astype(np.float32), (width, height))
    nearness += y / height
    x += nearness * width * rng.uniform(0.015, 0.04) * rng.choice([-1, 1])
    seen = cv2.remap(photo, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return _frame(photo, rng), _frame(seen.astype(np.uint8, copy=False), rng)


def other_moment(photo: PixelArray, other: PixelArray, rng: np.random.Generator) -> Frames:
    """The light comes from elsewhere, something came, and the camera moved."""
    height, width = photo.shape[:2]
    corners = rng.uniform(0.7, 1.2, (2, 2)).astype(np.float32)
    light = cv2.resize(corners, (width, height))[..., None]
    later = np.clip(_with(photo, _thing(photo, other, rng), _places(rng)[0]) * light, 0, 255)
    shift = rng.uniform(-0.03, 0.03, 2)
    return _frame(photo, rng), _frame(later.astype(np.uint8), rng, shift, rng.uniform(-1, 1))


def same_thing_elsewhere(photo: PixelArray, other: PixelArray, rng: np.random.Generator) -> Frames:
    """One package on two shelves: the photo as a label, in two places on two backgrounds."""
    return _shelf(photo, other, rng), _shelf(photo, other[::-1], rng)


KINDS: dict[str, Burst] = {
    "camera moved": camera_moved,
    "object moved": object_moved,
    "object came": object_came,
    "camera and object moved": both_moved,
    "parallax": parallax,
    "other moment": other_moment,
    "same thing elsewhere": same_thing_elsewhere,
}


def _frame(
    photo: PixelArray,
    rng: np.random.Generator,
    shift: NDArray[np.float64] | tuple[float, float] = (0.0, 0.0),
    degrees: float = 0.0,
) -> PixelArray:
    """What the camera sees: a shift is a share of each side."""
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, rng.uniform(0.995, 1.005))
    turn[:, 2] += np.array(shift) * (width, height)
    seen = cv2.warpAffine(
        photo, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    margin = (1 - SHOWN) / 2
    shown = cut(seen.astype(np.uint8, copy=False), margin, margin, SHOWN, SHOWN)
    noisy = shown * rng.uniform(0.94, 1.06) + rng.normal(0, 2, shown.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _places(rng: np.random.Generator) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two places for the middle of a thing, at least 12 % of the width apart."""
    x, y = rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.75)
    apart = rng.uniform(0.12, 0.3)
    return (x, y), (x - apart if x > 0.5 else x + apart, y + rng.uniform(-0.05, 0.05))


def _thing(photo: PixelArray, other: PixelArray, rng: np.random.Generator) -> PixelArray:
    """A part of another photo, as large as a person or a dog is in this one."""
    left, top = rng.uniform(0.1, 0.5, 2)
    part = cut(other, left, top, 0.4, 0.4)
    return scaled(part, rng.uniform(0.1, 0.25) * photo.shape[0] / part.shape[0])


def _with(photo: PixelArray, thing: PixelArray, place: tuple[float, float]) -> PixelArray:
    """The photo with the thing, an ellipse with soft edges, put there."""
    high, wide = thing.shape[:2]
    whole = np.zeros((high, wide), np.float32)
    axes = max(1, wide // 2 - 2), max(1, high // 2 - 2)
    cv2.ellipse(whole, (wide // 2, high // 2), axes, 0, 0, 360, (1,), -1)
    mask = cv2.GaussianBlur(whole, (0, 0), 1.0)[..., None]
    left = round(place[0] * photo.shape[1] - wide / 2)
    top = round(place[1] * photo.shape[0] - high / 2)
    left, top = max(0, left), max(0, top)
    picture = photo.copy()
    spot = picture[top : top + high, left : left + wide]
    mask, thing = mask[: spot.shape[0], : spot.shape[1]], thing[: spot.shape[0], : spot.shape[1]]
    spot[:] = (spot * (1 - mask) + thing * mask).astype(np.uint8)
    return picture


def _shelf(label: PixelArray, background: PixelArray, rng: np.random.Generator) -> PixelArray:
    height, width = label.shape[:2]
    shelf = cv2.resize(background, (width, height)).astype(np.uint8, copy=False)
    package = scaled(label, rng.uniform(0.4, 0.6))
    high, wide = package.shape[:2]
    top, left = (round(rng.random() * space) for space in (height - high, width - wide))
    shelf[top : top + high, left : left + wide] = package
    return _frame(shelf, rng, (0, 0), rng.uniform(-3, 3))
