"""What waits is counted anew only where something has changed; the numbers are always right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FileState, Hidden, ImageId, Known, Plan, Rename
from tests.support.library import FORM, begin, content_of, vector_of

ROOTS = [b"/a", b"/b", b"/c"]


def database(gallery: Gallery) -> Any:
    return gallery._catalog._file.db


def really(gallery: Gallery) -> dict[bytes, tuple[int, int]]:
    """Searchable images and entries of the backlog below each root, counted one by one."""
    sql = "SELECT path FROM backlog JOIN images i ON i.id = image_id WHERE NOT missing"
    waiting = [row[0] for row in database(gallery).execute(sql)]
    ids = [ImageId(int(image)) for image in gallery._index.ids()]
    found = [image.path for image in gallery.images.by_id(ids)]
    return {root: (_below(root, found), _below(root, waiting)) for root in gallery.visibility.roots}


def _below(root: bytes, paths: list[bytes]) -> int:
    return sum(path.startswith(root + b"/") for path in paths)


def path(number: int) -> bytes:
    return ROOTS[number % 3] + b"/%d.jpg" % number


def add(gallery: Gallery, number: int) -> None:
    new = {path(n): FileState(n, 1, 1, n) for n in range(number, number + 5)}
    known = {image.path for image in gallery.images.at(new)}
    gallery.apply(Plan(new={path: new[path] for path in new.keys() - known}))


def judge(gallery: Gallery, number: int, fails: bool = False) -> None:
    model, waiting = gallery.verdicts.waiting(number)
    read = [Examined(i.id, i.state, content_of(i.state.size)) for i in waiting]
    unknown = gallery.verdicts.recognise(model, read)
    faults = [Verdict(image, Fault("it is damaged")) for image in unknown if fails]
    vectors = [Verdict(image, vector_of(image.content)) for image in unknown if not fails]
    gallery.verdicts.commit(model, faults + vectors)


def images(gallery: Gallery, number: int) -> list[Known]:
    return gallery.images.at([path(number), path(number + 1)])


def rename(gallery: Gallery, number: int) -> None:
    for image in images(gallery, number):
        gallery.apply(Plan(renamed=[Rename(image.id, path(number + 4), image.state)]))


def skip(gallery: Gallery, number: int) -> None:
    """Later images come into other blocks."""
    sql = "UPDATE sqlite_sequence SET seq = seq + 5000 WHERE name = 'backlog'"
    database(gallery).execute(sql)


def aim(gallery: Gallery, number: int) -> None:
    name = "m" if number % 2 else "large"
    gallery.aim(name, name, FORM, {"m", "large"})
    gallery.reach_target()


CHANGES: dict[str, Callable[[Gallery, int], object]] = {
    "add": add,
    "embed": judge,
    "fail": lambda gallery, n: judge(gallery, n, fails=True),
    "hide": lambda gallery, n: gallery.hide(images(gallery, n), Hidden.GONE),
    "return": lambda gallery, n: gallery.apply(Plan(returned=images(gallery, n))),
    "change": lambda gallery, n: gallery.apply(Plan(changed=images(gallery, n))),
    "forget": lambda gallery, n: gallery.forget(images(gallery, n)),
    "redo": lambda gallery, n: gallery.redo([image.id for image in images(gallery, n)]),
    "rename": rename,
    "inherit": lambda gallery, n: gallery.inherit(
        [Rename(i.id, path(n + 40), i.state) for i in images(gallery, n)[:1]]
    ),
    "swap": lambda gallery, n: gallery.swap_folders({ROOTS[0]: ROOTS[1]}) if n == 1 else None,
    "skip": skip,
    "show": lambda gallery, n: gallery.show(ROOTS[: 1 + n % 3]),
    "aim": aim,
}


@given(
    st.lists(st.tuples(st.sampled_from(list(CHANGES)), st.integers(0, 20)), min_size=3, max_size=20)
)
@settings(max_examples=25)
def test_the_numbers_of_each_root_are_right_after_any_changes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    gallery = Gallery(tmp_path_factory.mktemp("waiting") / "gallery.db")
    begin(gallery)
    gallery.show(ROOTS)
    add(gallery, 0)
    for what, number in steps:
        CHANGES[what](gallery, number)
        counts = gallery.census.counts()
        told = {root: (tally.images, tally.pending) for root, tally in counts.roots.items()}
        assert told == really(gallery)
        assert counts.pending == sum(tally.pending for tally in counts.roots.values())
    gallery.close()


def test_much_that_waits_is_counted_in_several_steps_and_a_change_in_one(gallery: Gallery) -> None:
    gallery.show(ROOTS)
    for number in range(0, 200, 5):
        add(gallery, number)
        skip(gallery, number)
    assert not gallery.census.prepare()
    assert gallery.census.counts().pending == 200
    add(gallery, 500)
    assert gallery.census.prepare()
    assert gallery.census.counts().pending == 205


def test_what_is_renamed_into_a_folder_that_is_not_shown_is_not_searchable(
    gallery: Gallery,
) -> None:
    gallery.show(ROOTS)
    add(gallery, 0)
    judge(gallery, 5)
    gallery.show(ROOTS[:2])
    (image,) = gallery.images.at([path(4)])
    gallery.apply(Plan(renamed=[Rename(image.id, path(8), image.state)]))
    assert image.id not in gallery._index.ids().tolist()
    counts = gallery.census.counts()
    assert {root: tally.images for root, tally in counts.roots.items()} == {b"/a": 2, b"/b": 1}
    gallery.show(ROOTS)
    assert image.id in gallery._index.ids().tolist()
