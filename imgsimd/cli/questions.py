"""The command that all this is for: similar."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from imgsimd.cli import render
from imgsimd.cli.connection import connect
from imgsimd.cli.options import AsJson
from imgsimd.control.client import Client
from imgsimd.errors import BadPictureError, NothingFoundError, RequestError

app = typer.Typer()

STDIN = "-"
LARGE = "/v1/thumbnails?pixels=768"
"""A query is shown twice as large as its matches."""


@app.command()
def similar(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...", help="Picture files; - reads one from standard input."
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=10_000, help="How many matches.")] = 10,
    max_distance: Annotated[
        float | None, typer.Option(min=0, help="Only matches at most this far away (0 to 2).")
    ] = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page that shows the pictures.")
    ] = None,
) -> None:
    """Find the photos that look like a picture, best first; several pictures count as one.

    Example: imgsimctl similar ~/Downloads/beach.jpg -k 5
    """
    client = connect()
    queries = [_Query(picture) for picture in pictures]
    answer = _ask(client, queries, k, max_distance)
    matches = answer["matches"]
    if html is not None:
        _write_page(client, html, queries, answer)
    if as_json:
        names = [query.name for query in queries]
        render.as_json({"model": answer["model"], "queries": names, "matches": matches})
    else:
        render.matches(matches)
    if not matches:
        raise NothingFoundError("Nothing found: `imgsimctl status` shows what is searchable.")


class _Query:
    """A picture that was asked about."""

    def __init__(self, picture: str) -> None:
        """Raises BadPictureError where there is no such file."""
        self.is_file = picture != STDIN
        self.name = os.path.realpath(picture) if self.is_file else STDIN
        self._content: bytes | None = None
        self.body: dict[str, Any] = self._identity() if self.is_file else {}

    def content(self) -> bytes:
        """The bytes, read with the rights of the user who asks. Raises BadPictureError."""
        if self._content is None:
            try:
                self._content = Path(self.name).read_bytes() if self.is_file else _stdin()
            except OSError as error:
                raise self.bad(f"cannot be read: {error.strerror}") from error
        return self._content

    def bad(self, reason: str) -> BadPictureError:
        """The error that names this picture."""
        name = render.printable(self.name) if self.is_file else "The picture on standard input"
        return BadPictureError(f"{name} {reason}.")

    def _identity(self) -> dict[str, Any]:
        try:
            status = os.stat(self.name)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self.bad(f"cannot be read: {reason}") from error
        if not stat.S_ISREG(status.st_mode):
            raise self.bad("is not a file; give a picture, or - for standard input")
        return {
            "path": self.name,
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "inode": status.st_ino,
        }


def _ask(
    client: Client, queries: list[_Query], k: int, max_distance: float | None
) -> dict[str, Any]:
    """Asks by the files' identity; sends a picture only when the daemon does not know it."""
    for query in queries:
        if not query.is_file:
            _embed(client, query)
    while True:
        question = {"queries": [q.body for q in queries], "k": k, "max_distance": max_distance}
        try:
            return cast(dict[str, Any], client.post("/v1/similar", question))
        except RequestError as error:
            if error.code != "unknown_picture" or error.query is None:
                raise
            _embed(client, queries[error.query])


def _embed(client: Client, query: _Query) -> None:
    """Puts the vector of the picture's bytes into the query. Raises BadPictureError."""
    try:
        answer = cast(dict[str, Any], client.upload("/v1/vectors", query.content()))
    except BadPictureError as error:
        raise query.bad(f"cannot be used: {error}") from error
    query.body = {"vector": answer["vector"]} | ({"path": query.name} if query.is_file else {})


def _write_page(client: Client, file: Path, queries: list[_Query], answer: dict[str, Any]) -> None:
    """A picture without a thumbnail (its file has just gone, say) is shown without one."""
    from imgsimd.cli import page

    asked = [
        page.Picture(query.name, _thumbnail(client.upload_for_bytes, LARGE, query.content()))
        for query in queries
    ]
    found = [
        page.ShownMatch(
            match["rank"],
            match["path"],
            _thumbnail(client.download, f"/v1/images/{match['id']}/thumbnail"),
            match["distance"],
            match["similarity"],
        )
        for match in answer["matches"]
    ]
    page.write(file, page.page(asked, found, answer["model"]))


def _thumbnail(fetch: Callable[..., bytes], path: str, *content: bytes) -> bytes | None:
    try:
        return fetch(path, *content)
    except (BadPictureError, RequestError):
        return None


def _stdin() -> bytes:
    if sys.stdin.isatty():
        raise BadPictureError("Nothing comes on standard input: try `cat photo.jpg | ... -`.")
    return sys.stdin.buffer.read()
