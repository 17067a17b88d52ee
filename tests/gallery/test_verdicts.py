"""What comes of embedding is stored only if it is still true."""

from __future__ import annotations

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FileState, Hidden, Known, Plan
from tests.support.library import (
    ROOT,
    add,
    content_of,
    nearest,
    vector_of,
    work_off,
)


def test_a_copy_of_a_known_picture_embeds_nothing(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    assert work_off(gallery, contents) == 2
    gallery.apply(Plan(new={ROOT + b"/copy.jpg": FileState(1, 9, 9, 9)}))
    assert work_off(gallery, contents | {ROOT + b"/copy.jpg": content_of(1)}) == 0
    assert gallery.census.counts().images == 3


def test_a_copy_of_what_another_file_was_gets_its_own_vector(gallery: Gallery) -> None:
    """Both are recognised in one batch, the changed file first. Found by the property test."""
    contents = add(gallery, 1, 2)
    work_off(gallery, contents)
    one, two = sorted(gallery.images.at(contents))
    copy = ROOT + b"/copy.jpg"
    gallery.apply(Plan(new={copy: FileState(1, 9, 9, 9)}))
    gallery.apply(Plan(changed=[one._replace(state=one.state._replace(mtime_ns=9))]))
    work_off(gallery, {one.path: contents[two.path], copy: contents[one.path]})
    (match,) = nearest(gallery, vector_of(contents[one.path]), 1)
    assert match.path == copy
    assert match.distance == pytest.approx(0, abs=1e-6)


def test_a_touched_file_with_the_same_content_embeds_nothing(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (image,) = gallery.images.at(contents)
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(ctime_ns=99))]))
    assert gallery.census.counts().pending == 1
    assert work_off(gallery, contents) == 0
    assert gallery.census.counts().pending == 0


def test_what_is_noticed_last_is_embedded_first(gallery: Gallery) -> None:
    add(gallery, 1, 2, 3)
    add(gallery, 9, at=2)
    _, waiting = gallery.verdicts.waiting(1)
    assert waiting[0].path == ROOT + b"/9.jpg"


def reasons(gallery: Gallery) -> list[str]:
    """Why pictures cannot be embedded."""
    shown = gallery.visibility.roots
    return [failed.reason for failed in gallery.failures.page(shown, 0, None)]


def test_failures_are_told_page_by_page(gallery: Gallery) -> None:
    add(gallery, *range(30))
    model, waiting = gallery.verdicts.waiting(30)
    gallery.verdicts.commit(
        model, [Verdict(Examined(i.id, i.state, b""), Fault("denied")) for i in waiting]
    )
    for page in (gallery.failures.page, gallery.failures.unread):
        first = page([ROOT], 0, 20)
        assert [f.id for f in [*first, *page([ROOT], first[-1].id, 20)]] == list(range(1, 31))


def test_a_failure_is_not_tried_again_until_the_file_changes(gallery: Gallery) -> None:
    add(gallery, 1)
    model, (image,) = gallery.verdicts.waiting(5)
    gallery.verdicts.commit(
        model, [Verdict(Examined(image.id, image.state, content_of(1)), Fault("no picture"))]
    )
    assert gallery.verdicts.waiting(5)[1] == []
    assert reasons(gallery) == ["no picture"]
    changed = image.state._replace(mtime_ns=77)
    gallery.apply(Plan(changed=[Known(image.id, image.path, changed)]))
    assert reasons(gallery) == []
    assert len(gallery.verdicts.waiting(5)[1]) == 1


def test_a_verdict_about_an_older_state_of_the_file_is_not_stored(gallery: Gallery) -> None:
    add(gallery, 1)
    model, (image,) = gallery.verdicts.waiting(5)
    older = image.state._replace(mtime_ns=0)
    read = Examined(image.id, older, content_of(1))
    gallery.verdicts.commit(model, [Verdict(read, vector_of(read.content))])
    assert gallery.census.counts().images == 0
    assert gallery.census.counts().pending == 1


def test_a_picture_that_becomes_unreadable_is_no_longer_found(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (known,) = gallery.images.at(contents)
    gallery.apply(Plan(changed=[known._replace(state=known.state._replace(mtime_ns=5))]))
    model, (image,) = gallery.verdicts.waiting(1)
    gallery.verdicts.commit(
        model, [Verdict(Examined(image.id, image.state, content_of(5)), Fault("damaged"))]
    )
    assert gallery.census.counts().images == 0


def test_a_picture_that_cannot_be_read_just_now_keeps_its_vector(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    work_off(gallery, contents)
    (known,) = gallery.images.at(contents)
    gallery.apply(Plan(changed=[known._replace(state=known.state._replace(ctime_ns=5))]))
    model, (image,) = gallery.verdicts.waiting(1)
    gallery.verdicts.commit(model, [Verdict(Examined(image.id, image.state, b""), Fault("denied"))])
    assert reasons(gallery) == ["denied"]
    assert gallery.census.counts().images == 1
    gallery.enqueue([image.id for image in gallery.failures.unread([ROOT], 0, None)])
    assert reasons(gallery) == []
    assert work_off(gallery, contents) == 0


def test_a_verdict_about_an_image_that_went_missing_does_not_show_it(gallery: Gallery) -> None:
    contents = add(gallery, 1)
    model, (image,) = gallery.verdicts.waiting(1)
    gallery.hide(gallery.images.at(contents), Hidden.GONE)
    read = Examined(image.id, image.state, contents[image.path])
    gallery.verdicts.commit(model, [Verdict(read, vector_of(read.content))])
    assert gallery.census.counts().images == 0


def test_what_a_file_says_of_its_picture_survives_a_recovery(gallery: Gallery) -> None:
    contents = add(gallery, 1, 2)
    model, waiting = gallery.verdicts.waiting(2)
    read = [Examined(i.id, i.state, contents[i.path]) for i in waiting]
    time, place = "2024-05-01T13:45:07", (50.8225, -0.1372)
    full = PictureMetadata("JPEG", 1, 30, 20, 6, time, "Make", "Model", 0.5, *place)
    sparse = PictureMetadata("PNG", 1)
    gallery.verdicts.commit(
        model,
        [Verdict(i, vector_of(i.content), m) for i, m in zip(read, (full, sparse), strict=True)],
    )
    before = [gallery.metadata.of(image.id) for image in read]
    gallery.recover()
    assert [gallery.metadata.of(image.id) for image in read] == before
    assert gallery.census.counts().images == 2
