"""Commands for programs that watch whether imgsimd works."""

from __future__ import annotations

import typer

from imgsimd.client import Client

app = typer.Typer()


@app.command()
def health() -> None:
    """Say whether everything works, by the exit code, too: 0 if it does, 16 if not, 3 if imgsimd
    isn't running.

    For a container's health check, and for monitoring: it takes a tenth of a second.

    Example: imgsimctl health
    """
    Client().check_health()
    print("Everything works.")
