"""The command that draws pictures to play with."""

from __future__ import annotations

from typing import Annotated

import typer

from imgsimd.cli import separate_process, suggestions, user_paths
from imgsimd.words import counted, printable

app = typer.Typer()


@app.command()
def sample(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many pictures.")] = 40,
) -> None:
    """Draw pictures into a new folder, to try imgsimd without photos of your own.

    Example: imgsimctl sample ~/samples && imgsimctl up ~/samples
    """
    path = user_paths.place(folder)
    separate_process.run("imgsimd.samples.drawing", "--count", str(count), "--", path)
    print(f"Drew {counted(count, 'picture')} in {printable(path)}.")
    print(f"Try: {suggestions.command('up', path)}")
