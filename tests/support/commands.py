"""The commands of imgsimctl, as its parser knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from imgsimd.cli.commands import app


def commands() -> list[list[str]]:
    """Every command, as it is typed."""
    tree: Any = typer.main.get_command(app())
    found = []
    for name, command in tree.commands.items():
        found += [[name, inner] for inner in getattr(command, "commands", ())] or [[name]]
    return found


def options(command: Sequence[str]) -> set[str]:
    """The names of the options of a command."""
    found: Any = typer.main.get_command(app())
    for name in command:
        found = found.commands[name]
    return {name for parameter in found.params for name in parameter.opts}
