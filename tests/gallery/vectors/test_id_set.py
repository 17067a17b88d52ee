"""A set of ids is a set, and its array is in order."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from imgsimd.gallery.vectors.id_set import IdSet, are_in, places, without
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


@given(some=st.sets(st.integers(1, 300)), others=st.sets(st.integers(1, 300)))
@example(some={5}, others=set(range(1, 200)))
@example(some=set(range(1, 200)), others={1, 199, 300})
@example(some=set(), others=set(range(1, 200)))
def test_two_arrays_are_compared_whichever_is_longer(some: set[int], others: set[int]) -> None:
    ids, wanted = (np.array(sorted(each), np.int64) for each in (some, others))
    assert set(ids[places(ids, wanted)].tolist()) == some & others
    assert ids[::-1][are_in(ids[::-1], wanted)].tolist() == sorted(some & others, reverse=True)
    assert without(ids, wanted).tolist() == sorted(some - others)
