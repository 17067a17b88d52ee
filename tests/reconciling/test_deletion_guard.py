"""When images may be forgotten without a question."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgsimd.reconciling.deletion_guard import FEW_IMAGES, DeletionGuard, Judgement

ROOT = b"/photos"
GRACE = 60.0


def at_last(share: float, missing: int, known: int) -> Judgement:
    """What becomes of images that went long ago."""
    losses = DeletionGuard(share, GRACE)
    losses.note(ROOT, 0.0)
    return losses.judge(ROOT, missing, known, 2 * GRACE)


def test_a_few_images_are_forgotten_without_asking_even_if_they_are_all() -> None:
    assert at_last(0.5, 3, 3) is Judgement.FORGET
    assert at_last(0.0, FEW_IMAGES, FEW_IMAGES) is Judgement.FORGET


def test_the_user_is_asked_before_more_than_the_share_is_forgotten() -> None:
    assert at_last(0.5, 501, 1000) is Judgement.ASK
    assert at_last(0.5, 500, 1000) is Judgement.FORGET
    assert at_last(1.0, 1000, 1000) is Judgement.FORGET


@given(st.floats(0, 1), st.integers(0, 2000), st.integers(0, 5000))
def test_images_are_counted_only_as_far_as_the_judgement_needs(
    share: float, missing: int, known: int
) -> None:
    limit = DeletionGuard(share, GRACE).count_limit(ROOT, missing)
    assert at_last(share, missing, min(known, limit)) is at_last(share, missing, known)
    if missing > FEW_IMAGES and share > 0.1:
        assert limit < 10 * missing + 2


def test_images_are_not_counted_once_the_user_has_been_asked() -> None:
    losses = DeletionGuard(0.5, GRACE)
    assert losses.count_limit(ROOT, 1000) > 0
    losses.judge(ROOT, 1000, 1000, 0.0)
    assert losses.count_limit(ROOT, 1000) == 0


def test_nothing_is_forgotten_while_more_images_go_missing() -> None:
    losses = DeletionGuard(0.5, GRACE)
    for now, missing in ((0.0, 200), (50.0, 400)):
        losses.note(ROOT, now)
        assert losses.judge(ROOT, missing, 1000, now + 50) is Judgement.WAIT
    losses.note(ROOT, 100.0)
    assert losses.judge(ROOT, 600, 1000, 100.0) is Judgement.ASK, "piece by piece, but most of it"


def test_the_user_is_asked_until_no_image_is_missing() -> None:
    losses = DeletionGuard(0.5, GRACE)
    losses.note(ROOT, 0.0)
    assert losses.judge(ROOT, 1000, 1000, 0.0) is Judgement.ASK
    assert losses.judge(ROOT, 300, 1000, 9 * GRACE) is Judgement.ASK, "some are back"
    losses.judge(ROOT, 0, 1000, 9 * GRACE)
    assert losses.judge(ROOT, 300, 1000, 9 * GRACE) is Judgement.FORGET


def test_after_a_restart_the_grace_period_begins_again() -> None:
    losses = DeletionGuard(0.5, GRACE)
    assert losses.judge(ROOT, 3, 10, 1000.0) is Judgement.WAIT
    assert losses.judge(ROOT, 3, 10, 1000.0 + GRACE) is Judgement.FORGET
    assert losses.judge(b"/other", 3, 10, 1000.0 + GRACE) is Judgement.WAIT
