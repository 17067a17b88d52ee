"""Plans are pure: what is known, against what was seen."""

from __future__ import annotations

import time

from imgsimd.reconciling import planning
from imgsimd.types import FileState, ImageId, Known, Plan, Rename


def state(inode: int, mtime: int = 1, ctime: int = 1) -> FileState:
    return FileState(100, mtime, ctime, inode)


def known(number: int, path: bytes, at: FileState) -> Known:
    return Known(ImageId(number), path, at)


def test_an_unchanged_photo_is_not_in_the_plan() -> None:
    image = known(1, b"/r/a", state(1))
    assert planning.compare([image], {b"/r/a": state(1)}) == Plan()


def test_new_changed_and_missing_are_told_apart() -> None:
    images = [known(1, b"/r/a", state(1)), known(2, b"/r/b", state(2))]
    plan = planning.compare(images, {b"/r/a": state(1, mtime=9), b"/r/c": state(3)})
    assert plan.new == {b"/r/c": state(3)}
    assert plan.changed == [known(1, b"/r/a", state(1, mtime=9))]
    assert plan.missing == [images[1]]


def test_nothing_is_missing_in_a_folder_that_could_not_be_listed() -> None:
    images = [known(1, b"/r/dark/a", state(1)), known(2, b"/r/darker", state(2))]
    plan = planning.compare(images, {}, unlisted=[b"/r/dark/"])
    assert plan.missing == [images[1]]


def test_nothing_is_missing_that_could_not_be_looked_at() -> None:
    """A file that gives an error, or something of which not even the kind is known."""
    images = [known(1, b"/r/a.jpg", state(1)), known(2, b"/r/x/y/b", state(2))]
    assert planning.compare(images, {}, unlisted=[b"/r/a.jpg", b"/r/x"]) == Plan()


def test_a_missing_photo_comes_back_unchanged() -> None:
    images = [Known(ImageId(n), b"/r/%d" % n, state(n), is_missing=True) for n in (1, 2, 3)]
    plan = planning.compare(images, {b"/r/1": state(1), b"/r/2": state(2, mtime=9)})
    assert plan.returned == [images[0]]
    assert [image.id for image in plan.changed] == [2]
    assert plan.missing == [], "not once more"


def outcome(
    before: FileState, now: FileState, keeps_inodes: bool = True, is_written: bool = False
) -> str:
    """What a plan says of one image whose file looks otherwise now."""
    written = [b"/r/a"] if is_written else []
    plan = planning.compare(
        [known(1, b"/r/a", before)],
        {b"/r/a": now},
        written=written,
        keeps_inodes=lambda path: keeps_inodes,
    )
    expected = [known(1, b"/r/a", now)]
    return {(True, False): "changed", (False, True): "same"}[
        plan.changed == expected, plan.returned == expected
    ]


def test_a_chmod_chown_or_hard_link_explains_a_changed_ctime() -> None:
    before = FileState(100, 1, 1, 7, attributes=0o600)
    assert outcome(before, before._replace(ctime_ns=2, attributes=0o640)) == "same"
    assert outcome(before, before._replace(ctime_ns=2, attributes=0o200)) == "changed", "try it"
    linked = before._replace(attributes=2 << 48 | 0o600)
    assert outcome(linked, linked._replace(ctime_ns=2)) == "same", "one link came, another went"
    assert outcome(before, before._replace(attributes=0o640)) == "same", "a clock with few ticks"
    assert outcome(before, before._replace(ctime_ns=2)) == "changed", "mtime may have been set back"
    unknown = before._replace(attributes=0)
    assert outcome(unknown, before) == "same", "a gallery of an earlier imgsimd"
    assert outcome(unknown, before._replace(ctime_ns=2)) == "changed"


def test_an_explained_ctime_does_not_excuse_another_size_mtime_or_inode() -> None:
    before = FileState(100, 1, 1, 7, attributes=1)
    for other in ({"size": 101}, {"mtime_ns": 2}, {"inode": 8}):
        now = before._replace(ctime_ns=2, attributes=2)._replace(**other)
        assert outcome(before, now) == "changed", other


def test_after_an_event_of_writing_a_changed_ctime_is_never_explained() -> None:
    before = FileState(100, 1, 1, 7, attributes=1)
    now = before._replace(ctime_ns=2, attributes=2)
    assert outcome(before, now, is_written=True) == "changed"
    assert outcome(before, now, keeps_inodes=False, is_written=True) == "changed"


