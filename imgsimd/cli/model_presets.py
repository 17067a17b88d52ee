"""The command `model presets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import candidates, render
from imgsimd.cli.options import AsJson

if TYPE_CHECKING:
    from imgsimd.models.files.presets import Preset


def presets(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[PRESET]",
            help="Print the command that exports it.",
            autocompletion=candidates.presets,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List networks that imgsimd knows how to use once you have exported them to ONNX.

    With a name, print its address and the commands that download, export and add it. The export
    takes a few minutes and PyTorch; imgsimd itself needs only its extra `onnx`.
    Example: imgsimctl model presets clip-vit-b-32
    """
    from imgsimd.models.files.presets import PRESETS, named

    chosen = list(PRESETS.values()) if name is None else [named(name)]
    if as_json:
        render.as_json([_json(preset) for preset in chosen])
    elif name is not None:
        print(_commands(chosen[0]))
    else:
        rows = [(p.name, p.about, str(p.dimension), p.licence) for p in chosen]
        render.table(("preset", "what it is", "dimension", "licence"), rows)


def _commands(preset: Preset) -> str:
    """For a shell."""
    adding = f"imgsimctl model add {preset.name}.onnx --preset {preset.name}"
    return f"# {preset.about}\n# {preset.address} ({preset.licence})\n{preset.command}\n{adding}"


def _json(preset: Preset) -> dict[str, object]:
    return {
        "name": preset.name,
        "description": preset.about,
        "dimension": preset.dimension,
        "size": preset.size,
        "licence": preset.licence,
        "weights": preset.address,
        "command": preset.command,
    }
