"""How the answers of `imgsimctl similar` are printed: as tables, as paths, or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from imgsimd.cli import render
from imgsimd.cli.asking import Answered
from imgsimd.client import Match

Show: TypeAlias = Callable[[Sequence[Match]], None]


class MatchList:
    """What is printed on standard output, answer by answer: nothing, if it is not one of those
    below."""

    tells_weakness = False
    """Whether it says which answers are weak."""

    def add(self, answered: Answered) -> None:
        """Takes the next answer."""

    def end(self) -> None:
        """There are no more answers."""


class Tables(MatchList):
    """A table for each answer that has matches; where there may be several, below the name of the
    picture. `show` prints the matches of one answer."""

    def __init__(self, several: bool, show: Show) -> None:
        self._several = several
        self._show = show
        self._is_first = True

    def add(self, answered: Answered) -> None:
        if not answered.result.matches:
            return
        if self._several:
            if not self._is_first:
                print()
            render.heading(answered.pictures[0].name)
            self._is_first = False
        self._show(answered.result.matches)


class Paths(MatchList):
    """The path of each match; each only once. If `only_sure`, not of those that only probably show
    the very picture, which could not be told from the others."""

    def __init__(self, nul: bool, only_sure: bool) -> None:
        self._nul = nul
        self._only_sure = only_sure
        self._printed: set[str] = set()

    def add(self, answered: Answered) -> None:
        matches = answered.result.matches
        paths = [m.path for m in matches if m.verdict == "same" or not self._only_sure]
        new = [path for path in dict.fromkeys(paths) if path not in self._printed]
        self._printed.update(new)
        render.paths(new, self._nul)


class JsonDocument(MatchList):
    """One object: that of the answer or, where there may be several, one with all of them."""

    tells_weakness = True

    def __init__(self, several: bool) -> None:
        self._several = several
        self._answers: list[Answered] = []

    def add(self, answered: Answered) -> None:
        self._answers.append(answered)

    def end(self) -> None:
        if self._several:
            model = self._answers[0].result.model if self._answers else None
            render.as_json({"model": model, "answers": list(map(_answer, self._answers))})
        else:
            for answered in self._answers:
                render.as_json({"model": answered.result.model, **_answer(answered)})


def _answer(answered: Answered) -> Mapping[str, object]:
    names = [picture.name for picture in answered.pictures]
    result = answered.result
    return {
        "queries": names,
        "matches": result.json["matches"],
        "weak": result.is_weak,
        "unverified": result.unverified,
    }
