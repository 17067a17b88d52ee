"""Milvus takes conditions as the columns in memory do, whatever is in the names."""

from __future__ import annotations

from hypothesis import given, settings

from imgsimd.gallery.conditions import ANY, Conditions
from imgsimd.milvus import expression
from tests.milvus.conditions import Photo, conditions, few_conditions, fitting, photos, rows_of
from tests.support import fake_milvus


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(known=photos, wanted=few_conditions | conditions)
def test_the_same_images_fit_as_in_memory(known: list[Photo], wanted: Conditions) -> None:
    found = fake_milvus.fitting(rows_of(known), expression.fitting(wanted))
    assert [row.id for row in found] == fitting(known, wanted)


def test_a_backslash_in_a_cameras_name_is_any_character() -> None:
    """No camera has one. Nothing that fits is missed."""
    names = ["a\\b", "a/b", "ab"]
    known = [Photo(b"/a", 0, "JPEG", b"jpg", -1, 2, name) for name in names]
    rows = fake_milvus.fitting(rows_of(known), expression.fitting(Conditions(cameras=("a\\b",))))
    assert [row.camera for row in rows] == names[:2]


def test_no_condition_is_no_expression() -> None:
    assert expression.fitting(ANY) == ""
    assert expression.all_of(expression.fitting(ANY), "", "host == 1") == "host == 1"
