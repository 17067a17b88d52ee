"""The command `similar`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated

import typer

from imgsimd.cli import ending, named_pictures, render
from imgsimd.cli.named_pictures import PictureStream
from imgsimd.cli.options import AsJson, AsPaths, Print0, finite, wants_paths
from imgsimd.cli.output import Output
from imgsimd.client import Client, Picture, Question, SimilarResult
from imgsimd.client.limits import MOST_MATCHES
from imgsimd.errors import BadPictureError, NothingFoundError, RequestError
from imgsimd.words import counted

app = typer.Typer()

QUERY_PIXELS = 768
"""A query is shown twice as large as its matches."""
MOST_SHOWN = 100
"""How many of the pictures asked about are on a page."""


@app.command()
def similar(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...", help="Picture files; - reads one from standard input."
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_MATCHES, help="How many matches.")] = 10,
    max_distance: Annotated[
        float | None,
        typer.Option(
            min=0, callback=finite, metavar="D", help="Only matches at most this far away (0 to 2)."
        ),
    ] = None,
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write a page that shows the pictures; - prints it."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace FILE even if it is no page of imgsimd's.")
    ] = False,
) -> None:
    """Find the photos that look like a picture, best first; several pictures count as one.

    Example: imgsimctl similar ~/Downloads/beach.jpg -k 5
    """
    client = Client()
    only_paths = wants_paths(as_json, as_paths, print0)
    output = _output(client, html, force, as_json or only_paths)
    asked = named_pictures.named(names)
    with output.opened() if output else nullcontext() as stream:
        if len(asked) > 1:
            ending.note(_counts_as_one(len(asked)))
        _receive(client, asked)
        question = client.question(*asked)
        answer = question.ask(k, max_distance)
        if stream:
            stream.write(_page(client, asked, answer))
    if as_json:
        render.as_json(_json(asked, answer))
    elif only_paths:
        render.paths((match.path for match in answer.matches), print0)
    elif not (output and output.is_stdout):
        render.matches(answer.matches)
    if not answer.matches:
        raise NothingFoundError(_nothing(question, max_distance))


def _output(client: Client, html: str | None, force: bool, prints: bool) -> Output | None:
    """The file for the page; None if no page is wanted. Raises BadParameter."""
    if html is None:
        if force:
            raise typer.BadParameter("--force needs --html.")
        return None

    def guarded() -> list[str]:
        running = client.status()
        own = [running.state_dir, os.path.dirname(running.config)]
        return [*own, *(root.path for root in running.roots)]

    from imgsimd.cli.page import MARK

    output = Output(html, "--html found.html", MARK.encode(), force, guarded)
    if output.is_stdout and prints:
        raise typer.BadParameter("--html - prints the page: leave out --json, --paths and -0.")
    return output


def _receive(client: Client, asked: Sequence[Picture]) -> None:
    """Receives the pictures that come through pipes. Raises BadPictureError."""
    streams = [picture for picture in asked if isinstance(picture, PictureStream)]
    most = client.status().max_bytes if streams else 0
    for stream in streams:
        stream.receive(most)


def _json(asked: Sequence[Picture], answer: SimilarResult) -> dict[str, object]:
    names = [picture.name for picture in asked]
    return {"model": answer.model, "queries": names, "matches": answer.json["matches"]}


def _counts_as_one(number: int) -> str:
    each = 'for p in *.jpg; do imgsimctl similar "$p"; done'
    return f"{counted(number, 'picture')} count as one, their mean. To ask for each: {each}"


def _nothing(question: Question, max_distance: float | None) -> str:
    """Why nothing was found."""
    nearest = () if max_distance is None else question.ask(1).matches
    if max_distance is None or not nearest:
        return "Nothing found: `imgsimctl status` shows what is searchable."
    distance = nearest[0].distance
    digits = 2 if round(distance, 2) > max_distance else 4
    return f"Nothing within {max_distance:g}; the nearest is at {distance:.{digits}f}."


def _page(client: Client, asked: Sequence[Picture], answer: SimilarResult) -> bytes:
    """The page. If there is no thumbnail, such as when the file has just gone, the page shows
    none."""
    from imgsimd.cli import page

    shown = [page.ShownQuery(p.name, _of_query(client, p)) for p in asked[:MOST_SHOWN]]
    found = [
        page.ShownMatch(
            match.rank,
            match.path,
            _of_match(client, match.id),
            match.distance,
            match.similarity,
        )
        for match in answer.matches
    ]
    return page.page(shown, found, answer.model, len(asked)).encode()


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
