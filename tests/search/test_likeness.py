"""Which matches show the same: contents, raw pairs and bursts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imgsimd.gallery.catalog.raw_pairs import RAW
from imgsimd.gallery.catalog.shots import Shot
from imgsimd.search.likeness import Facts, grouped
from imgsimd.types import ImageId, Match

CAMERA = ("Canon", "EOS R5")
NEAR = 0.5


def match(image: int, name: str = "") -> Match:
    path = f"/photos/{name or image}".encode()
    return Match(image, ImageId(image), path, image / 10, image)


def shot(seconds: float, camera: tuple[str, str] = CAMERA, format_name: str = "JPEG") -> Shot:
    return Shot(format_name, f"2024-05-01T10:00:{seconds:05.2f}", camera)


def facts(**shots: Shot) -> Facts:
    """Of images whose contents differ and whose vectors are the same."""
    ids = [ImageId(int(name.removeprefix("i"))) for name in shots]
    return Facts(
        contents={image: bytes([image]) for image in ids},
        shots=dict(zip(ids, shots.values(), strict=True)),
        vectors={image: np.ones(4, np.float32) for image in ids},
    )


def ids(groups: Sequence[Sequence[Match]]) -> list[list[int]]:
    return [[each.id for each in group] for group in groups]


def test_files_with_the_same_content_are_one_and_the_best_comes_first() -> None:
    contents = {1: b"a", 2: b"b", 3: b"a", 4: None, 5: None}
    known = Facts(contents={ImageId(image): content for image, content in contents.items()})
    assert ids(grouped([match(n) for n in contents], known, NEAR)) == [[1, 3], [2], [4], [5]]


def test_shots_of_one_camera_within_seconds_of_each_other_are_a_burst() -> None:
    """However long the burst is, and whichever of its shots is the best match."""
    known = facts(i1=shot(8), i2=shot(0), i3=shot(2.5), i4=shot(5.25), i5=shot(12))
    assert ids(grouped([match(n) for n in range(1, 6)], known, NEAR)) == [[1, 2, 3, 4], [5]]


def test_another_camera_an_unknown_time_and_a_far_vector_are_no_burst() -> None:
    sony, timeless = shot(1, ("Sony", "A7")), Shot("JPEG", None, CAMERA)
    known = facts(i1=shot(0), i2=sony, i3=timeless, i4=shot(1), i5=shot(1))
    known.vectors[ImageId(5)] = np.array([1, 1, 1, 0], np.float32)
    assert ids(grouped([match(n) for n in range(1, 6)], known, NEAR)) == [[1, 4], [2], [3], [5]]
    assert ids(grouped([match(1), match(4)], known, 0)) == [[1, 4]]
    known.vectors[ImageId(4)] = np.array([1, 1, 1, 0.9], np.float32)
    assert ids(grouped([match(1), match(4)], known, 0)) == [[1], [4]], "nobody knows what is near"


def test_a_raw_file_and_the_picture_beside_it_are_one_though_they_look_different() -> None:
    known = facts(i1=shot(1), i2=shot(1, format_name=RAW), i3=shot(1, format_name=RAW), i4=shot(40))
    known.vectors.clear()
    found = [match(1, "a.jpg"), match(2, "a.dng"), match(3, "b.dng"), match(4, "b.jpg")]
    assert ids(grouped(found, known, NEAR)) == [[1, 2], [3], [4]]


def test_copies_of_a_shot_of_a_burst_are_of_the_burst() -> None:
    known = facts(i1=shot(0), i2=shot(1), i3=shot(30), i4=shot(30))
    known.contents |= {ImageId(3): known.contents[ImageId(2)]}
    del known.shots[ImageId(3)]
    assert ids(grouped([match(n) for n in (1, 2, 3, 4)], known, NEAR)) == [[1, 2, 3], [4]]
