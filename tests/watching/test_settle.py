"""A path is looked at when it has been quiet, and a file is read when it is settled."""

from __future__ import annotations

import pytest

from imgsimd.types import FileState
from imgsimd.watching.settle import MOST_WAITING, Hint, Settle, Sign

QUIET, STILL, PATIENCE = 0.5, 2.0, 60.0
NOON = 1_700_000_000.0
OLD = FileState(10, int((NOON - 3600) * 1e9), 0, 1)
FRESH = FileState(10, int(NOON * 1e9), 0, 1)


@pytest.fixture
def settle() -> Settle:
    return Settle(QUIET, STILL, PATIENCE)


def only(hints: list[Hint]) -> Hint:
    (hint,) = hints
    return hint


def test_a_path_is_looked_at_when_it_has_been_quiet(settle: Settle) -> None:
    settle.hint(b"/r/a", Sign.FINISHED, 0.0)
    settle.hint(b"/r/a", Sign.FINISHED, 0.4)
    assert settle.due(0.8) == []
    assert settle.next_due() == pytest.approx(0.9)
    assert only(settle.due(0.9)).path == b"/r/a"
    assert len(settle) == 0


def test_a_file_that_never_stops_changing_is_looked_at_after_patience(settle: Settle) -> None:
    now = 0.0
    while not settle.due(now):
        settle.hint(b"/r/a", Sign.FINISHED, now)
        now += 0.25
        assert now < 2 * PATIENCE
    assert now == pytest.approx(PATIENCE, abs=0.5)


def test_a_file_written_a_thousand_times_a_second_is_looked_at_once_per_patience() -> None:
    settle, looks = Settle(QUIET, STILL, patience=5.0), []
    for now in (number / 1000 for number in range(11_000)):
        settle.hint(b"/r/a", Sign.FINISHED, now)
        looks += [now for _ in settle.due(now)]
    assert looks == pytest.approx([5.0, 10.0], abs=0.01)


def test_absence_is_looked_at_later_than_presence(settle: Settle) -> None:
    """The two halves of a rename may be two events: the new name must be seen first."""
    settle.hint(b"/r/old", Sign.GONE, 0.0)
    settle.hint(b"/r/new", Sign.APPEARED, 0.1)
    assert only(settle.due(0.9)).path == b"/r/new"
    assert only(settle.due(1.0)).path == b"/r/old"


def test_a_closed_file_is_settled_even_if_just_written(settle: Settle) -> None:
    settle.hint(b"/r/a", Sign.FINISHED, 0.0)
    assert settle.is_settled(only(settle.due(1.0)), FRESH, 1.0, NOON)


def test_a_file_that_nobody_closed_must_stay_still(settle: Settle) -> None:
    settle.hint(b"/r/a", Sign.APPEARED, 0.0)
    first = only(settle.due(0.5))
    assert not settle.is_settled(first, FRESH, 0.5, NOON + 0.1)
    again = only(settle.due(2.5))
    grown = FRESH._replace(size=20)
    assert not settle.is_settled(again, grown, 2.5, NOON + 0.2), "it grew: the clock starts anew"
    last = only(settle.due(4.5))
    assert settle.is_settled(last, grown, 4.5, NOON + 0.3)


def test_a_file_moved_here_is_old_and_needs_no_waiting(settle: Settle) -> None:
    settle.hint(b"/r/a", Sign.APPEARED, 0.0)
    assert settle.is_settled(only(settle.due(0.5)), OLD, 0.5, NOON)


def test_no_file_waits_for_ever_when_the_clock_is_set_back(settle: Settle) -> None:
    """An mtime in the future is not young."""
    settle.hint(b"/r/a", Sign.APPEARED, 0.0)
    assert settle.is_settled(only(settle.due(0.5)), FRESH, 0.5, NOON - 86400)


def test_a_change_during_the_look_is_not_missed(settle: Settle) -> None:
    settle.hint(b"/r/a", Sign.FINISHED, 0.0)
    hint = only(settle.due(0.5))
    settle.hint(b"/r/a", Sign.APPEARED, 0.6)
    assert not settle.is_settled(hint, OLD, 0.7, NOON)
    assert only(settle.due(1.1)).path == b"/r/a"


def test_a_waiting_folder_covers_all_that_is_in_it(settle: Settle) -> None:
    settle.hint(b"/r/dir", Sign.FOLDER, 0.0)
    settle.hint(b"/r/dir/sub/a", Sign.FINISHED, 0.1)
    settle.hint(b"/r/dirt/a", Sign.FINISHED, 0.1)
    assert {hint.path for hint in settle.due(1.0)} == {b"/r/dir", b"/r/dirt/a"}


def test_a_file_that_becomes_a_folder_is_looked_at_as_both(settle: Settle) -> None:
    for signs in ([Sign.GONE, Sign.FOLDER], [Sign.FOLDER_GONE, Sign.FINISHED]):
        for sign in signs:
            settle.hint(b"/r/a.jpg", sign, 0.0)
        hint = only(settle.due(2.0))
        assert (hint.is_file, hint.is_folder) == (True, True), signs


def test_a_hint_of_a_folder_keeps_what_is_known_of_the_file(settle: Settle) -> None:
    settle.hint(b"/r/a.jpg", Sign.FINISHED, 0.0)
    settle.hint(b"/r/a.jpg", Sign.FOLDER_GONE, 0.0)
    assert settle.is_settled(only(settle.due(2.0)), FRESH, 2.0, NOON)


def test_one_kind_is_looked_at_as_that_kind_only(settle: Settle) -> None:
    settle.hint(b"/r/a.jpg", Sign.FINISHED, 0.0)
    settle.hint(b"/r/dir", Sign.FOLDER, 0.0)
    looks = {(hint.path, hint.is_file, hint.is_folder) for hint in settle.due(2.0)}
    assert looks == {(b"/r/a.jpg", True, False), (b"/r/dir", False, True)}


def test_very_many_hints_become_one_look_at_their_folder(settle: Settle) -> None:
    for number in range(MOST_WAITING + 10):
        settle.hint(b"/r/dir/%d.jpg" % number, Sign.FINISHED, 0.0)
    assert len(settle) <= 10
    assert Sign.FOLDER in {hint.sign for hint in settle.due(5.0)}


def test_a_folder_that_very_many_hints_become_is_still_looked_at_as_the_file_it_was(
    settle: Settle,
) -> None:
    settle.hint(b"/r/a.jpg", Sign.GONE, 0.0)
    for number in range(MOST_WAITING):
        settle.hint(b"/r/a.jpg/%d.jpg" % number, Sign.FINISHED, 0.0)
    hint = only(settle.due(5.0))
    assert (hint.path, hint.is_file, hint.is_folder) == (b"/r/a.jpg", True, True)
