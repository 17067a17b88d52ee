"""What is below a folder is found without a look at all other paths."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgsimd.paths import is_below
from imgsimd.watching.sorted_paths import SortedPaths

PATHS = [b"/r", b"/r/a", b"/r/a/b", b"/r/a/b/c.jpg", b"/r/a0", b"/r/a-", b"/r/a/\xff", b"/s"]


def test_paths_below_a_folder_come_after_what_is_in_them() -> None:
    paths = SortedPaths()
    for path in (b"/r/a/b/", b"/r/a/", b"/r/a0/", b"/r/a/c.jpg", b"/r/b/", b"/r/a/"):
        paths.add(path)
    assert paths.below(b"/r/a") == [b"/r/a/c.jpg", b"/r/a/b/", b"/r/a/"]
    assert paths.below(b"/r/none") == []
    assert len(paths.below(b"/")) == 5


def test_a_path_that_is_discarded_is_found_no_more() -> None:
    paths = SortedPaths()
    paths.add(b"/r/a/b")
    paths.add(b"/r/a")
    paths.discard(b"/r/a")
    paths.discard(b"/r/none")
    assert paths.below(b"/r") == [b"/r/a/b"]


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.booleans(), st.booleans())))
def test_paths_can_come_and_go_in_any_order(
    steps: list[tuple[bytes, bool, bool]],
) -> None:
    paths, expected = SortedPaths(), set[bytes]()
    for path, is_added, is_looked_at in steps:
        (paths.add if is_added else paths.discard)(path)
        (expected.add if is_added else expected.discard)(path)
        if is_looked_at:
            below = [each for each in expected if is_below(each, path)]
            assert paths.below(path) == sorted(below, reverse=True)


def test_many_changes_at_once_have_the_same_effect() -> None:
    paths = SortedPaths()
    for number in range(1000):
        paths.add(b"/r/%d" % number)
    assert len(paths.below(b"/r")) == 1000
    for number in range(0, 1000, 2):
        paths.discard(b"/r/%d" % number)
        paths.add(b"/r/%d/x" % number)
    assert set(paths.below(b"/r")) == {
        b"/r/%d" % number if number % 2 else b"/r/%d/x" % number for number in range(1000)
    }
