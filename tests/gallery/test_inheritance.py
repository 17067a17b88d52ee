"""Images follow their photos to another folder, and keep their ids, whatever is known there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FilePath, FileState, Hidden, ImageId, MovedPattern, Plan, Rename
from tests.support.library import ROOT, add, content_of, opened, vector_of, work_off

NEW = b"/new"


def elsewhere(gallery: Gallery, *words: int, at: int = 1, inode: int = 9000) -> dict[bytes, bytes]:
    """Copies of photos in the new folder, not yet embedded; the content of each, by path."""
    gallery.show([ROOT, NEW])
    states = {NEW + b"/%d.jpg" % w: FileState(w, at, at, inode + w) for w in words}
    gallery.apply(Plan(new=states))
    return {path: content_of(state.size) for path, state in states.items()}


def ids(gallery: Gallery, *words: int, folder: FilePath = ROOT) -> list[ImageId]:
    found = {i.path: i.id for i in gallery.images.at([folder + b"/%d.jpg" % w for w in words])}
    return [found[folder + b"/%d.jpg" % w] for w in words if folder + b"/%d.jpg" % w in found]


def inherit(gallery: Gallery, *words: int, at: int = 1) -> int:
    """All photos of the old folder are seen in the new one."""
    images = gallery.images.at([ROOT + b"/%d.jpg" % word for word in words])
    places = ((image, NEW + image.path[len(ROOT) :]) for image in images)
    return gallery.inherit(
        [Rename(i.id, path, FileState(i.state.size, at, at, 8000)) for i, path in places]
    )


def moved_to(gallery: Gallery, folder: FilePath) -> list[Rename]:
    """The old folder bears this name."""
    images = gallery.images.below(ROOT, b"", 99)
    return [Rename(i.id, folder + i.path[len(ROOT) :], i.state) for i in images]


def is_sound(gallery: Gallery) -> bool:
    return gallery.inspect(ImageId(0)) == (None, [])


def test_a_photo_that_is_known_twice_keeps_the_older_id_and_one_vector(gallery: Gallery) -> None:
    work_off(gallery, add(gallery, 1, 2))
    old = ids(gallery, 1, 2)
    work_off(gallery, elsewhere(gallery, 1, 2, at=7))
    assert inherit(gallery, 1, 2, at=7) == 2, "times differ, contents do not"
    assert ids(gallery, 1, 2, folder=NEW) == old
    assert gallery.census.counts().images == 2
    assert gallery.images.at([NEW + b"/1.jpg"])[0].state.inode == 9001, "that of the file there"
    assert is_sound(gallery)


def test_another_photo_of_the_same_name_is_not_taken_for_it(gallery: Gallery) -> None:
    work_off(gallery, add(gallery, 1))
    other = elsewhere(gallery, 1)
    work_off(gallery, {path: content_of(5) for path in other})
    assert inherit(gallery, 1) == 0
    assert len(ids(gallery, 1)) == len(ids(gallery, 1, folder=NEW)) == 1
    gallery.apply(Plan(new={ROOT + b"/2.jpg": FileState(2, 1, 1, 2)}))
    assert inherit(gallery, 2, at=6) == 0, "a file that nobody has read, with another time"
    assert gallery.census.counts().images == 2
    assert is_sound(gallery)


@pytest.mark.parametrize("which", ["old", "new"])
def test_the_vector_of_either_is_used_and_nothing_waits_any_more(
    gallery: Gallery, which: str
) -> None:
    contents = add(gallery, 1)
    old = ids(gallery, 1)
    if which == "old":
        work_off(gallery, contents)
        elsewhere(gallery, 1)
    else:
        contents = elsewhere(gallery, 1)
        (candidate,) = [c for c in gallery.verdicts.waiting(9)[1] if c.path in contents]
        examined = Examined(candidate.id, candidate.state, contents[candidate.path])
        gallery.verdicts.commit(gallery.serving, [Verdict(examined, vector_of(examined.content))])
    assert inherit(gallery, 1) == 1
    counts = gallery.census.counts()
    assert (counts.images, counts.pending, counts.failed) == (1, 0, 0)
    assert ids(gallery, 1, folder=NEW) == old
    found = gallery.answering.vector(old[0])
    assert found is not None
    np.testing.assert_allclose(found, vector_of(content_of(1)))
    assert is_sound(gallery)


def test_a_picture_that_failed_in_the_new_place_does_not_wait_again(gallery: Gallery) -> None:
    contents = elsewhere(gallery, 1)
    (candidate,) = gallery.verdicts.waiting(9)[1]
    examined = Examined(candidate.id, candidate.state, contents[candidate.path])
    gallery.verdicts.commit(gallery.serving, [Verdict(examined, Fault("it is no picture"))])
    add(gallery, 1)
    assert inherit(gallery, 1) == 1
    counts = gallery.census.counts()
    assert (counts.images, counts.pending, counts.failed) == (0, 0, 1)
    assert is_sound(gallery)


def test_what_is_left_out_stays_hidden_wherever_it_goes(gallery: Gallery) -> None:
    work_off(gallery, add(gallery, 1))
    gallery.hide(gallery.images.at([ROOT + b"/1.jpg"]), Hidden.LEFT_OUT)
    gallery.show([NEW])
    assert inherit(gallery, 1) == 1
    assert gallery.census.counts().images == 0


def test_what_moves_out_of_sight_is_not_found_and_comes_back_with_its_folder(
    gallery: Gallery,
) -> None:
    work_off(gallery, add(gallery, 1, 2))
    assert inherit(gallery, 1) == 1
    assert gallery.census.counts().images == 1
    gallery.show([ROOT, NEW])
    assert gallery.census.counts().images == 2


def test_two_folders_that_swap_names_keep_all_ids(gallery: Gallery) -> None:
    work_off(gallery, add(gallery, 1, 2))
    work_off(gallery, elsewhere(gallery, 2, 3))
    old, new = ids(gallery, 1, 2), ids(gallery, 2, 3, folder=NEW)
    gallery.folders.remember(ROOT, (1, 2))
    gallery.folders.remember(ROOT + b"/usb", (5, 6))
    gallery.folders.remember(NEW, (3, 4))
    gallery.swap_folders({ROOT: NEW, NEW: ROOT})
    assert ids(gallery, 1, 2, folder=NEW) == old
    assert ids(gallery, 2, 3) == new
    assert gallery.folders.remembered(NEW) == (1, 2)
    assert gallery.folders.remembered(ROOT) == (3, 4)
    assert gallery.folders.mount_points(NEW) == [NEW + b"/usb"]
    assert is_sound(gallery)


def test_a_renamed_folder_brings_all_along_and_what_has_changed_meanwhile_is_as_last_seen(
    gallery: Gallery,
) -> None:
    work_off(gallery, add(gallery, 1, 2, 3))
    old = ids(gallery, 1, 2, 3)
    work_off(gallery, {path: content_of(8) for path in elsewhere(gallery, 1, at=5)})
    elsewhere(gallery, 2, at=6)
    assert gallery.inherit(moved_to(gallery, NEW), is_folder=True) == 3
    assert ids(gallery, 1, 2, 3, folder=NEW) == old
    counts = gallery.census.counts()
    assert (counts.images, counts.pending) == (3, 1), "the second may be another picture now"
    np.testing.assert_allclose(gallery.answering.vector(old[0]), vector_of(content_of(8)))  # type: ignore[arg-type]
    assert is_sound(gallery)


def test_a_photo_that_turns_up_later_is_known_by_where_it_was(gallery: Gallery) -> None:
    work_off(gallery, add(gallery, 1))
    assert gallery.folders.predecessors([NEW + b"/1.jpg"]) == {}
    gallery.folders.succeed(ROOT, NEW)
    found = gallery.folders.predecessors([NEW + b"/1.jpg", NEW + b"/2.jpg", b"/newer/1.jpg"])
    assert {path: each.content for path, each in found.items()} == {NEW + b"/1.jpg": content_of(1)}
    gallery.folders.succeed(NEW, ROOT)
    assert gallery.folders.successions() == {NEW: ROOT}, "and back again"


def test_moved_images_keep_ids_vectors_and_names_that_are_not_utf8(gallery: Gallery) -> None:
    odd = ROOT + b"/a/\xff\xfe.jpg"
    contents = add(gallery, 1, 2) | {odd: content_of(7)}
    beside = b"/photos2/9.jpg"
    gallery.show([ROOT, b"/photos2"])
    gallery.apply(Plan(new={odd: FileState(7, 7, 7, 7), beside: FileState(9, 9, 9, 9)}))
    work_off(gallery, contents | {beside: content_of(9)})
    before = {image.path: image.id for image in gallery.images.at(contents)}
    assert gallery.inherit(moved_to(gallery, b"/new place"), is_folder=True) == 3
    gallery.show([b"/new place"])
    moved = {b"/new place" + path[len(ROOT) :]: image for path, image in before.items()}
    after = gallery.images.at(moved)
    assert {image.path: image.id for image in after} == moved
    assert gallery.census.counts().images == 3
    assert gallery.images.at([beside]), "another folder, whose name begins in the same way"


def test_patterns_for_former_paths_outlive_the_daemon_and_a_damaged_database(
    tmp_path: Path,
) -> None:
    gallery = opened(tmp_path)
    first = MovedPattern("/old/Private", b"/new", b"/old")
    second = MovedPattern("Bücher/*", b"/new/\xff", b"/old/\xff")
    gallery.folders.set_patterns([first])
    gallery.folders.set_patterns([first, second])
    gallery.recover()
    gallery.close()
    assert opened(tmp_path).folders.patterns() == {first, second}
