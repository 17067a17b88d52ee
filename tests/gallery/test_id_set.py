"""A set of ids is a set, and its array is in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgsimd.gallery.id_set import IdSet
from imgsimd.types import ImageId

numbers = st.lists(st.integers(1, 30) | st.just(10**15), max_size=12)


@given(first=numbers, changes=st.lists(st.tuples(st.booleans(), numbers), max_size=6))
def test_it_holds_what_a_set_would_hold_in_order(
    first: list[int], changes: list[tuple[bool, list[int]]]
) -> None:
    ids, expected = IdSet(map(ImageId, first)), set(first)
    for is_added, each in changes:
        earlier, copy = ids.ids, ids.ids.tolist()
        (ids.add if is_added else ids.discard)(map(ImageId, each))
        expected = expected | set(each) if is_added else expected - set(each)
        assert ids.ids.tolist() == sorted(expected)
        assert len(ids) == len(expected)
        assert all((ImageId(image) in ids) == (image in expected) for image in range(32))
        assert earlier.tolist() == copy, "whoever has an array keeps it as it was"
