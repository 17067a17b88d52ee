"""The commands of imgsimctl, as its parser knows them."""

from __future__ import annotations

from typing import Any

import typer

from imgsimd.cli.main import app


def commands() -> list[list[str]]:
    """Every command, as it is typed."""
    tree: Any = typer.main.get_command(app)
    found = []
    for name, command in tree.commands.items():
        found += [[name, inner] for inner in getattr(command, "commands", ())] or [[name]]
    return found
