"""What a user says of photos that are no duplicates of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from imgsimd.cli import render, standard_error
from imgsimd.cli.cells import Cell, PathCell, Words
from imgsimd.client import Client, user_paths
from imgsimd.client.limits import MOST_APART
from imgsimd.errors import NothingFoundError
from imgsimd.words import counted

if TYPE_CHECKING:
    from imgsimd.client.duplicates import PairApart


def decide(
    client: Client, names: Sequence[str], apart: bool, forget: bool, listed: bool, as_json: bool
) -> None:
    """Remembers, forgets or lists. Raises typer.BadParameter, and NothingFoundError where there is
    nothing to forget."""
    if apart + forget + listed > 1:
        raise typer.BadParameter("--not, --forget-not and --list-not exclude each other.")
    if listed:
        _list(client.pairs_apart(), as_json)
        return
    paths = list(dict.fromkeys(map(user_paths.path, names)))
    if len(paths) < 2:
        raise typer.BadParameter(f"{'--not' if apart else '--forget-not'} needs two photos.")
    if len(paths) > MOST_APART:
        raise typer.BadParameter(f"{len(paths):,} photos: {MOST_APART} at a time are the most.")
    act: Callable[..., int] = client.not_duplicates if apart else client.forget_not_duplicates
    number = act(*paths)
    pairs = counted(number, "pair")
    if forget and not number:
        raise NothingFoundError("Nothing to forget: no two of these photos were remembered.")
    if forget:
        print(f"Forgotten: {pairs}. They can be listed as duplicates again.")
    else:
        print(f"Remembered: {pairs}. They are no longer listed as duplicates.")


def _list(pairs: Sequence[PairApart], as_json: bool) -> None:
    if as_json:
        render.as_json([pair.json for pair in pairs])
    elif pairs:
        render.table(("photo", "is no duplicate of"), list(map(_named, pairs)))
    else:
        standard_error.note(
            "Nothing yet: `imgsimctl duplicates --not A B` says that A and B are no duplicates."
        )


def _named(pair: PairApart) -> tuple[Cell, Cell]:
    second = pair.first[1:] if pair.files else pair.second
    return _first(pair.first), _first(second)


def _first(paths: Sequence[str]) -> Cell:
    return PathCell(paths[0]) if paths else Words("(a photo that is gone)")
