"""What is below a folder is found without a look at all that is not."""

from __future__ import annotations

from imgsimd.watching.path_tree import Tree


def test_what_is_below_a_folder_is_told_after_what_is_in_it() -> None:
    tree = Tree()
    for path in (b"/r/a/b/", b"/r/a/", b"/r/a0/", b"/r/a/c.jpg", b"/r/b/"):
        tree.add(path)
    found = tree.below(b"/r/a/")
    assert sorted(found) == [b"/r/a/", b"/r/a/b/", b"/r/a/c.jpg"]
    assert found[-1] == b"/r/a/"
    assert tree.below(b"/r/none/") == [b"/r/none/"]


def test_what_is_empty_can_be_removed_and_nothing_else() -> None:
    tree = Tree()
    tree.add(b"/r/a/b/")
    tree.discard(b"/r/a/")
    assert b"/r/a/b/" in tree.below(b"/")
    for path in tree.below(b"/"):
        tree.discard(path)
    assert tree.below(b"/") == [b"/"]
