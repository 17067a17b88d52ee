"""What `imgsimctl similar` asks the daemon, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imgsimd.cli import ending
from imgsimd.cli.named_pictures import PictureStream
from imgsimd.client import Client, Picture, Question, SimilarResult
from imgsimd.client.wanted import Wanted
from imgsimd.words import counted


@dataclass(frozen=True, slots=True)
class Asking:
    """What the user wants to know."""

    pictures: Sequence[Picture]
    k: int
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Answered:
    """Pictures that were asked about as one, and what was found."""

    pictures: Sequence[Picture]
    result: SimilarResult
    why_none: str = ""
    """A sentence, if nothing was found."""


def ask(client: Client, asking: Asking) -> Iterator[Answered]:
    """The answers, one after another. Raises BadPictureError."""
    pictures = asking.pictures
    if len(pictures) > 1:
        ending.note(_counts_as_one(len(pictures)))
    _receive(client, pictures)
    question = client.question(*pictures)
    result = question.ask(asking.k, **asking.wanted)
    yield Answered(pictures, result, "" if result.matches else _nothing(question, asking.wanted))


def _receive(client: Client, pictures: Sequence[Picture]) -> None:
    """Receives the pictures that come through pipes. Raises BadPictureError."""
    streams = [picture for picture in pictures if isinstance(picture, PictureStream)]
    most = client.status().max_bytes if streams else 0
    for stream in streams:
        stream.receive(most)


def _counts_as_one(number: int) -> str:
    each = 'for p in *.jpg; do imgsimctl similar "$p"; done'
    return f"{counted(number, 'picture')} count as one, their mean. To ask for each: {each}"


def _nothing(question: Question, wanted: Wanted) -> str:
    """Why nothing was found."""
    most = wanted.get("max_distance")
    nearest = () if most is None else question.ask(1).matches
    if most is None or not nearest:
        return "Nothing found: `imgsimctl status` shows what is searchable."
    distance = nearest[0].distance
    digits = 2 if round(distance, 2) > most else 4
    return f"Nothing within {most:g}; the nearest is at {distance:.{digits}f}."