def test_without_lasting_inodes_a_file_is_known_by_size_and_mtime() -> None:
    before = FileState(100, 1, 1, 7, attributes=1)
    assert outcome(before, FileState(100, 1, 2, 8, 1), keeps_inodes=False) == "same"
    assert outcome(before, FileState(100, 2, 2, 8, 1), keeps_inodes=False) == "changed"
    assert outcome(before, FileState(101, 1, 2, 8, 1), keeps_inodes=False) == "changed"


def test_any_other_mtime_is_a_change_even_an_older_one_or_one_before_1970() -> None:
    for mtime in (-(10**18), -1, 0, 4, 6, 10**19):
        plan = planning.compare([known(1, b"/r/a", state(1, 5))], {b"/r/a": state(1, mtime)})
        assert len(plan.changed) == 1, mtime


def test_a_renamed_file_keeps_its_id() -> None:
    image = known(1, b"/r/a", state(1))
    plan = planning.compare([image], {b"/r/b": state(1, ctime=2)})
    plan = planning.with_renames(plan, departed=[image])
    assert plan == Plan(renamed=[Rename(ImageId(1), b"/r/b", state(1, ctime=2))])


def test_a_hard_link_is_a_new_image() -> None:
    image = known(1, b"/r/a", state(1))
    plan = planning.compare([image], {b"/r/a": state(1), b"/r/b": state(1)})
    assert planning.with_renames(plan, departed=[]).new == {b"/r/b": state(1)}


def test_a_chain_of_renames_keeps_every_id() -> None:
    """mv b c; mv a b"""
    a, b = known(1, b"/r/a", state(1)), known(2, b"/r/b", state(2))
    plan = planning.compare([a, b], {b"/r/b": state(1), b"/r/c": state(2)})
    plan = planning.with_renames(plan, departed=[a, b])
    assert sorted(plan.renamed) == [(1, b"/r/b", state(1)), (2, b"/r/c", state(2))]
    assert not plan.new
    assert not plan.changed
    assert not plan.missing


def test_two_files_that_swap_names_swap_paths() -> None:
    a, b = known(1, b"/r/a", state(1)), known(2, b"/r/b", state(2))
    plan = planning.compare([a, b], {b"/r/a": state(2), b"/r/b": state(1)})
    plan = planning.with_renames(plan, departed=[a, b])
    assert sorted(plan.renamed) == [(1, b"/r/b", state(1)), (2, b"/r/a", state(2))]
    assert not plan.changed


def test_an_inode_that_another_file_has_taken_is_no_rename() -> None:
    image = known(1, b"/r/a", state(1))
    plan = planning.compare([image], {b"/r/b": state(1, mtime=5)})
    assert planning.with_renames(plan, departed=[image]).new == {b"/r/b": state(1, mtime=5)}


def test_unsettled_files_wait() -> None:
    plan = planning.compare([known(1, b"/r/a", state(1))], {b"/r/a": state(9), b"/r/b": state(2)})
    plan = planning.without_unsettled(plan, {b"/r/a"})
    assert plan.changed == []
    assert plan.new == {b"/r/b": state(2)}


def test_hard_links_in_a_renamed_folder_keep_their_names() -> None:
    links = [known(n, b"/r/old/%d" % n, state(7)) for n in range(4)]
    paths = [b"/r/new/%d" % n for n in (3, 0, 9, 1)]
    plan = planning.with_renames(Plan(new=dict.fromkeys(paths, state(7))), links)
    assert {rename.path: rename.id for rename in plan.renamed} == {
        b"/r/new/3": 3, b"/r/new/0": 0, b"/r/new/1": 1, b"/r/new/9": 2,
    }  # fmt: skip
    assert not plan.new


def test_a_hundred_thousand_hard_links_are_paired_at_once() -> None:
    links = [known(n, b"/r/%d" % n, state(7)) for n in range(100_000)]
    plan = Plan(new={b"/r/new/%d" % -n: state(7) for n in range(100_000)})
    begin = time.process_time()
    assert len(planning.with_renames(plan, links).renamed) == 100_000
    assert time.process_time() - begin < 10, "with a list of all of them, it takes minutes"


def test_thousands_of_folders_that_cannot_be_listed_cost_no_more_than_others() -> None:
    images = [known(n, b"/r/%d/a" % n, state(n)) for n in range(20_000)]
    unlisted = [b"/r/%d/" % n for n in range(1, 20_000)]
    begin = time.process_time()
    assert planning.compare(images, {}, unlisted).missing == images[:1]
    assert time.process_time() - begin < 10, "with a look at all of them for each image: minutes"
