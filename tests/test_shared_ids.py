"""Ids that are unique among machines."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.shared_ids import (
    LAST_HOST,
    LAST_IMAGE,
    HostNumber,
    host_of,
    image_of,
    shared,
)
from imgsimd.types import ImageId

hosts = st.integers(0, LAST_HOST).map(HostNumber)
images = st.integers(1, LAST_IMAGE).map(ImageId)


@given(host=hosts, image=images)
def test_a_shared_id_tells_host_and_image(host: HostNumber, image: ImageId) -> None:
    number = shared(host, image)
    assert 0 < number < 2**63
    assert (host_of(number), image_of(number)) == (host, image)


@given(image=images)
def test_the_ids_of_a_gallery_that_is_not_shared_stay_as_they_are(image: ImageId) -> None:
    assert int(shared(HostNumber(0), image)) == image


@pytest.mark.parametrize(
    ("host", "image"), [(0, 0), (1, -1), (-1, 1), (LAST_HOST + 1, 1), (1, LAST_IMAGE + 1)]
)
def test_what_does_not_fit_is_refused(host: int, image: int) -> None:
    with pytest.raises(ValueError, match="has no shared id"):
        shared(HostNumber(host), ImageId(image))


def test_ids_that_continue_after_a_damaged_database_fit() -> None:
    now = time.time_ns() // 10**6
    assert now < LAST_IMAGE / 2
