"""The command `similar`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Annotated

import typer

from imgsimd.cli import asking, ending, match_page, render, verified
from imgsimd.cli.asking import Answered, Asking, Outcome
from imgsimd.cli.match_list import JsonDocument, MatchList, Paths, Tables
from imgsimd.cli.match_page import Force, Html
from imgsimd.cli.options import AsJson, AsPaths, Print0, finite, wants_paths
from imgsimd.cli.question_options import Each, Names, Not, With, asked_about
from imgsimd.cli.verified import Same, Verify
from imgsimd.client import Client
from imgsimd.client.limits import MOST_MATCHES
from imgsimd.client.wanted import Wanted
from imgsimd.errors import BadPictureError, ImgsimdError, NothingFoundError

app = typer.Typer()


@app.command()
def similar(
    names: Names = None,
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_MATCHES, help="How many matches.")] = 10,
    each: Each = False,
    weighted: With = None,
    unwanted: Not = None,
    same: Same = False,
    verify: Verify = False,
    # Which photos may be matches
    max_distance: Annotated[
        float | None,
        typer.Option(
            min=0, callback=finite, metavar="D", help="Only matches at most this far away (0 to 2)."
        ),
    ] = None,
    # How they are shown
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
    html: Html = None,
    force: Force = False,
) -> None:
    """Find the photos that look like a picture, best first; several pictures count as one.

    Example: imgsimctl similar ~/Downloads/beach.jpg -k 5
    """
    about = asked_about(names or [], weighted or [], unwanted or [], each)
    wanted = Wanted(max_distance=max_distance, **verified.wanted(same, verify, about))
    asked = Asking(about, k, wanted)
    shown = _list(wants_paths(as_json, as_paths, print0), as_json, print0, asked)
    client = Client()
    output = match_page.output(client, html, force, each, prints=not isinstance(shown, Tables))
    with output.opened() if output else nullcontext() as page:
        outcomes: Iterable[Outcome] = asking.ask(client, asked)
        if page:
            outcomes = list(outcomes)
            page.writelines(match_page.page(client, o) for o in outcomes if isinstance(o, Answered))
    _tell(outcomes, MatchList() if output and output.is_stdout else shown)


def _list(only_paths: bool, as_json: bool, nul: bool, asked: Asking) -> MatchList:
    several, same = asked.about.each, asked.wanted.get("same", False)
    if only_paths:
        return Paths(nul, only_sure=same)
    if as_json:
        return JsonDocument(several)
    if same:
        return Tables(several, verified.copies)
    return Tables(several, verified.matches if asked.wanted.get("verify") else render.matches)


def _tell(outcomes: Iterable[Outcome], shown: MatchList) -> None:
    """Shows what came of the questions, and says which have no answer. Raises BadPictureError if a
    picture cannot be used, and NothingFoundError if nothing was found."""
    bad: list[ImgsimdError] = []
    none: list[ImgsimdError] = []
    is_found = False
    for outcome in outcomes:
        if isinstance(outcome, BadPictureError):
            _note_all_but_last(bad, outcome)
        elif not outcome.why_none:
            is_found = True
        else:
            _note_all_but_last(none, NothingFoundError(outcome.why_none))
        if isinstance(outcome, Answered):
            shown.add(outcome)
    shown.end()
    if none and (bad or is_found):
        ending.note(str(none[-1]))
    if bad or not is_found:
        raise (bad or none)[-1]


def _note_all_but_last(errors: list[ImgsimdError], error: ImgsimdError) -> None:
    """Says all errors on standard error but the last, which ends the command."""
    if errors:
        ending.note(str(errors[-1]))
    errors.append(error)
