"""Of several photos the right one is kept, and it is said why."""

from __future__ import annotations

import itertools

import pytest

from imgsimd.duplicates.keeper import Ranking, is_copy_name
from imgsimd.duplicates.wish import Keep, Preference
from imgsimd.gallery.catalog.photos import Photo
from imgsimd.gallery.catalog.raw_pairs import RAW
from tests.support.photos import photo

RULES = [
    (photo(1, read=1), photo(2, read=0.6, pixels=(800, 600)), "it is whole"),
    (photo(1, pixels=(800, 600)), photo(2, size=9000, taken="t"), "more pixels (800 x 600)"),
    (photo(1, taken="t", has_place=True), photo(2, taken="t"), "when and where it was taken"),
    (photo(1, taken="t"), photo(2, format="PNG"), "it says when it was taken"),
    (photo(1, has_place=True), photo(2, size=9000), "it says where it was taken"),
    (photo(1, b"/p/a (1).png", format="PNG"), photo(2, size=9000), "it is lossless (PNG)"),
    (photo(1, b"/p/long/IMG_1.jpg", mtime=9), photo(2, b"/p/IMG_1 (1).jpg"), "name is no copy's"),
    (photo(1, b"/p/long/a.jpg"), photo(2, b"/p/a.jpg", mtime=2, size=9000), "it is the oldest"),
    (photo(1, b"/p/long/a.jpg", size=1001), photo(2, b"/p/a.jpg"), "it has the most bytes"),
    (photo(2, b"/p/b.jpg"), photo(1, b"/p/long/b.jpg"), "its path is the shortest"),
    (photo(2, b"/p/a.jpg"), photo(1, b"/p/b.jpg"), "its path is the first by name"),
]


@pytest.mark.parametrize(("keeper", "other", "why"), RULES, ids=[rule[2] for rule in RULES])
def test_each_rule_decides_when_those_before_it_do_not(
    keeper: Photo, other: Photo, why: str
) -> None:
    ranking = Ranking()
    for photos in ([keeper, other], [other, keeper]):
        assert ranking.ordered(photos) == [keeper, other]
    assert why in ranking.reason(keeper, [other])


@pytest.mark.parametrize(
    ("keep", "expected"),
    [(Keep.NEWEST, 2), (Keep.OLDEST, 1), (Keep.LARGEST, 2), (Keep.SMALLEST, 3)],
)
def test_a_preference_comes_before_all_rules(keep: Keep, expected: int) -> None:
    photos = [
        photo(1, mtime=1, size=500, pixels=(10, 10)),
        photo(2, mtime=9, size=900),
        photo(3, mtime=5, size=100),
    ]
    ranking = Ranking(Preference(keep=keep))
    assert all(ranking.ordered(p)[0].id == expected for p in itertools.permutations(photos))


def test_preferred_folders_come_in_their_order_and_protected_ones_first() -> None:
    photos = [photo(n, b"/%s/x.jpg" % name) for n, name in enumerate([b"a", b"ab", b"b", b"c"], 1)]
    ranking = Ranking(Preference(folders=[b"/b", b"/a"]), protected=[b"/c"])
    assert [p.path for p in ranking.ordered(photos)] == [
        b"/c/x.jpg", b"/b/x.jpg", b"/a/x.jpg", b"/ab/x.jpg",
    ]  # fmt: skip
    assert ranking.reason(photos[2], photos[:2]) == "it is in /b"


def test_a_photo_beside_its_raw_file_is_kept() -> None:
    alone, paired = photo(1, pixels=(4000, 3000)), photo(2)
    ranking = Ranking(beside_raw=lambda each: each.id == 2)
    assert ranking.ordered([alone, paired]) == [paired, alone]
    assert ranking.reason(paired, [alone]) == "its raw file lies beside it"


def test_the_raw_format_is_a_lossless_one() -> None:
    ranking = Ranking()
    assert ranking.ordered([photo(1), photo(2, format=RAW)])[0].id == 2


@pytest.mark.parametrize(
    "name",
    ["IMG_1 (2).jpg", "IMG_1(1).jpg", "IMG_1 - Copy.jpg", "IMG_1 - Copy (2).jpg", "IMG_1 copy.jpg",
     "IMG_1 copy 3.jpg", "Copy of IMG_1.jpg", "IMG_1 (copy).jpg", "IMG_1 (3rd copy).jpg",
     "IMG_1 - Kopie.jpg", "Kopie von IMG_1.jpg", "IMG_1 (Kopie 2).jpg", "IMG_1 - copie.jpg",
     "IMG_1_copy.jpg", "IMG_1~2.jpg", "IMG_1 copia.jpg", "copy.jpg", "IMG_1 - Cópia.jpg"],
)  # fmt: skip
def test_the_names_of_copies_are_known(name: str) -> None:
    assert is_copy_name(b"/photos/" + name.encode())


@pytest.mark.parametrize(
    "name",
    ["IMG_1.jpg", "copyright.jpg", "Copacabana.jpg", "photocopy.jpg", "IMG_2024.jpg",
     "party (at home).jpg", "Kopierer.jpg", "scan 2.jpg", "a(b).jpg", "IMG_(2)_x.jpg"],
)  # fmt: skip
def test_other_names_are_not_taken_for_those_of_copies(name: str) -> None:
    assert not is_copy_name(b"/photos/" + name.encode())
