"""Options that several commands have."""

from __future__ import annotations

import math
from typing import Annotated

import typer


def finite(number: float | None) -> float | None:
    """The number. Raises typer.BadParameter for `nan` and `inf`, which typer accepts."""
    if number is not None and not math.isfinite(number):
        raise typer.BadParameter("It must be a finite number.")
    return number


OUTPUT = "Output"
"""The title of options that say how what is found is shown."""
AsJson = Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="Print JSON.")]
AsPaths = Annotated[
    bool,
    typer.Option("--paths", rich_help_panel=OUTPUT, help="Print only the paths, one a line."),
]
Print0 = Annotated[
    bool,
    typer.Option(
        "--print0",
        "-0",
        rich_help_panel=OUTPUT,
        help="As --paths, with a NUL after each, for xargs -0.",
    ),
]


def wants_paths(as_json: bool, as_paths: bool, print0: bool, copies_only: bool = False) -> bool:
    """Whether only paths are to be printed. Raises typer.BadParameter if JSON is, too."""
    if as_json and (as_paths or print0 or copies_only):
        form = "--copies-only" if copies_only else "--print0" if print0 else "--paths"
        raise typer.BadParameter(f"--json and {form} are two forms of the output: leave one out.")
    return as_paths or print0 or copies_only
