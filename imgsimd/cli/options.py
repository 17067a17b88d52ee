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


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
