"""Copies are recognised with what was done to them; other pictures of the same scene are not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from imgsimd.geometry.arrays import Pixels
from imgsimd.geometry.comparison import compare
from imgsimd.geometry.features import extract
from imgsimd.samples.drawing import draw
from imgsimd.verification import Transform, Verdict
from tests.support import bursts
from tests.support.alterations import (
    MORE,
    TEN,
    Alteration,
    after,
    bordered,
    brighter,
    corner,
    cut,
    grey,
    half_size,
    mirrored,
    recompressed,
    rotated,
    scaled,
    turned,
)

KINDS = {**TEN, **MORE}


@cache
def photo(kind: str = "mountain", seed: int = 1) -> Pixels:
    """A drawing with the texture of a photo: leaves, stones, noise."""
    rng = np.random.default_rng(seed)
    picture = draw(kind, rng, 360, 270).astype(np.float32)
    for size in (5, 15, 45):
        spots = rng.normal(0, 9, (270 // size, 360 // size, 3)).astype(np.float32)
        picture += np.kron(spots, np.ones((size, size, 1), np.float32))
    return np.clip(picture, 0, 255).astype(np.uint8)


def features_of(pixels: Pixels) -> bytes:
    return extract(pixels, (pixels.shape[1], pixels.shape[0]))


@cache
def stored() -> bytes:
    return features_of(photo())


def verdicts(one: bytes, other: bytes) -> set[Verdict]:
    """Asked in both directions."""
    return {compare(one, other).verdict, compare(other, one).verdict}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "caption on it"])
def test_a_copy_of_every_kind_is_the_same_in_both_directions(kind: str) -> None:
    copy = features_of(KINDS[kind](photo(), np.random.default_rng(4)))
    assert verdicts(copy, stored()) == {Verdict.SAME}


@pytest.mark.parametrize("kind", bursts.KINDS)
def test_another_photo_of_the_same_scene_is_not_the_same(kind: str) -> None:
    frames = bursts.KINDS[kind](photo(), photo("city", 2), np.random.default_rng(5))
    one, other = map(features_of, frames)
    both = verdicts(one, other)
    assert len(both) == 1
    assert both != {Verdict.SAME}


def test_another_picture_is_none() -> None:
    assert verdicts(stored(), features_of(photo("city", 2))) == {Verdict.NO}


def test_the_same_question_has_the_same_answer() -> None:
    copy = features_of(corner(photo(), np.random.default_rng(4)))
    assert compare(copy, stored()) == compare(copy, stored())


def transform_of(alteration: Alteration) -> Transform:
    found = compare(features_of(alteration(photo(), np.random.default_rng(4))), stored())
    assert found.transform is not None
    return found.transform


def test_a_crop_is_told_with_its_place() -> None:
    found = transform_of(lambda pixels, _: cut(pixels, 0.25, 0.1, 0.5, 0.6))
    assert found.crop == pytest.approx((0.25, 0.1, 0.5, 0.6), abs=0.01)
    there = [(0.25, 0.1), (0.75, 0.1), (0.75, 0.7), (0.25, 0.7)]
    assert np.array(found.corners) == pytest.approx(np.array(there), abs=0.01)
    assert found.scale == pytest.approx(1, abs=0.01)
    assert found.bordered == 0
    assert not found.recompressed


def test_the_matrix_leads_from_pixels_to_pixels_of_the_files() -> None:
    small = scaled(cut(photo(), 0.5, 0.5, 0.5, 0.5), 0.5)
    found = compare(extract(small, (900, 675)), extract(photo(), (3600, 2700))).transform
    assert found is not None
    assert found.scale == pytest.approx(0.5, abs=0.01)
    middle = np.array(found.matrix) @ (450, 337.5, 1)
    assert middle == pytest.approx((2700, 2025), abs=20)


def test_half_size_is_told() -> None:
    found = transform_of(half_size)
    assert found.scale == pytest.approx(0.5, abs=0.01)
    assert found.crop is None
    assert not found.mirrored


@pytest.mark.parametrize(
    ("alteration", "degrees"),
    [(turned(1), 90), (turned(2), 180), (turned(3), -90), (rotated, 10)],
)
def test_turns_are_told_clockwise(alteration: Alteration, degrees: float) -> None:
    turn = transform_of(alteration).turned
    assert (turn - degrees + 180) % 360 - 180 == pytest.approx(0, abs=0.3)


def test_mirroring_is_told() -> None:
    found = transform_of(mirrored)
    assert found.mirrored
    assert found.turned == pytest.approx(0, abs=0.3)
    assert transform_of(after(mirrored, turned(1))).turned == pytest.approx(90, abs=0.3)


def test_a_border_is_told_with_its_share() -> None:
    found = transform_of(bordered)
    assert found.bordered == pytest.approx(1 - 360 * 270 / (414 * 324), abs=0.02)
    assert found.crop is None
    assert found.brighter == pytest.approx(0, abs=0.01)


def test_grey_is_told_and_colour_is_not() -> None:
    assert transform_of(grey).grey
    other_way = compare(stored(), features_of(grey(photo(), np.random.default_rng(4)))).transform
    assert other_way is not None
    assert not other_way.grey
    assert not transform_of(half_size).grey


def test_brightness_is_told_in_both_directions() -> None:
    bright = features_of(brighter(photo(), np.random.default_rng(4)))
    more, less = compare(bright, stored()).transform, compare(stored(), bright).transform
    assert more is not None
    assert less is not None
    assert 0.1 < more.brighter < 0.25
    assert less.brighter == pytest.approx(-more.brighter, abs=0.01)


def test_only_a_copy_of_the_same_size_and_place_is_recompressed() -> None:
    assert transform_of(recompressed).recompressed
    for other in (half_size, mirrored, grey, bordered, brighter):
        assert not transform_of(other).recompressed


def test_identical_pixels_are_the_same_even_if_there_is_nothing_to_see() -> None:
    white = np.full((50, 60, 3), 255, np.uint8)
    assert verdicts(features_of(white), features_of(white.copy())) == {Verdict.SAME}
    assert verdicts(features_of(white[:1, :1]), features_of(white[:1, :1])) == {Verdict.SAME}


def test_pictures_without_anything_to_see_are_not_the_same_if_they_differ() -> None:
    """Two walls, two skies: that they look alike proves nothing."""
    white = np.full((50, 60, 3), 255, np.uint8)
    for other in (white[:40], white - 1, np.zeros_like(white), white[:1, :1]):
        assert Verdict.SAME not in verdicts(features_of(white), features_of(other))
    fog = [np.linspace(120, 200, 200 + n, dtype=np.uint8) for n in (0, 3)]
    one, other = (np.tile(rows[:, None, None], (1, 300, 3)) for rows in fog)
    assert Verdict.SAME not in verdicts(features_of(one), features_of(other))


def test_tiny_copies_are_answered() -> None:
    for side in (1, 2, 5, 16):
        tiny = scaled(photo(), side / 360)
        compare(features_of(tiny), stored())
