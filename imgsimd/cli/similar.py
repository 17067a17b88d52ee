"""The command `similar`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Annotated

import typer

from imgsimd.cli import asking, match_page, render, terminal, verified
from imgsimd.cli.asking import Answered, Asking, Outcome
from imgsimd.cli.filter_options import (
    Camera,
    Format,
    MaxDistance,
    MinPixels,
    MinSimilarity,
    NotUnder,
    Shape,
    Since,
    Under,
    Until,
    conditions,
    folders,
    limits,
)
from imgsimd.cli.match_list import JsonDocument, MatchList, Paths, Tables
from imgsimd.cli.match_page import Force, Html, Open
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.outcome_report import report
from imgsimd.cli.question_options import (
    Clipboard,
    Collapse,
    Each,
    IncludeSelf,
    Names,
    Not,
    With,
    asked_about,
)
from imgsimd.cli.verified import Same, Verify
from imgsimd.client import Client
from imgsimd.client.limits import MOST_MATCHES
from imgsimd.client.wanted import Wanted
from imgsimd.errors import NothingFoundError

app = typer.Typer()


@app.command()
def similar(
    names: Names = None,
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_MATCHES, help="How many matches.")] = 10,
    each: Each = False,
    clipboard: Clipboard = False,
    weighted: With = None,
    unwanted: Not = None,
    collapse: Collapse = None,
    same: Same = False,
    verify: Verify = False,
    # Which photos may be matches
    include_self: IncludeSelf = False,
    under: Under = None,
    not_under: NotUnder = None,
    since: Since = None,
    until: Until = None,
    formats: Format = None,
    min_pixels: MinPixels = None,
    orientation: Shape = None,
    cameras: Camera = None,
    min_similarity: MinSimilarity = None,
    max_distance: MaxDistance = None,
    # How they are shown
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
    html: Html = None,
    force: Force = False,
    opens: Open = False,
) -> None:
    """Find the photos that look like a picture, best first. Several count as one.

    Example: imgsimctl similar ~/Downloads/beach.jpg -k 5
    """
    about = asked_about(names or [], clipboard, weighted or [], unwanted or [], each)
    wanted = verified.wanted(same, verify, about)
    wanted["include_queries"] = include_self
    wanted |= limits(min_similarity, max_distance)
    wanted |= conditions(since, until, formats, min_pixels, orientation, cameras)
    shown = _list(wants_paths(as_json, as_paths, print0), as_json, print0, each, wanted)
    is_for_a_person = isinstance(shown, Tables) and (
        terminal.is_there() or opens or html is not None
    )
    wanted["collapse"] = is_for_a_person if collapse is None else collapse
    asked = Asking(about, k, wanted)
    client = Client()
    wanted |= folders(client, under or [], not_under or [])
    prints = not isinstance(shown, Tables)
    page = match_page.wanted(client, html, force, opens, each, prints)
    with page.written() if page else nullcontext() as stream:
        outcomes: Iterable[Outcome] = asking.ask(client, asked)
        if stream:
            outcomes = list(outcomes)
            stream.writelines(
                match_page.page(client, o) for o in outcomes if isinstance(o, Answered)
            )
    try:
        report(outcomes, MatchList() if page and page.is_printed else shown, each)
    except NothingFoundError as error:
        raise _with_what_was_left_out(error, client) from None


def _with_what_was_left_out(error: NothingFoundError, client: Client) -> NothingFoundError:
    """Nothing was found only among what could be looked at."""
    from imgsimd.cli import watched_folders  # rarely needed

    left_out = watched_folders.left_out(client)
    return NothingFoundError(f"{error} {left_out}") if left_out else error


def _list(only_paths: bool, as_json: bool, nul: bool, several: bool, wanted: Wanted) -> MatchList:
    same = wanted.get("same", False)
    if only_paths:
        return Paths(nul, only_sure=same)
    if as_json:
        return JsonDocument(several)
    if same:
        return Tables(several, verified.copies)
    return Tables(several, verified.matches if wanted.get("verify") else render.matches)
