"""The options of `similar` that say what is asked, and the pictures that they name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer
from typer._click import Context, Parameter  # as in `usage`
from typer._click.exceptions import BadParameter
from typer._click.types import STRING, FloatParamType, Tuple

from imgsimd.cli import candidates
from imgsimd.cli.named_pictures import STDIN, Named, PictureStream, each_named
from imgsimd.client.weighted import share_of_unwanted

HEAVIEST = 1000.0
"""The largest weight. Beyond it, a picture that counts once makes no difference."""


class _Weight(FloatParamType):
    def convert(self, value: object, param: Parameter | None, ctx: Context | None) -> float:
        with suppress(BadParameter):
            weight = float(super().convert(value, param, ctx))
            if math.isfinite(weight) and 0 < abs(weight) <= HEAVIEST:
                return weight
        raise typer.BadParameter(
            f"--with takes a weight, other than 0 and at most {HEAVIEST:,.0f}, and a picture."
        )


class WeightedName(tuple[float, str]):
    """What `--with` takes: a weight, and the name of a picture."""


class _WeightAndName(Tuple):
    """Two values: a weight that were part of the name, as in `photo.jpg:0.3`, would make some
    files impossible to name."""

    def __init__(self) -> None:
        super().__init__([_Weight(), STRING])


Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="PICTURE...", help="Picture files; - reads one from standard input."),
]
Each = Annotated[
    bool,
    typer.Option("--each", help="Ask for each picture, or each in a folder, by itself."),
]
With = Annotated[
    list[WeightedName] | None,
    typer.Option(
        "--with",
        click_type=_WeightAndName(),
        metavar="W PICTURE",
        help="A picture that counts W times.",
    ),
]
Not = Annotated[
    list[str] | None,
    typer.Option("--not", metavar="PICTURE", help="Matches should not look like this PICTURE."),
]
IncludeSelf = Annotated[
    bool, typer.Option("--include-self", help="The pictures themselves may be matches.")
]
Clipboard = Annotated[
    bool, typer.Option("--clipboard", help="Ask about the picture, or files, in the clipboard.")
]
Collapse = Annotated[
    bool | None,
    typer.Option(
        "--collapse/--no-collapse",
        help="One of several alike (default: on a terminal).",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Ask this model, by what is stored.",
        autocompletion=candidates.models,
    ),
]
ExactOrder = Annotated[bool, typer.Option("--exact-order", help="Order by distance alone.")]


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What the user asks about."""

    pictures: list[Named]
    """Each counts once, or is a question of its own."""
    others: list[Named]
    """Those that count differently; they belong to every question."""
    weights: list[float]
    """Of the others."""
    each: bool
    """Whether each picture is a question of its own."""


def asked_about(
    names: Sequence[str],
    clipboard: bool,
    weighted: Sequence[WeightedName],
    unwanted: Sequence[str],
    each: bool,
) -> AskedAbout:
    """The pictures with these names, and those in the clipboard if wanted. Raises
    typer.BadParameter for what cannot be asked, and BadPictureError."""
    pictures = each_named(names, folders=each) + (_clipboard() if clipboard else [])
    others = each_named([*(name for _, name in weighted), *unwanted])
    weights = [weight for weight, _ in weighted]
    total = sum(weight for weight in weights if weight > 0) + (1 if each else len(pictures))
    if not total or (each and not pictures):
        raise typer.BadParameter("`imgsimctl similar` needs PICTURE.")
    if sum(isinstance(p, PictureStream) and p.name == STDIN for p in pictures + others) > 1:
        raise typer.BadParameter("Standard input is one picture: name it once.")
    weights += [share_of_unwanted(total, len(unwanted))] * len(unwanted)
    return AskedAbout(pictures, others, weights, each)


def _clipboard() -> list[Named]:
    from imgsimd.cli import clipboard

    return clipboard.pictures()
