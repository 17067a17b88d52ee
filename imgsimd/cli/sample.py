"""The command that draws pictures to play with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from imgsimd.cli import separate_process, suggestions
from imgsimd.client import user_paths
from imgsimd.errors import ConfigError
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
    _check_links(user_paths.path(folder))
    path = user_paths.place(folder)
    separate_process.run("imgsimd.samples.drawing", "--count", str(count), "--", path)
    print(f"Drew {counted(count, 'picture')} in {printable(path)}.")
    print(f"Try: {suggestions.command('up', path)}")


def _check_links(path: str) -> None:
    """Raises ConfigError if the path is or contains a link to nothing: the folder would be made
    where the link leads."""
    for each in (Path(path), *Path(path).parents):
        if os.path.islink(each) and not os.path.exists(each):
            raise ConfigError(
                f"{each} is a link to {os.readlink(each)}, which does not exist. "
                "Name a new or an empty folder."
            )
