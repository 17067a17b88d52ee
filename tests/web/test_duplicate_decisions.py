"""What can go after what was decided: never more than the user and the disk allow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgsimd.client import Client
from imgsimd.client.comparisons import Comparison
from imgsimd.client.duplicates import DuplicateGroup, DuplicateMember
from imgsimd.errors import NotRunningError, RequestError
from imgsimd.web.duplicate_choice import Fate
from imgsimd.web.duplicate_decisions import Decisions
from imgsimd.web.duplicate_search import MOST_UNDECIDED, Searches, State
from imgsimd.web.duplicate_wish import WishForm
from tests.support.duplicate_groups import group, member, on_disk
from tests.support.household import until


@pytest.fixture
def files(tmp_path: Path) -> list[DuplicateMember]:
    """Four photos that are there."""
    for name in "abcd":
        (tmp_path / name).write_bytes(b"content of a photo")
    return [on_disk(str(tmp_path / name)) for name in "abcd"]


def names(decisions: Decisions) -> list[str]:
    return [os.path.basename(path) for path in decisions.plan().paths]


def test_nothing_goes_before_it_is_decided(files: list[DuplicateMember]) -> None:
    decisions = Decisions([group(*files)])
    assert names(decisions) == []
    decisions.accept(0)
    assert names(decisions) == ["b", "c", "d"]
    assert decisions.plan().freed == 3 * files[0].bytes


def test_the_chosen_keeper_stays_and_the_proposed_one_goes(files: list[DuplicateMember]) -> None:
    decisions = Decisions([group(*files)])
    decisions.keep(0, files[2].id)
    decisions.toggle(0, files[3].id)
    decisions.accept(0)
    assert names(decisions) == ["a", "b"]
    (first, *_) = decisions.plan().steps
    assert (first.keeper, first.is_exact) == (files[2], True)


def _compared(verdict: str) -> Comparison:
    fields = {"similarity": 1.0, "distance": 0.0, "verdict": verdict, "inliers": 9}
    return Comparison.of({**fields, "transform": None})


def test_a_copy_goes_only_after_it_was_compared_with_what_is_kept(
    files: list[DuplicateMember],
) -> None:
    decisions = Decisions([group(*files, tier="copy")])
    decisions.keep(0, files[1].id)
    decisions.accept(0)
    assert names(decisions) == []
    keeper = files[1].id
    decisions.found(0, (keeper, files[0].id), _compared("same"))
    decisions.found(0, (keeper, files[2].id), _compared("probably"))
    decisions.found(0, (keeper, files[3].id), "it cannot be read")
    assert names(decisions) == ["a"]
    assert [each.fate for each in decisions.plan().staying] == [Fate.DIFFERENT] * 2


def test_what_only_looks_alike_never_goes(files: list[DuplicateMember]) -> None:
    decisions = Decisions([group(*files, tier="similar")])
    decisions.keep(0, files[1].id)
    decisions.accept(0)
    decisions.accept_rest()
    assert names(decisions) == []


@pytest.mark.parametrize("tier", ["exact", "copy"])
def test_what_has_changed_stays_and_without_its_keeper_all_does(
    files: list[DuplicateMember], tier: str
) -> None:
    decisions = Decisions([group(*files, tier=tier)])
    decisions.accept(0)
    os.utime(files[1].path, (1, 1))
    os.remove(files[2].path)
    decisions.look_at_decided()
    assert names(decisions) == ["d"]
    assert [each.fate for each in decisions.plan().staying] == [Fate.CHANGED, Fate.GONE]
    os.rename(files[0].path, files[0].path + ".new")
    os.symlink(files[0].path + ".new", files[0].path)
    decisions.look_at_decided()
    assert names(decisions) == []
    assert decisions.plan().staying[-1].fate is Fate.ALONE


def test_hard_links_to_what_is_kept_stay_whichever_that_is(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(b"content of a photo")
    os.link(tmp_path / "b", tmp_path / "c")
    found = [on_disk(str(tmp_path / name)) for name in "abc"]
    decisions = Decisions([group(*found)])
    decisions.accept(0)
    assert (names(decisions), decisions.plan().freed) == (["b", "c"], found[0].bytes)
    decisions.keep(0, found[1].id)
    assert names(decisions) == ["a"]
    decisions.undo(_refuse)
    decisions.toggle(0, found[2].id)
    assert (names(decisions), decisions.plan().freed) == (["b"], 0)


def _refuse(*paths: str) -> None:
    raise NotRunningError("imgsimd isn't running.")


def test_a_photo_that_the_user_keeps_in_one_group_goes_in_none(
    files: list[DuplicateMember],
) -> None:
    one, other, copy, _ = files
    decisions = Decisions([group(copy, one, tier="copy"), group(one, other)])
    decisions.accept_rest()
    assert names(decisions) == ["b", "a"], "each for one that stays: as the command line"
    decisions.keep(1, other.id)
    assert names(decisions) == ["a"]
    decisions.keep(0, one.id)
    assert names(decisions) == [], "each would go for the other"
    assert {each.fate for each in decisions.plan().staying} == {Fate.COMPARING, Fate.NEEDED}


def test_every_step_is_undone_also_with_the_daemon(files: list[DuplicateMember]) -> None:
    decisions = Decisions([group(*files[:2], tier="copy"), group(*files[2:])])
    told: list[tuple[str, ...]] = []
    decisions.apart(0, files[1].id, lambda *paths: told.append(paths))
    assert told == [(files[0].path, files[1].path)]
    assert decisions.case(0).choice.is_decided
    decisions.accept_rest()
    decisions.keep_all(1)
    assert names(decisions) == []
    assert decisions.undo(_refuse) == 1
    assert names(decisions) == ["d"]
    assert decisions.undo(_refuse) == 1
    with pytest.raises(NotRunningError):
        decisions.undo(_refuse)
    assert decisions.case(0).choice.apart
    assert decisions.undo(lambda *paths: told.append(paths)) == 0
    assert told[0] == told[1]
    assert not decisions.is_begun
    assert decisions.undo(_refuse) is None


def test_what_the_daemon_will_not_forget_does_not_hold_up_other_steps(
    files: list[DuplicateMember],
) -> None:
    def refuse(*paths: str) -> None:
        raise RequestError("unknown_picture", 404, f"{paths[0]} is not indexed.")

    decisions = Decisions([group(*files[:2]), group(*files[2:])])
    decisions.accept(0)
    decisions.apart(1, None, lambda *paths: None)
    with pytest.raises(RequestError, match="is not indexed"):
        decisions.undo(refuse)
    assert decisions.case(1).choice.apart
    assert decisions.undo(refuse) == 0


def test_a_large_group_is_too_much_to_remember_but_not_one_photo_of_it() -> None:
    many = [member(f"/nowhere/{n}.jpg") for n in range(101)]
    told: list[tuple[str, ...]] = []
    decisions = Decisions([group(*many), group(*many, tier="copy")])
    with pytest.raises(RequestError, match="101 photos"):
        decisions.apart(0, None, lambda *paths: told.append(paths))
    with pytest.raises(RequestError, match="Keep all"):
        decisions.apart(0, many[5].id, lambda *paths: told.append(paths))
    decisions.apart(1, many[5].id, lambda *paths: told.append(paths))
    assert told == [(many[0].path, many[5].path)]
    assert not decisions.case(1).choice.is_decided


def test_the_next_undecided_group_is_found_from_the_end_too() -> None:
    pairs: list[DuplicateGroup] = [group(member("/x/a"), member("/x/b")) for _ in range(3)]
    decisions = Decisions(pairs)
    decisions.keep_all(1)
    assert [decisions.undecided_after(n) for n in (-1, 0, 2)] == [0, 2, 0]
    decisions.keep_all(0)
    decisions.keep_all(2)
    assert decisions.undecided_after(0) is None
    assert Decisions([]).undecided_after(-1) is None


def test_a_search_that_has_failed_says_why_and_a_cancelled_one_stays_so() -> None:
    client = Client(Path("/nowhere"))
    searches = Searches(client)
    wish = WishForm().wish([])
    failed = searches.find_or_start(wish)
    assert until(lambda: failed.state is State.FAILED)
    assert "imgsimctl up" in str(failed.error)
    again = searches.find_or_start(wish)
    assert again.number != failed.number
    again.cancel()
    assert again.state in (State.CANCELLED, State.FAILED)
    for _ in range(10):
        searches.again(searches.latest()[0].number)
    assert until(lambda: all(each.state is not State.RUNNING for each in searches.latest()))
    searches.again(searches.latest()[0].number)
    assert len(searches.latest()) <= MOST_UNDECIDED + 1
