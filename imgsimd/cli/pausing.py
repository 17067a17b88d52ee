"""Commands that stop indexing for a while, and that continue it: pause, resume."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from imgsimd import moments
from imgsimd.cli import render
from imgsimd.client import Client, status_words
from imgsimd.words import counted

app = typer.Typer()

For = Annotated[
    str | None,
    typer.Option("--for", metavar="TIME", help=f"For so long: {moments.LENGTHS}."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", help=f"Up to this moment: {moments.EXAMPLES}."),
]


@app.command()
def pause(length: For = None, until: Until = None) -> None:
    """Stop indexing until `imgsimctl resume`, or until imgsimd is started again.

    With --for or --until, the pause ends by itself, and lasts even if imgsimd is started again
    meanwhile. Searching still works, and changes are still noted.

    Example: imgsimctl pause --for 2h
    """
    client = Client()
    client.pause(_end(length, until))
    render.sentence(f"{status_words.paused(client.status())} Searching still works.")


@app.command()
def resume(length: For = None, until: Until = None) -> None:
    """Resume indexing now, even on battery or while other programs need the machine.

    That lasts until the computer runs on mains power again, and until all is indexed; with --for
    or --until, up to that moment. To index always, write `on_battery = false` and `under_load =
    false` under `[pause]` into the configuration.

    Example: imgsimctl resume --for 1h
    """
    client = Client()
    client.resume(_end(length, until))
    current = client.status()
    told = [f"Resumed, with {counted(current.pending, 'photo')} pending."]
    render.sentence(" ".join(told + status_words.pauses_ignored(current)))


def _end(length: str | None, until: str | None) -> datetime | None:
    """The moment that the options name. Raises typer.BadParameter."""
    if length is not None and until is not None:
        raise typer.BadParameter("--for and --until both say when it ends: leave one out.")
    now = datetime.now().astimezone()
    try:
        if length is not None:
            return moments.after(length, now)
        return None if until is None else moments.coming(until, now)
    except ValueError as error:
        option = "--until" if length is None else "--for"
        raise typer.BadParameter(f"{option}: {error}") from error
