"""What is pushed to a shared store, and that nothing of it is lost."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from imgsimd import shared_ids
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.database import copy
from imgsimd.gallery.catalog.restoring import restore
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.pushes import Push
from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.shared_ids import HostNumber, image_of
from imgsimd.types import FileState, Hidden, ImageId, Plan, Rename
from tests.support.library import (
    FORM,
    ROOT,
    add,
    begin,
    content_of,
    opened,
    vector_of,
    work_off,
)

HOST = HostNumber(5)


@pytest.fixture
def shared(gallery: Gallery) -> Gallery:
    """Three images, all pushed."""
    work_off(gallery, add(gallery, 1, 2, 3))
    gallery.pushes.share(HOST, [ROOT])
    push_all(gallery)
    return gallery


def push_all(gallery: Gallery) -> list[Push]:
    """All that is taken at once."""
    pushes = gallery.pushes.next(1000)
    gallery.pushes.done([push.seq for push in pushes])
    return pushes


def put(pushes: Sequence[Push]) -> list[int]:
    return [image_of(push.id) for push in pushes if push.row]


def removed(pushes: Sequence[Push]) -> list[int]:
    return [image_of(push.id) for push in pushes if not push.row]


def expected(gallery: Gallery) -> list[int]:
    """In pages of two."""
    ids: list[ImageId] = []
    while page := gallery.pushes.expected(gallery.serving, ids[-1] if ids else ImageId(0), 2):
        ids += page
    return list(ids)


def test_of_each_image_what_filters_compare_is_pushed(gallery: Gallery) -> None:
    path, inner = ROOT + b"/a/New.JPG", ROOT + b"/a"
    gallery.apply(Plan(new={path: FileState(1, 5 * 10**9, 1, 1)}))
    work_off(gallery, {path: content_of(1)})
    gallery.pushes.share(HOST, [ROOT, inner])
    vector = FORM.to_bytes(vector_of(content_of(1)))
    row_id = shared_ids.shared(HOST, ImageId(1))
    (push,) = gallery.pushes.next(9)
    assert (push.id, push.model) == (row_id, gallery.serving)
    assert push.row
    assert push.row == SharedRow(
        row_id, vector, HOST, inner, path, push.row.time, "", "jpg", -1, 2, ""
    )
    metadata = PictureMetadata(
        "JPEG", 1, width=40, height=30, taken="1970-01-01T00:01:00", make="CANON", model="Canon  5D"
    )
    gallery.verdicts.describe({gallery.images.at([path])[0]: metadata})
    (push,) = gallery.pushes.next(9)
    assert push.row == SharedRow(
        row_id, vector, HOST, inner, path, 60, "JPEG", "jpg", 1200, 1, "canon canon 5d"
    )


def test_what_has_changed_last_comes_first(shared: Gallery) -> None:
    work_off(shared, add(shared, 4, 5), batch=1)
    assert put(shared.pushes.next(1)) == [4], "the last noticed is embedded first"
    assert put(shared.pushes.next(9)) == [4, 5]


def test_an_image_without_a_vector_or_file_is_removed(shared: Gallery) -> None:
    one, two, three = shared.images.by_id([ImageId(1), ImageId(2), ImageId(3)])
    shared.hide([one], Hidden.GONE)
    shared.redo([two.id])
    shared.forget([three])
    pushes = push_all(shared)
    assert (put(pushes), removed(pushes)) == ([], [3, 2, 1])
    assert expected(shared) == []
    shared.apply(Plan(returned=[one]))
    assert put(push_all(shared)) == expected(shared) == [1]


def test_an_image_of_an_offline_folder_stays(shared: Gallery) -> None:
    shared.show([])
    assert push_all(shared) == []
    assert expected(shared) == [1, 2, 3]


def test_an_image_that_leaves_the_shared_folders_is_removed(shared: Gallery) -> None:
    (image,) = shared.images.by_id([ImageId(2)])
    shared.apply(Plan(renamed=[Rename(image.id, b"/photos too/2.jpg", image.state)]))
    assert removed(push_all(shared)) == [2]
    assert expected(shared) == [1, 3]
    shared.pushes.share(HOST, [b"/photos too"])
    assert put(push_all(shared)) == [2], "the other folder is shared as before"
    assert expected(shared) == [1, 2, 3]


def test_a_start_with_what_is_known_enters_nothing(shared: Gallery) -> None:
    version = shared.version
    shared.pushes.share(HOST, [ROOT])
    assert (shared.pushes.next(9), shared.version) == ([], version)


def test_as_another_host_everything_is_pushed_again(shared: Gallery) -> None:
    before = shared.pushes.shared
    assert before
    assert before.doubt
    shared.pushes.settle(before.doubt)
    assert shared.pushes.shared == before._replace(doubt=None)
    shared.pushes.share(HostNumber(6), [])
    now = shared.pushes.shared
    assert now
    assert (now.host, now.gallery) == (6, before.gallery)
    assert now.doubt
    assert put(push_all(shared)) == [3, 2, 1]
    shared.pushes.settle(before.doubt)
    assert shared.pushes.shared == now, "the doubt is another one"


def test_what_changes_while_it_is_pushed_is_pushed_again(shared: Gallery) -> None:
    model = shared.serving
    shared.pushes.enqueue([ImageId(1), ImageId(2), ImageId(77)], model)
    assert shared.pushes.count() == 3
    assert shared.pushes.unpushed([ImageId(1), ImageId(3)], model) == {1}
    taken = shared.pushes.next(9)
    assert (put(taken), removed(taken)) == ([2, 1], [77])
    shared.hide(shared.images.by_id([ImageId(1)]), Hidden.GONE)
    assert shared.pushes.done([push.seq for push in taken]) == {model: [77, 2]}
    assert shared.pushes.unpushed([ImageId(1), ImageId(2)], model) == {1}
    assert removed(push_all(shared)) == [1]


def test_each_model_has_rows_of_its_own(shared: Gallery) -> None:
    shared.aim("new", "new", FORM, {"m", "new"})
    contents = {ROOT + b"/%d.jpg" % word: content_of(word) for word in (1, 2, 3)}
    work_off(shared, contents)
    assert {(p.model.identity, image_of(p.id)) for p in push_all(shared)} == {
        ("new", 1), ("new", 2), ("new", 3)
    }  # fmt: skip
    assert shared.reach_target()
    shared.stored_vectors.remove("m", ImageId(0))
    pushes = push_all(shared)
    assert {(push.model.identity, push.row) for push in pushes} == {("m", None)}
    assert sorted(removed(pushes)) == [1, 2, 3]


def test_a_damaged_vector_is_not_pushed(shared: Gallery) -> None:
    db = shared._catalog._file.db
    with db.atomic():
        db.execute("UPDATE embeddings SET vector = x'00' WHERE image_id = 2")
    assert removed(push_all(shared)) == [2]


def test_what_was_not_pushed_before_the_end_is_pushed_after_it(
    gallery: Gallery, tmp_path: Path
) -> None:
    gallery.pushes.share(HOST, [ROOT])
    work_off(gallery, add(gallery, 1, 2))
    taken = gallery.pushes.next(1)
    gallery.close()
    again = opened(tmp_path)
    again.pushes.share(HOST, [ROOT])
    assert [*taken, *again.pushes.next(9)[1:]] == again.pushes.next(9)
    again.forget(again.images.by_id([ImageId(1)]))
    assert removed(push_all(again)) == [1]


def test_after_a_recovery_everything_is_pushed_and_compared(shared: Gallery) -> None:
    before = shared.pushes.shared
    assert before
    assert before.doubt
    shared.pushes.settle(before.doubt)
    shared.pushes.enqueue([ImageId(1)], shared.serving)
    taken = shared.pushes.next(9)
    shared.recover()
    now = shared.pushes.shared
    assert now
    assert (now.host, now.gallery, shared.pushes.roots) == (HOST, before.gallery, [ROOT])
    assert now.doubt
    assert shared.pushes.done([push.seq for push in taken]) == {}, "numbers are not given again"
    assert put(push_all(shared)) == [3, 2, 1]
    shared.redo([ImageId(2)])
    assert removed(push_all(shared)) == [2], "changes are entered as before"


def test_after_a_restored_backup_everything_is_pushed_and_compared(
    shared: Gallery, tmp_path: Path
) -> None:
    assert shared.pushes.shared
    assert shared.pushes.shared.doubt
    shared.pushes.settle(shared.pushes.shared.doubt)
    backup = tmp_path / "backup"
    copy(tmp_path / "gallery.db", backup)
    work_off(shared, add(shared, 4))
    push_all(shared)
    shared.close()
    restore(io.BytesIO(backup.read_bytes()), None, "backup", tmp_path / "gallery.db")
    again = Gallery(tmp_path / "gallery.db")
    begin(again)
    assert again.pushes.shared
    assert again.pushes.shared.doubt
    assert put(push_all(again))[::-1] == expected(again) == [1, 2, 3]


def test_in_another_store_everything_is_pushed_again(shared: Gallery) -> None:
    before = shared.pushes.shared
    shared.pushes.share(HOST, [], "another server")
    now = shared.pushes.shared
    assert before
    assert now
    assert now == before._replace(store="another server", doubt=now.doubt)
    assert now.doubt
    assert put(push_all(shared)) == [3, 2, 1]
    shared.pushes.push_anew()
    assert put(push_all(shared)) == [3, 2, 1]


def test_what_is_shown_is_shared(gallery: Gallery) -> None:
    path = b"/more/9.jpg"
    gallery.show([b"/more"])
    gallery.apply(Plan(new={path: FileState(9, 1, 1, 9)}))
    work_off(gallery, {path: content_of(9)})
    gallery.show([ROOT])
    gallery.pushes.share(HOST, [ROOT])
    assert removed(push_all(gallery)) == [1]
    gallery.show([ROOT, b"/more"])
    assert put(push_all(gallery)) == [1]


def test_what_is_shown_is_not_shared_where_nothing_is(gallery: Gallery) -> None:
    gallery.show([ROOT, b"/more"])
    assert (gallery.pushes.roots, gallery.pushes.last_host) == ([], None)


def test_each_entry_changes_the_last_number(shared: Gallery) -> None:
    before = shared.pushes.last_entry
    assert put(push_all(shared)) == []
    assert shared.pushes.last_entry == before
    shared.pushes.enqueue([ImageId(1)], shared.serving)
    assert shared.pushes.last_entry > before


def test_a_gallery_that_is_shared_no_more_pushes_nothing(shared: Gallery) -> None:
    before = shared.pushes.shared
    shared.pushes.unshare()
    work_off(shared, add(shared, 4))
    shared.pushes.enqueue([ImageId(1)], shared.serving)
    assert (shared.pushes.next(9), shared.pushes.shared, shared.pushes.roots) == ([], None, [])
    shared.recover()
    assert shared.pushes.next(9) == []
    assert shared.pushes.last_host == HOST, "its rows are there still"
    shared.pushes.share(HOST, [ROOT])
    now = shared.pushes.shared
    assert before
    assert now
    assert (now.host, now.gallery) == (HOST, before.gallery)
    assert now.doubt
    assert put(push_all(shared)) == [4, 3, 2, 1]
