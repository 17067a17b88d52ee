"""The options of `similar` that say which photos may be matches."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import typer

from imgsimd.cli import candidates
from imgsimd.cli.options import finite
from imgsimd.client import Client, user_paths
from imgsimd.client.wanted import ORIENTATIONS, Orientation, Wanted
from imgsimd.errors import ConfigError
from imgsimd.words import printable

_PANEL = "Only some photos"
_MULTIPLES = {"": 1, "k": 10**3, "m": 10**6, "mp": 10**6, "megapixels": 10**6}
MOST_PIXELS = 10**12

Under = Annotated[
    list[str] | None,
    typer.Option(
        "--under",
        metavar="DIR",
        rich_help_panel=_PANEL,
        help="Only photos in this folder.",
        autocompletion=candidates.roots_and_below,
    ),
]
NotUnder = Annotated[
    list[str] | None,
    typer.Option(
        "--not-under",
        metavar="DIR",
        rich_help_panel=_PANEL,
        help="No photos in this folder.",
        autocompletion=candidates.roots_and_below,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="WHEN",
        rich_help_panel=_PANEL,
        help='Taken then or later: 2021, 2021-05, "2 weeks ago".',
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", rich_help_panel=_PANEL, help="Taken then or before."),
]
Format = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME",
        autocompletion=candidates.formats,
        rich_help_panel=_PANEL,
        help="Of this format, as jpg, heic, raw or nef.",
    ),
]
MinPixels = Annotated[
    str | None,
    typer.Option(
        "--min-pixels",
        metavar="N",
        rich_help_panel=_PANEL,
        help="Of so many pixels or more: 12M, 4000x3000.",
    ),
]
Shape = Annotated[
    str | None,
    typer.Option(
        "--orientation",
        metavar="SHAPE",
        autocompletion=candidates.orientations,
        rich_help_panel=_PANEL,
        help="landscape, portrait or square.",
    ),
]
Camera = Annotated[
    list[str] | None,
    typer.Option(
        "--camera",
        metavar="TEXT",
        rich_help_panel=_PANEL,
        help="With TEXT in the camera's maker or model.",
    ),
]
Host = Annotated[
    list[str] | None,
    typer.Option(
        "--host",
        metavar="NAME",
        rich_help_panel=_PANEL,
        help="On this machine, of those that share the gallery.",
    ),
]
MinSimilarity = Annotated[
    str | None,
    typer.Option(
        "--min-similarity",
        metavar="S",
        rich_help_panel=_PANEL,
        help="At least so similar: 80% or 0.8.",
    ),
]
MaxDistance = Annotated[
    float | None,
    typer.Option(
        "--max-distance",
        min=0,
        callback=finite,
        metavar="D",
        rich_help_panel=_PANEL,
        help="At most so far away (0 to 2).",
    ),
]


def limits(min_similarity: str | None, max_distance: float | None) -> Wanted:
    """How near a match must be. Raises typer.BadParameter."""
    least = None if min_similarity is None else similarity(min_similarity)
    return Wanted(max_distance=max_distance, min_similarity=least)


def machines(hosts: Sequence[str], same: bool, verify: bool) -> Wanted:
    """Whose photos may be matches. Raises typer.BadParameter where only this machine's can be."""
    if not hosts:
        return Wanted()
    if same or verify:
        option = "--same" if same else "--verify"
        raise typer.BadParameter(
            f"{option} opens the photos, and so finds only this machine's: leave out --host, or "
            "ask on that machine."
        )
    return Wanted(hosts=hosts)


def conditions(
    since: str | None,
    until: str | None,
    formats: Sequence[str] | None,
    min_pixels: str | None,
    orientation: str | None,
    cameras: Sequence[str] | None,
) -> Wanted:
    """What else is demanded of a match. Raises typer.BadParameter for a value that cannot be
    understood."""
    now = datetime.now()
    first = None if since is None else _when("--since", since, now)[0]
    end = None if until is None else _when("--until", until, now)[1]
    if first and end and first >= end:
        raise typer.BadParameter("--since is later than --until: no photo is from between them.")
    return Wanted(
        since=first,
        until=end,
        formats=list(_formats(formats or ())),
        min_pixels=None if min_pixels is None else pixels(min_pixels),
        orientation=None if orientation is None else _shape(orientation),
        cameras=list(map(_camera, cameras or ())),
    )


def folders(
    client: Client, under: Sequence[str], not_under: Sequence[str], hosts: Sequence[str]
) -> Wanted:
    """Where a match must lie. Raises ConfigError for a folder that is not watched; with `hosts`,
    only for a path that is not whole, as nobody here knows their folders."""
    if not under and not not_under:
        return Wanted()
    if hosts:
        inside, outside = (list(map(user_paths.whole, texts)) for texts in (under, not_under))
    else:
        status = client.status()
        try:
            inside = [user_paths.watched_folder(text, status.roots) for text in under]
            outside = [user_paths.watched_folder(text, status.roots) for text in not_under]
        except ConfigError as error:
            if status.shared is None:
                raise
            raise ConfigError(f"{error} For a folder of another machine, add --host.") from error
    if "/" in outside:
        raise typer.BadParameter("--not-under / leaves no photo: name a folder.")
    return Wanted(under=[] if "/" in inside else inside, not_under=outside)


def similarity(text: str) -> float:
    """`80%`, `80` or `0.8`, as a number from 0 to 1. Raises typer.BadParameter."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*(%?)", text.strip(), re.ASCII)
    number = float(found[1]) if found else math.nan
    if found and (found[2] or number > 1):
        number /= 100
    if not 0 <= number <= 1:
        raise typer.BadParameter(
            f"--min-similarity takes a share such as 80% or 0.8, not {printable(text)}."
        )
    return number


def pixels(text: str) -> int:
    """`12000000`, `12M` or `4000x3000`, as a number. Raises typer.BadParameter."""
    plain = re.sub(r"[\s_,]", "", text.lower()).replace("\N{MULTIPLICATION SIGN}", "x")
    sides = re.fullmatch(r"(\d{1,9})[x*](\d{1,9})", plain, re.ASCII)
    if sides:
        number = float(int(sides[1]) * int(sides[2]))
    else:
        found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)([a-z]*)", plain, re.ASCII)
        number = float(found[1]) * _MULTIPLES.get(found[2], 0) if found else 0
    if not 1 <= number <= MOST_PIXELS:
        raise typer.BadParameter(
            f"--min-pixels takes a number such as 12000000, 12M or 4000x3000, not "
            f"{printable(text)}."
        )
    return math.ceil(number)


def _when(option: str, text: str, now: datetime) -> tuple[datetime, datetime]:
    from imgsimd import dates

    try:
        return dates.interval(text, now)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {printable(str(error))}") from None


def _formats(texts: Sequence[str]) -> Iterator[str]:
    from imgsimd import file_kinds

    names = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    if texts and not names:
        raise typer.BadParameter("--format takes the name of a format, such as jpg or heic.")
    for name in names:
        try:
            file_kinds.named(name)
        except ValueError as error:
            raise typer.BadParameter(f"--format: {error}") from None
        yield name


def _shape(text: str) -> Orientation:
    for shape in ORIENTATIONS:
        if shape == text.strip().lower():
            return shape
    raise typer.BadParameter(
        f"--orientation takes landscape, portrait or square, not {printable(text)}."
    )


def _camera(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("--camera takes a part of the maker's or the model's name.")
    return text
