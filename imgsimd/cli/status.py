"""The command that shows how the daemon is."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated

import typer

from imgsimd.cli import render, status_report, streams, terminal
from imgsimd.cli.options import AsJson
from imgsimd.client import Client

app = typer.Typer()


@app.command()
def status(
    as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("--follow", help="Keep updating.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also show process, sandbox, model and paths.")
    ] = False,
) -> None:
    """Show what imgsimd does, how long that still takes, and how everything is.

    With --follow, Ctrl-C ends it. Example: imgsimctl status --follow
    """
    if follow:
        _follow(as_json, verbose)
    elif as_json:
        render.as_json(Client().status().json)
    else:
        columns = terminal.columns() if terminal.is_there() else None
        now = datetime.now().astimezone()
        render.lines(status_report.laid_out(Client().status(), now, columns, verbose))


def _follow(as_json: bool, verbose: bool) -> None:
    streams.end_with_reader()
    if as_json:
        for current in Client().events():
            print(json.dumps(current.json), flush=True)
    elif terminal.obeys():
        from imgsimd.cli import live_status

        live_status.follow(verbose)
    else:
        from imgsimd.cli import progress

        progress.until(lambda current: False, sys.stdout)
