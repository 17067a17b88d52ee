"""The command that draws pictures to play with."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def sample(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many pictures.")] = 40,
) -> None:
    """Draw some varied pictures into a folder, to try imgsimd without photos of your own.

    Example: imgsimctl sample ~/samples && imgsimctl up ~/samples
    """
    # In a process of its own: drawing imports numpy and OpenCV, which no other command needs.
    drawing = [sys.executable, "-m", "imgsimd.embedding.drawing"]
    command = [*drawing, "--count", str(count), "--", folder]
    code = subprocess.run(command, check=False).returncode
    if code:
        raise typer.Exit(code if code > 0 else 1)
