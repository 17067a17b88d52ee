"""Matches that were verified: the options that ask for it, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import cells, render, standard_error
from imgsimd.cli.cells import Number
from imgsimd.cli.question_options import AskedAbout
from imgsimd.client import Match, SimilarResult, copy_words
from imgsimd.client.wanted import Wanted

if TYPE_CHECKING:
    from imgsimd.cli.drawing import Thumbnails

Same = Annotated[
    bool, typer.Option("--same", help="Only photos that show this very picture, or probably do.")
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Say of each match whether it shows the very picture.")
]
CHANGES = "your picture is"
"""The header above what was done to a photo to make the picture."""


def wanted(same: bool, verify: bool, about: AskedAbout) -> Wanted:
    """What these options ask for. Raises typer.BadParameter where there is not one picture."""
    option = "--same" if same else "--verify"
    if (same or verify) and about.others:
        raise typer.BadParameter(f"{option} is about one picture: leave out --with and --not.")
    if (same or verify) and not about.each and len(about.pictures) > 1:
        raise typer.BadParameter(f"{option} is about one picture: add --each to ask for each.")
    return Wanted(same=True) if same else Wanted(verify=True) if verify else Wanted()


def why_none(result: SimilarResult) -> str:
    """Why none of the photos answers a question for the very picture; empty if one does."""
    why = copy_words.none_sure(result)
    if not why or result.matches or result.unverified:
        return why
    return f"{why} Without --same, those are found that look like it."


def copies(found: Sequence[Match], thumbnails: Thumbnails | None = None) -> None:
    """Print photos that show the very picture, the surest first."""
    rows = [
        (match.verdict or "", copy_words.changes(match), render.match_path(match))
        for match in found
    ]
    render.table(("verdict", CHANGES, "of"), rows, thumbnails)


def matches(found: Sequence[Match], thumbnails: Thumbnails | None = None) -> None:
    """Print matches, best first, with their verdicts."""
    headers = ("rank", "similarity", "distance", "verdict", CHANGES, "path")
    render.table(headers, list(map(_row, found)), thumbnails)
    if unverified := sum(match.verdict is None for match in found):
        standard_error.note(copy_words.not_verified(unverified))


def _row(match: Match) -> Sequence[object]:
    return (
        match.rank,
        cells.similarity(match.similarity),
        Number(f"{match.distance:.4f}"),
        match.verdict or "",
        copy_words.changes(match),
        render.match_path(match),
    )
