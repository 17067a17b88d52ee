"""What `imgsimctl similar` asks the daemon, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from imgsimd.cli import standard_error, verified, why_none
from imgsimd.cli.named_pictures import Named, PictureStream
from imgsimd.cli.question_options import AskedAbout
from imgsimd.client import Client, Picture, Question, SimilarResult, Weighted
from imgsimd.client.wanted import Wanted
from imgsimd.errors import BadPictureError, BadPicturesError
from imgsimd.words import counted


@dataclass(frozen=True, slots=True)
class Asking:
    """What the user wants to know."""

    about: AskedAbout
    k: int
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Answered:
    """Pictures that matches should look like, and what was found."""

    pictures: Sequence[Picture]
    result: SimilarResult
    why_none: str = ""
    """A sentence, if nothing was found."""


Outcome: TypeAlias = Answered | BadPictureError
"""What came of a question."""


def ask(client: Client, asking: Asking) -> Iterator[Outcome]:
    """What came of each question, one after another: a single one, unless each picture is asked
    about on its own. Raises BadPictureError where nothing can be asked."""
    about, received = asking.about, Receiver(client).received
    if about.each:
        yield from _each(client, asking, [received(picture) for picture in about.pictures])
    else:
        pictures = _readable([received(picture) for picture in about.pictures + about.others])
        if len(about.pictures) > 1:
            standard_error.note(_counts_as_one(len(about.pictures)))
        yield _one(client, asking, pictures)


def _one(client: Client, asking: Asking, pictures: Sequence[Picture]) -> Answered:
    """The answer to the question about all these pictures. Raises BadPictureError."""
    weights = [1.0] * len(asking.about.pictures) + asking.about.weights
    weighted = list(map(Weighted, pictures, weights))
    try:
        question = client.question(*weighted)
        result = question.ask(asking.k, **asking.wanted)
    except BadPicturesError as error:
        raise _nothing_asked(error.errors, pictures) from error
    except BadPictureError as error:
        raise _nothing_asked([error], pictures) from error
    shown = [picture for picture, weight in zip(pictures, weights, strict=True) if weight > 0]
    if result.matches and not asking.wanted.get("same"):
        return Answered(shown, result)
    return Answered(shown, result, _why_none(question, result, asking.wanted))


def _why_none(question: Question, result: SimilarResult, wanted: Wanted) -> str:
    """Why nothing was found; empty if something was."""
    if not wanted.get("same"):
        return why_none.sentence(question, wanted)
    unmet = "" if result.matches else why_none.of_filter(question, wanted)
    return unmet or verified.why_none(result)


def _each(client: Client, asking: Asking, pictures: Sequence[Named]) -> Iterator[Outcome]:
    """What came of the question about each of these pictures, in their order."""
    others = _readable([Receiver(client).received(other) for other in asking.about.others])
    results = client.similar_to_each(
        *(picture for picture in pictures if isinstance(picture, Picture)),
        others=list(map(Weighted, others, asking.about.weights)),
        k=asking.k,
        **asking.wanted,
    )
    unmet: str | None = None  # the same for all of them
    for picture in pictures:
        result = next(results) if isinstance(picture, Picture) else picture
        if isinstance(picture, Picture) and isinstance(result, SimilarResult):
            if unmet is None and not result.matches:
                unmet = why_none.unmet(client.question(picture), asking.wanted)
            none = unmet if unmet and not result.matches else ""
            yield Answered([picture], result, none or _none_for(picture, result, asking.wanted))
        elif isinstance(result, BadPictureError):
            yield result


class Receiver:
    """Receives the pictures that come through pipes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._most: int | None = None

    def received(self, picture: Named) -> Named:
        """The picture, or why it could not be received."""
        if not isinstance(picture, PictureStream):
            return picture
        if self._most is None:
            self._most = self._client.status().max_bytes
        try:
            picture.receive(self._most)
        except BadPictureError as error:
            return error
        return picture


def _readable(named: Sequence[Named]) -> list[Picture]:
    """All of them, if all are pictures. Raises BadPictureError."""
    if bad := [picture for picture in named if isinstance(picture, BadPictureError)]:
        raise _nothing_asked(bad, named)
    return [picture for picture in named if isinstance(picture, Picture)]


def _nothing_asked(bad: Sequence[BadPictureError], pictures: Sequence[Named]) -> BadPictureError:
    """The error for a question that some of its pictures prevent. Says which these are, if they are
    several."""
    if len(pictures) == 1:
        return bad[0]
    for error in bad:
        standard_error.note(str(error))
    return BadPicturesError(
        bad,
        f"Nothing was asked: {len(bad):,} of {counted(len(pictures), 'picture')} cannot be used. "
        "Leave them out; with --each, they don't stop the others.",
    )


def _counts_as_one(number: int) -> str:
    return f"{counted(number, 'picture')} count as one, their mean. --each asks for each of them."


def _none_for(picture: Picture, result: SimilarResult, wanted: Wanted) -> str:
    """Why nothing was found for this picture, one of several; empty if something was."""
    if wanted.get("same") and (why := verified.why_none(result)):
        return f"{picture.name}: {why}"
    return "" if result.matches else f"Nothing found for {picture.name}."
