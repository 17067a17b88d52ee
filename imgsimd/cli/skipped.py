"""The command that lists what is not indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from imgsimd import skips
from imgsimd.cli import render, standard_error
from imgsimd.cli.cells import PathCell
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.client import Client, Status
from imgsimd.installed import adding

if TYPE_CHECKING:
    from imgsimd.client import Skip

app = typer.Typer()


@app.command()
def skipped(as_json: AsJson = False, as_paths: AsPaths = False, print0: Print0 = False) -> None:
    """List what lies in the watched folders and is not indexed, and why.

    --paths prints the path of each example; other files are only counted. Photos that could not be
    read are listed by `imgsimctl failed`. Example: imgsimctl skipped
    """
    only_paths = wants_paths(as_json, as_paths, print0)
    found = Client().skipped()
    if as_json:
        render.as_json([skip.json for skip in found])
    elif only_paths:
        render.paths((skip.example for skip in found), print0)
    elif found:
        rows = [
            (skip.files, _dotted(skip.extension), _reason(skip), PathCell(skip.example))
            for skip in sorted(found, key=lambda skip: -skip.files)
        ]
        render.table(("count", "extension", "reason", "example"), rows)
    else:
        standard_error.note("Every file in the watched folders is a photo to imgsimd.")


def _dotted(extension: str) -> str:
    return extension and f".{extension}"


def _reason(skip: Skip) -> str:
    reason = skips.in_words(skip.reason)
    return f"{reason}: {adding(skip.package)}" if skip.package else reason


def line(current: Status) -> str | None:
    """What is not indexed, in one line; None where there is nothing to tell."""
    if not current.skipped or not current.skipped.summary:
        return None
    return f"Not indexed: {current.skipped.summary}. `imgsimctl skipped` lists them."
