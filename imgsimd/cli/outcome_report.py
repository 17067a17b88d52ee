"""Shows what came of the questions of `imgsimctl similar`, and says which have no answer."""

from __future__ import annotations

from collections.abc import Iterable

from imgsimd.cli import ending
from imgsimd.cli.asking import Answered, Outcome
from imgsimd.cli.match_list import MatchList
from imgsimd.errors import BadPictureError, ImgsimdError, NothingFoundError


def report(outcomes: Iterable[Outcome], shown: MatchList, several: bool) -> None:
    """Shows the answers; says on standard error which pictures cannot be used, for which nothing
    was found, and which answers are weak. `several`: whether there may be more than one question.

    Raises BadPictureError if a picture cannot be used, and NothingFoundError if nothing was found.
    """
    bad, none = _Errors(), _Errors()
    is_found = False
    for outcome in outcomes:
        if isinstance(outcome, BadPictureError):
            bad.add(outcome)
            continue
        shown.add(outcome)
        if outcome.why_none:
            none.add(NothingFoundError(outcome.why_none))
            continue
        is_found = True
        if outcome.result.is_weak and not shown.tells_weakness:
            ending.note(_weakness(outcome, several))
    shown.end()
    if bad or is_found:
        none.tell()
    (bad if bad else none).end()


class _Errors:
    """Errors of one kind, in the order in which they come. The last one ends the command."""

    def __init__(self) -> None:
        self._last: ImgsimdError | None = None

    def __bool__(self) -> bool:
        return self._last is not None

    def add(self, error: ImgsimdError) -> None:
        self.tell()
        self._last = error

    def tell(self) -> None:
        """Says the last one, unless it was said."""
        if self._last:
            ending.note(str(self._last))
        self._last = None

    def end(self) -> None:
        """Raises the last one, unless it was said."""
        if self._last:
            raise self._last


def _weakness(answered: Answered, several: bool) -> str:
    nothing = f"{answered.pictures[0].name}: nothing" if several else "Nothing"
    best = answered.result.matches[0].similarity
    return f"{nothing} close; the best is {100 * best:.0f} %."
