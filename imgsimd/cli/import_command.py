"""The command `import`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from imgsimd.cli import exchange_progress, render, starting, suggestions
from imgsimd.cli.readable_file import readable_file
from imgsimd.cli.running_daemon import status_if_running
from imgsimd.client import Client, Status
from imgsimd.paths import covering
from imgsimd.words import counted, printable

app = typer.Typer()


@app.command("import")
def import_gallery(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What `export` has written: .parquet or .npz.")
    ],
) -> None:
    """Take in what another gallery knows of photos, with their ids and vectors.

    Photos that are not here stay hidden until they are found: `relocate` or `up` say where they
    are. Nothing is embedded again. What is known here stays as it is.

    Example: imgsimctl import gallery.parquet
    """
    path = readable_file(file, "write what it holds into a file, and name that")
    if status_if_running(Client()) is None:
        starting.start()
    end = exchange_progress.shown("imgsimd.exchange.importing", path)
    for sentence in _sentences(end, Client().status()):
        render.sentence(sentence)


def _sentences(end: Mapping[str, Any], status: Status) -> Iterator[str]:
    yield f"Imported {counted(end['added'], 'photo')}."
    if end["known"]:
        yield f"{counted(end['known'], 'photo')} had been known before."
    if end["different"]:
        yield (
            f"{counted(end['different'], 'photo')} of other files with the same paths were left "
            "out: what is known here stays."
        )
    if end["renumbered"]:
        yield f"{counted(end['renumbered'], 'photo')} got new ids, since theirs are in use here."
    if end["models"] and status.model not in end["models"]:
        yield (
            f"Their vectors are by {', '.join(end['models'])}, and {status.model} is in use: "
            f"photos that are found are embedded again, unless you run `imgsimctl model use "
            f"{end['models'][0]}` before."
        )
    watched = [root.path for root in status.roots]
    for root in end["roots"]:
        if covering(root, watched) is None:
            yield _whereabouts(root)


def _whereabouts(root: str) -> str:
    """What a user can do, so that photos are found that were watched elsewhere."""
    if os.path.isdir(root):
        return f"To find the photos there: {suggestions.command('watch', root)}"
    moved = suggestions.command("relocate", root)
    return f"{printable(root)} is not here. To say where its photos are: {moved} NEW_FOLDER"
