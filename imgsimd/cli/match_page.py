"""The page that `imgsimctl similar --html` writes."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from imgsimd.cli import verified
from imgsimd.cli.asking import Answered
from imgsimd.cli.options import OUTPUT
from imgsimd.cli.output import Output
from imgsimd.client import Client, Picture
from imgsimd.errors import BadPictureError, RequestError

QUERY_PIXELS = 768
"""A query is shown twice as large as its matches."""
MOST_SHOWN = 100
"""How many of the pictures asked about are on a page."""

Html = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=OUTPUT,
        help="Write a page that shows the pictures; - prints it.",
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", rich_help_panel=OUTPUT, help="Replace FILE even if it is no page of imgsimd's."
    ),
]


def output(
    client: Client, html: str | None, force: bool, each: bool, prints: bool
) -> Output | None:
    """The file for the page; None if no page is wanted. `prints` says whether the matches are to
    be printed in a form for programs. Raises BadParameter."""
    if html is None:
        if force:
            raise typer.BadParameter("--force needs --html.")
        return None
    if each:
        raise typer.BadParameter("A page shows one question: leave out --each or --html.")

    def guarded() -> list[str]:
        running = client.status()
        own = [running.state_dir, os.path.dirname(running.config)]
        return [*own, *(root.path for root in running.roots)]

    from imgsimd.cli.page import MARK

    file = Output(html, "--html found.html", MARK.encode(), force, guarded)
    if file.is_stdout and prints:
        raise typer.BadParameter("--html - prints the page: leave out --json, --paths and -0.")
    return file


def page(client: Client, answered: Answered) -> bytes:
    """The page. If there is no thumbnail, such as when the file has just gone, the page shows
    none."""
    from imgsimd.cli import page

    pictures, result = answered.pictures, answered.result
    shown = [page.ShownQuery(p.name, _of_query(client, p)) for p in pictures[:MOST_SHOWN]]
    found = [
        page.ShownMatch(
            match.rank,
            match.path,
            _of_match(client, match.id),
            match.distance,
            match.similarity,
            match.alike.count if match.alike else 0,
            verified.in_words(match),
        )
        for match in result.matches
    ]
    return page.page(shown, found, result.model, len(pictures)).encode()


def _of_query(client: Client, picture: Picture) -> bytes | None:
    try:
        return client.thumbnail_of(picture, QUERY_PIXELS)
    except (BadPictureError, RequestError):
        return None


def _of_match(client: Client, image: int) -> bytes | None:
    try:
        return client.thumbnail(image)
    except (BadPictureError, RequestError):
        return None
