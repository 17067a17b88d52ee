"""The command `similar`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Annotated

import typer

from imgsimd.cli import asking, match_page, preview, render, terminal, verified
from imgsimd.cli.asking import Answered, Asking, Outcome
from imgsimd.cli.filter_options import (
    Camera,
    Format,
    Host,
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
    machines,
)
from imgsimd.cli.match_list import JsonDocument, MatchList, Paths, Show, Tables
from imgsimd.cli.match_page import Force, Html, Open
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.outcome_report import report
from imgsimd.cli.preview import Preview
from imgsimd.cli.question_options import (
    Clipboard,
    Collapse,
    Each,
    ExactOrder,
    IncludeSelf,
    Model,
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
    exact_order: ExactOrder = False,
    model: Model = None,
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
    hosts: Host = None,
    min_similarity: MinSimilarity = None,
    max_distance: MaxDistance = None,
    # How they are shown
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
    html: Html = None,
    force: Force = False,
    opens: Open = False,
    previews: Preview = None,
) -> None:
    """Find the photos that look like a picture, best first. Several count as one.

    Example: imgsimctl similar ~/Downloads/beach.jpg -k 5
    """
    about = asked_about(names or [], clipboard, weighted or [], unwanted or [], each)
    wanted = verified.wanted(same, verify, about)
    wanted["include_queries"] = include_self
    wanted["exact_order"] = exact_order
    if model is not None:
        wanted["model"] = model
    wanted |= machines(hosts or [], same, verify)
    wanted |= limits(min_similarity, max_distance)
    wanted |= conditions(since, until, formats, min_pixels, orientation, cameras)
    only_paths = wants_paths(as_json, as_paths, print0)
    is_table = not (only_paths or as_json)
    is_for_a_person = is_table and (terminal.is_there() or opens or html is not None)
    wanted["collapse"] = is_for_a_person if collapse is None else collapse
    asked = Asking(about, k, wanted)
    client = Client()
    wanted |= folders(client, under or [], not_under or [], hosts or [])
    page = match_page.wanted(client, html, force, opens, each, prints=not is_table)
    with page.written() if page else nullcontext() as stream:
        outcomes: Iterable[Outcome] = asking.ask(client, asked)
        if stream:
            outcomes = list(outcomes)
            stream.writelines(
                match_page.page(client, o) for o in outcomes if isinstance(o, Answered)
            )
    if page and page.is_printed:
        shown = MatchList()
    elif is_table:
        shown = Tables(each, _show(wanted), preview.wanted(client, previews))
    else:
        shown = _for_programs(only_paths, print0, each, wanted)
    try:
        report(outcomes, shown, each)
    except NothingFoundError as error:
        raise _with_what_was_left_out(error, client) from None


def _with_what_was_left_out(error: NothingFoundError, client: Client) -> NothingFoundError:
    """Nothing was found only among what could be looked at."""
    from imgsimd.cli import watched_folders  # rarely needed

    left_out = watched_folders.left_out(client)
    return NothingFoundError(f"{error} {left_out}") if left_out else error


def _show(wanted: Wanted) -> Show:
    if wanted.get("same"):
        return verified.copies
    return verified.matches if wanted.get("verify") else render.matches


def _for_programs(only_paths: bool, nul: bool, several: bool, wanted: Wanted) -> MatchList:
    if only_paths:
        return Paths(nul, only_sure=wanted.get("same", False))
    return JsonDocument(several)
