"""Plans are pure: what is known, against what was seen."""

from __future__ import annotations

from imgsimd.types import FileState, ImageId, Known, Plan, Rename
from imgsimd.watching import reconcile


def state(inode: int, mtime: int = 1, ctime: int = 1) -> FileState:
    return FileState(100, mtime, ctime, inode)


def known(number: int, path: bytes, at: FileState) -> Known:
    return Known(ImageId(number), path, at)


def test_what_is_unchanged_needs_nothing() -> None:
    image = known(1, b"/r/a", state(1))
    assert reconcile.compare([image], {b"/r/a": state(1)}) == Plan()


def test_new_changed_and_missing_are_told_apart() -> None:
    images = [known(1, b"/r/a", state(1)), known(2, b"/r/b", state(2))]
    plan = reconcile.compare(images, {b"/r/a": state(1, mtime=9), b"/r/c": state(3)})
    assert plan.new == {b"/r/c": state(3)}
    assert plan.changed == [known(1, b"/r/a", state(1, mtime=9))]
    assert plan.missing == [images[1]]


def test_nothing_is_missing_in_a_folder_that_could_not_be_listed() -> None:
    images = [known(1, b"/r/dark/a", state(1)), known(2, b"/r/darker", state(2))]
    plan = reconcile.compare(images, {}, unlisted=[b"/r/dark/"])
    assert plan.missing == [images[1]]


def test_a_renamed_file_keeps_its_id() -> None:
    image = known(1, b"/r/a", state(1))
    plan = reconcile.compare([image], {b"/r/b": state(1, ctime=2)})
    plan = reconcile.with_renames(plan, departed=[image])
    assert plan == Plan(renamed=[Rename(ImageId(1), b"/r/b", state(1, ctime=2))])


def test_a_hard_link_is_a_new_image() -> None:
    image = known(1, b"/r/a", state(1))
    plan = reconcile.compare([image], {b"/r/a": state(1), b"/r/b": state(1)})
    assert reconcile.with_renames(plan, departed=[]).new == {b"/r/b": state(1)}


def test_a_chain_of_renames_keeps_every_id() -> None:
    """mv b c; mv a b"""
    a, b = known(1, b"/r/a", state(1)), known(2, b"/r/b", state(2))
    plan = reconcile.compare([a, b], {b"/r/b": state(1), b"/r/c": state(2)})
    plan = reconcile.with_renames(plan, departed=[a, b])
    assert sorted(plan.renamed) == [(1, b"/r/b", state(1)), (2, b"/r/c", state(2))]
    assert not plan.new
    assert not plan.changed
    assert not plan.missing


def test_two_files_that_swap_names_swap_paths() -> None:
    a, b = known(1, b"/r/a", state(1)), known(2, b"/r/b", state(2))
    plan = reconcile.compare([a, b], {b"/r/a": state(2), b"/r/b": state(1)})
    plan = reconcile.with_renames(plan, departed=[a, b])
    assert sorted(plan.renamed) == [(1, b"/r/b", state(1)), (2, b"/r/a", state(2))]
    assert not plan.changed


def test_an_inode_used_again_by_another_file_is_no_rename() -> None:
    image = known(1, b"/r/a", state(1))
    plan = reconcile.compare([image], {b"/r/b": state(1, mtime=5)})
    assert reconcile.with_renames(plan, departed=[image]).new == {b"/r/b": state(1, mtime=5)}


def test_unsettled_files_wait() -> None:
    plan = reconcile.compare([known(1, b"/r/a", state(1))], {b"/r/a": state(9), b"/r/b": state(2)})
    plan = reconcile.without_unsettled(plan, {b"/r/a"})
    assert plan.changed == []
    assert plan.new == {b"/r/b": state(2)}
