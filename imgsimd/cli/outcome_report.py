"""Shows what came of the questions of `imgsimctl similar`, and says on standard error which have no
answer, and which a weak one.

Where there are several questions and a program reads the answers, it is only said how many have
none, or a weak one: these may be hundreds, and the JSON tells which they are. Pictures that cannot
be used are always named.
"""

from __future__ import annotations

from collections.abc import Iterable

from imgsimd.cli import standard_error, terminal
from imgsimd.cli.asking import Answered, Outcome
from imgsimd.cli.match_list import MatchList
from imgsimd.client import SimilarResult
from imgsimd.errors import BadPictureError, BadPicturesError, ImgsimdError, NothingFoundError
from imgsimd.words import counted, printable


def report(outcomes: Iterable[Outcome], shown: MatchList, several: bool) -> None:
    """Shows all outcomes. `several` says whether there may be more than one.

    Raises BadPictureError if a picture cannot be used, and NothingFoundError if nothing was found.
    """
    told = _Report(shown, several)
    for outcome in outcomes:
        told.add(outcome)
    told.end()


class _Report:
    def __init__(self, shown: MatchList, several: bool) -> None:
        self._shown = shown
        self._tells_each = not several or terminal.is_there()
        self._bad: list[BadPictureError] = []
        """The pictures that cannot be used: all but the last were said, and this ends the command.
        """
        self._none: ImgsimdError | None = None
        """The last that has no answer: so it is with it."""
        self._reasons = set[str]()
        """Why there is no answer: a filter may be the reason for all pictures."""
        self._answers = self._nones = self._weak = 0
        self._missing = ""
        """Why other machines' photos are missing, if they are."""
        self._coverage = ""
        """How far the model is that was asked, if it has not seen all."""

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, BadPictureError):
            _note(self._bad[-1] if self._bad else None)
            self._bad.append(outcome)
            return
        self._answers += 1
        self._coverage = _coverage(outcome.result)
        self._missing = self._missing or _missing(outcome.result)
        self._shown.add(outcome)
        if outcome.why_none:
            self._add_none(outcome)
        elif outcome.result.is_weak and not self._shown.tells_weakness:
            self._weak += 1
            if self._tells_each:
                standard_error.note(_weakness(outcome))

    def _add_none(self, answered: Answered) -> None:
        self._nones += 1
        self._reasons.add(answered.why_none)
        if self._tells_each and len(self._reasons) > 1:
            _note(self._none)
        self._none = NothingFoundError(answered.why_none)

    def end(self) -> None:
        """Says how many answers are weak, or empty. Raises the error that ends the command."""
        self._shown.end()
        for note in filter(None, (self._missing, self._coverage)):
            standard_error.note(note)
        pictures = counted(self._answers, "picture")
        if self._weak and not self._tells_each:
            standard_error.note(f"Nothing close to {self._weak:,} of {pictures}.")
        if not self._bad and self._nones == self._answers and self._none:
            is_told = self._tells_each or len(self._reasons) == 1
            raise self._none if is_told else NothingFoundError(f"Nothing found for {pictures}.")
        if self._tells_each:
            _note(self._none)
        elif self._nones:
            standard_error.note(f"Nothing found for {self._nones:,} of {pictures}.")
        if self._bad:
            *earlier, last = self._bad
            raise BadPicturesError(self._bad, str(last)) if earlier else last


def _note(error: ImgsimdError | None) -> None:
    if error:
        standard_error.note(str(error))


def _coverage(result: SimilarResult) -> str:
    """How far the model is, if it has not seen all that is searchable."""
    seen, photos = result.embedded, result.searchable
    if seen is None or photos is None or seen >= photos:
        return ""
    return f"Of {counted(photos, 'photo')}, {printable(result.model)} has seen {seen:,}."


def _missing(result: SimilarResult) -> str:
    """That other machines' photos were not searched, and why."""
    if not result.is_local_only:
        return ""
    return f"Only this machine's photos were searched. {result.trouble or ''}".rstrip()


def _weakness(answered: Answered) -> str:
    """Where several answers are shown, each follows the name of its picture."""
    return f"Nothing close; the best is {100 * answered.result.matches[0].similarity:.0f} %."
