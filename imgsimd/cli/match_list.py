"""How the answers of `imgsimctl similar` are printed: as tables, as paths, or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from imgsimd.cli import render
from imgsimd.cli.asking import Answered
from imgsimd.client import Match

if TYPE_CHECKING:
    from imgsimd.cli.drawing import Thumbnails
    from imgsimd.cli.preview import Previews

Show: TypeAlias = Callable[[Sequence[Match], "Thumbnails | None"], None]
MOST_SHOWN = 3
"""How many of several pictures that count as one question are shown above its matches."""


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
    picture. `show` prints the matches of one answer, beside thumbnails if there are previews."""

    def __init__(self, several: bool, show: Show, previews: Previews | None = None) -> None:
        self._several = several
        self._show = show
        self._previews = previews
        self._is_first = True

    def add(self, answered: Answered) -> None:
        if not answered.result.matches:
            return
        if self._several and not self._is_first:
            print()
        self._is_first = False
        if self._previews:
            self._add_beside(self._previews, answered)
        else:
            if self._several:
                render.heading(answered.pictures[0].name)
            self._show(answered.result.matches, None)

    def _add_beside(self, previews: Previews, answered: Answered) -> None:
        """Shows the pictures that were asked about, too."""
        found = sorted(answered.result.matches, key=lambda match: match.rank)
        asked = answered.pictures[:MOST_SHOWN]
        with previews.of([*asked, *(match.id for match in found)]) as thumbnails:
            for picture in asked:
                render.heading(picture.name, thumbnails)
            if more := len(answered.pictures) - len(asked):
                print(f"and {more:,} more\n")
            self._show(found, thumbnails)


class Paths(MatchList):
    """The path of each match; each only once; `HOST:/path` where another machine has it. If
    `only_sure`, not of those that only probably show the very picture, which could not be told from
    the others."""

    def __init__(self, nul: bool, only_sure: bool) -> None:
        self._nul = nul
        self._only_sure = only_sure
        self._printed: set[str] = set()

    def add(self, answered: Answered) -> None:
        matches = answered.result.matches
        paths = [m.place for m in matches if m.verdict == "same" or not self._only_sure]
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
            models = {answered.result.model for answered in self._answers}
            model = models.pop() if len(models) == 1 else None  # it was changed in between
            render.as_json({"model": model, "answers": list(map(_answer, self._answers))})
        else:
            for answered in self._answers:
                render.as_json(_answer(answered))


def _answer(answered: Answered) -> Mapping[str, object]:
    names = [picture.name for picture in answered.pictures]
    result = answered.result
    return {
        "model": result.model,
        "queries": names,
        "matches": result.json["matches"],
        "reranked": result.is_reranked,
        "weak": result.is_weak,
        "unverified": result.unverified,
        "embedded": result.embedded,
        "of": result.searchable,
        "local_only": result.is_local_only,
        "trouble": result.trouble,
    }
