"""The page that `imgsimctl similar --html` writes, and `--open` opens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Annotated

import typer

from imgsimd.cli import standard_error
from imgsimd.cli.asking import Answered
from imgsimd.cli.opening import open_address
from imgsimd.cli.options import OUTPUT
from imgsimd.cli.output import Output
from imgsimd.client import Client, Picture, copy_words
from imgsimd.errors import BadPictureError, RequestError
from imgsimd.file_address import address
from imgsimd.words import printable

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
Open = Annotated[
    bool,
    typer.Option("--open", rich_help_panel=OUTPUT, help="Show the pictures in your browser."),
]


class MatchPage:
    """The file for the page."""

    def __init__(self, file: Output, opens: bool, folder: str = "") -> None:
        """`opens` says whether a browser is to show it. `folder` was made for it alone."""
        self.is_printed = file.is_stdout
        self._file = file
        self._opens = opens
        self._folder = folder

    @contextmanager
    def written(self) -> Iterator[IO[bytes]]:
        """The page is what is written to the stream. Raises ConfigError, as `Output` does."""
        try:
            with self._file.opened() as stream:
                yield stream
        except BaseException:
            if self._folder:
                os.rmdir(self._folder)
            raise
        if self._opens:
            self._open()

    def _open(self) -> None:
        path = os.path.abspath(self._file.path)
        if not open_address(address(path)):
            standard_error.note(f"No browser could be started. The page is {printable(path)}")


def wanted(
    client: Client, html: str | None, force: bool, opens: bool, each: bool, prints: bool
) -> MatchPage | None:
    """The page that these options ask for; None if they ask for none. `prints` says whether the
    matches are to be printed in a form for programs. Raises BadParameter."""
    if force and html is None:
        raise typer.BadParameter("--force needs --html.")
    if html is None and not opens:
        return None
    if each:
        option = "--open" if html is None else "--html"
        raise typer.BadParameter(f"A page shows one question: leave out --each or {option}.")
    if html is None:
        return _temporary()
    file = Output(html, "--html found.html", _mark(), force, _guarded(client))
    if file.is_stdout and opens:
        raise typer.BadParameter("--html - prints the page: leave out --open or name a file.")
    if file.is_stdout and prints:
        raise typer.BadParameter("--html - prints the page: leave out --json, --paths and -0.")
    return MatchPage(file, opens)


def _temporary() -> MatchPage:
    """A page in a folder of its own, in which nobody else can read anything. It stays there, since
    nobody can tell when the browser has read it."""
    import tempfile  # rarely needed

    folder = tempfile.mkdtemp(prefix="imgsimctl-")
    return MatchPage(Output(os.path.join(folder, "similar.html"), ""), True, folder)


def _mark() -> bytes:
    from imgsimd.web.report import MARK  # jinja2: rarely needed

    return MARK.encode()


def _guarded(client: Client) -> Callable[[], list[str]]:
    def folders() -> list[str]:
        running = client.status()
        own = [running.state_dir, os.path.dirname(running.config)]
        return [*own, *(root.path for root in running.roots)]

    return folders


def page(client: Client, answered: Answered) -> bytes:
    """The page. If there is no thumbnail, such as when the file has just gone, the page shows
    none."""
    from imgsimd.web.report import ShownMatch, ShownPicture, report

    pictures, result = answered.pictures, answered.result
    records = client.records([match.id for match in result.matches if not match.is_elsewhere])
    shown = [ShownPicture(p.name, _of_query(client, p)) for p in pictures[:MOST_SHOWN]]
    found = []
    for match in result.matches:
        record = records.get(match.id)
        found.append(
            ShownMatch(
                match.place,
                _of_match(client, match.id),
                match.rank,
                match.distance,
                match.similarity,
                record.pixels if record else None,
                record.bytes if record else None,
                record.date if record else None,
                match.alike.count if match.alike else 0,
                copy_words.in_words(match),
            )
        )
    model, is_reranked = result.model, result.is_reranked
    return report(shown, found, model, len(pictures), is_reranked).encode()


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
