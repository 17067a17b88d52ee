"""The command `show`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import cells, preview, render
from imgsimd.cli.cells import PathCell
from imgsimd.cli.options import AsJson
from imgsimd.cli.preview import Preview, Previews
from imgsimd.client import Client, file_facts, user_paths
from imgsimd.errors import BadPictureError, BadPicturesError
from imgsimd.words import counted, printable

if TYPE_CHECKING:
    from imgsimd.client.file_records import FileRecord

app = typer.Typer()

NO_FILE = ("missing", "unwatched")
"""States of a file of which nothing is known."""
MOST_COPIES = 5
"""Copies that are printed; `--json` names a hundred."""


@app.command()
def show(
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTO...", help="Photos, or other files.")
    ],
    as_json: AsJson = False,
    previews: Preview = None,
) -> None:
    """Show all that is known of a photo: its state and why, date, camera, copies, what is nearest.

    It also says why a file is not indexed. Example: imgsimctl show ~/Pictures/beach.jpg
    """
    client, shown, errors = Client(), [], []
    for name in photos:
        try:
            shown.append(_Shown.of(client, user_paths.path(name)))
        except BadPictureError as error:
            errors.append(error)
    if as_json and len(photos) > 1:
        render.as_json([each.json for each in shown])
    elif as_json and shown:
        render.as_json(shown[0].json)
    else:
        _print(shown, preview.wanted(client, previews) if shown else None)
    if errors:
        raise errors[0] if len(errors) == 1 else BadPicturesError(errors)


class _Shown:
    """What is known of a file, and the link by which the user has named it."""

    def __init__(self, record: FileRecord, link: str | None) -> None:
        self.record = record
        self.link = link

    @classmethod
    def of(cls, client: Client, name: str) -> _Shown:
        """Raises BadPictureError for a folder, and for a file of which nothing is known and that
        is not there."""
        if os.path.isdir(name or "."):
            raise BadPictureError(
                f"{printable(name)} is a folder: name a photo in it. `imgsimctl roots` shows the "
                "watched folders, `imgsimctl status` how many photos are indexed."
            )
        record, link = client.show(name), None
        if os.path.islink(name) and record.id is None:
            record, link = client.show(os.path.realpath(name)), record.path
        if record.state in NO_FILE and not os.path.lexists(record.path):
            raise BadPictureError(_missing(name, link, record.path))
        return cls(record, link)

    @property
    def json(self) -> Mapping[str, object]:
        return {**self.record.json, "link": self.link}

    def rows(self) -> Iterator[tuple[str, object]]:
        record = self.record
        if self.link:
            yield "link", PathCell(self.link)
        yield ("leads to" if self.link else "path"), PathCell(record.path)
        yield from file_facts.state(record)
        yield from file_facts.facts(record)
        yield from _of_others(record)


def _missing(name: str, link: str | None, target: str) -> str:
    if link:
        return f"{printable(name)} is a link that leads to nothing: {printable(target)}."
    return f"No such file: {printable(name)}."


def _of_others(record: FileRecord) -> Iterator[tuple[str, object]]:
    if record.pair:
        yield "pair", PathCell(record.pair)
    label = counted(record.copies.count, "copy").replace("copys", "copies")
    for path in record.copies.paths[:MOST_COPIES]:
        yield label, PathCell(path)
        label = ""
    if record.copies.count > MOST_COPIES:
        yield "", f"and {record.copies.count - MOST_COPIES:,} more"
    label = "nearest"
    for each in record.nearest:
        yield label, PathCell(each.path, f"  {cells.similarity(each.similarity).plain}")
        label = ""


def _print(shown: list[_Shown], previews: Previews | None) -> None:
    for number, each in enumerate(shown):
        if number:
            print()
        image = each.record.id
        if previews and image is not None:
            with previews.of([image]) as thumbnails:
                render.facts(list(each.rows()), thumbnails)
        else:
            render.rows(list(each.rows()))
