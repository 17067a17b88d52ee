"""A model whose vectors are stored as int8: all that is promised of vectors holds of the codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.errors import ConfigError
from imgsimd.gallery.consistency import Flaw
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.imports import ForeignModel
from imgsimd.types import ImageId
from tests.support.library import (
    CODED,
    DIMENSION,
    FORM,
    add,
    content_of,
    nearest,
    opened,
    vector_of,
    work_off,
)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    """Three photos."""
    gallery = opened(tmp_path, form=CODED)
    work_off(gallery, add(gallery, 1, 2, 3))
    return gallery


def flaws(gallery: Gallery) -> list[Flaw]:
    return [flawed.flaw for flawed in gallery.inspect(ImageId(0))[1]]


def found(gallery: Gallery, word: int) -> tuple[int, float]:
    """What is nearest to this picture, and how far away."""
    (match,) = nearest(gallery, vector_of(content_of(word)), 1)
    return match.id, match.distance


def spoil(gallery: Gallery, stored: bytes) -> None:
    """The first image has this as its vector."""
    with gallery._catalog.atomic():
        gallery._catalog.embeddings.store(ImageId(1), gallery.serving.key, stored, 1)


def test_a_photo_is_at_distance_0_from_itself_also_after_a_restart(
    gallery: Gallery, tmp_path: Path
) -> None:
    assert [found(gallery, word) for word in (1, 2, 3)] == [(1, 0), (2, 0), (3, 0)]
    gallery.close()
    gallery = opened(tmp_path, form=CODED)
    assert gallery.serving.form == CODED
    assert gallery.vector_bytes == 3 * DIMENSION
    assert [found(gallery, word) for word in (1, 2, 3)] == [(1, 0), (2, 0), (3, 0)]
    assert flaws(gallery) == []


@pytest.mark.parametrize(
    "stored",
    [
        FORM.to_bytes(vector_of(content_of(1))),
        CODED.to_bytes(vector_of(content_of(1)))[:-1],
        bytes(DIMENSION),
        b"\x80" + CODED.to_bytes(vector_of(content_of(1)))[1:],
    ],
    ids=["numbers", "cut off", "zeros", "no code"],
)
def test_bytes_that_are_no_codes_of_a_vector_are_found_and_not_recovered(
    gallery: Gallery, stored: bytes
) -> None:
    spoil(gallery, stored)
    assert flaws(gallery) == [Flaw.SPOILED]
    gallery.recover()
    assert gallery.serving.form == CODED
    gallery.reload()
    assert [found(gallery, word)[0] for word in (2, 3)] == [2, 3]
    assert len(nearest(gallery, vector_of(content_of(1)), 9)) == 2


def test_codes_of_another_vector_than_the_index_has_are_found(gallery: Gallery) -> None:
    spoil(gallery, CODED.to_bytes(vector_of(content_of(9))))
    assert flaws(gallery) == [Flaw.STRAY]
    gallery.reload()
    assert (flaws(gallery), found(gallery, 9)) == ([], (1, 0))


def test_a_model_in_float32_is_replaced_by_one_in_codes(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    gallery.aim("coded", "coded", CODED, {"m", "coded"})
    assert gallery.vector_bytes == 2 * 4 * DIMENSION
    work_off(gallery, contents)
    assert gallery.reach_target()
    assert (gallery.serving.form, gallery.vector_bytes) == (CODED, 2 * DIMENSION)
    assert found(gallery, 2) == (2, 0)


def test_codes_and_numbers_of_one_model_are_not_put_together(gallery: Gallery) -> None:
    model = ForeignModel("m", "m", FORM)
    with pytest.raises(ConfigError, match=r"8 numbers stored as float32, and .* 8 .* as int8"):
        gallery.imports.take([], [model], "blake3", False)
