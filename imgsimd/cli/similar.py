"""The command `similar`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from imgsimd.cli import asking, match_list, match_page, named_pictures
from imgsimd.cli.asking import Asking
from imgsimd.cli.match_list import Form
from imgsimd.cli.match_page import Force, Html
from imgsimd.cli.options import AsJson, AsPaths, Print0, finite, wants_paths
from imgsimd.client import Client
from imgsimd.client.limits import MOST_MATCHES
from imgsimd.client.wanted import Wanted
from imgsimd.errors import NothingFoundError

app = typer.Typer()


@app.command()
def similar(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...", help="Picture files; - reads one from standard input."
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_MATCHES, help="How many matches.")] = 10,
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
    form = Form(as_json, wants_paths(as_json, as_paths, print0), print0)
    wanted = Wanted(max_distance=max_distance)
    client = Client()
    output = match_page.output(client, html, force, prints=not form.is_table)
    asked = Asking(named_pictures.named(names), k, wanted)
    with output.opened() if output else nullcontext() as page:
        answers = list(asking.ask(client, asked))
        if page:
            page.write(match_page.page(client, answers[0]))
    if not (output and output.is_stdout):
        match_list.show(answers, form)
    if not any(answered.result.matches for answered in answers):
        raise NothingFoundError(answers[0].why_none)
