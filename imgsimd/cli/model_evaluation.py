"""The command `model evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, TypeAlias

import typer

from imgsimd import locations
from imgsimd.cli import (
    candidates,
    exchange_progress,
    render,
    standard_error,
    table_layout,
    terminal,
)
from imgsimd.cli.cells import Number
from imgsimd.cli.options import AsJson
from imgsimd.cli.running_daemon import models_folder, status_if_running
from imgsimd.cli.wrapping import width
from imgsimd.client import Client, user_paths
from imgsimd.errors import WorkerError
from imgsimd.words import counted, of_bytes, printable, quoted

Evaluation: TypeAlias = Mapping[str, Any]
"""What `evaluation.evaluation` says of a model, as JSON."""

MOST_NAMED = 10
"""How many of the photos that could not be read are named."""
Row: TypeAlias = tuple[str, Callable[[Evaluation], str]]
"""A title, and what stands beside it."""
_ROWS: Sequence[Row] = (
    ("photos", lambda of: f"{of['photos']:,}"),
    ("kinds", lambda of: f"{of['kinds']:,}"),
    ("recall@1", lambda of: f"{of['recall_at_1']:.3f}"),
    ("precision@10", lambda of: f"{of['precision_at_10']:.3f}"),
    ("- re-ranked", lambda of: f"{of['reranked_precision_at_10']:.3f}"),
    ("mAP", lambda of: f"{of['map']:.3f}"),
    ("- re-ranked", lambda of: f"{of['reranked_map']:.3f}"),
    ("copy: JPEG, quality 30", lambda of: f"{of['copies']['jpeg_quality_30']:.3f}"),
    ("copy: half size", lambda of: f"{of['copies']['half_size']:.3f}"),
    ("copy: mirrored", lambda of: f"{of['copies']['mirrored']:.3f}"),
    ("copy: centre, 80 %", lambda of: f"{of['copies']['centre_80_percent']:.3f}"),
    ("copy: grey", lambda of: f"{of['copies']['grey']:.3f}"),
    ("photos a second", lambda of: f"{of['photos_per_second']:,.0f}"),
    ("bytes a photo", lambda of: f"{of['bytes_per_photo']:,}"),
    ("memory to embed", lambda of: of_bytes(of["memory_bytes"])),
)
"""What the table says of each model."""
_INDEX_ROWS = (
    ("{}: recall@1", "recall_at_1", 3),
    ("- recall@10", "recall_at_10", 3),
    ("- recall@100", "recall_at_100", 3),
    ("- ms a question", "milliseconds", 1),
)
"""What it says of a kind of index: title, field of the JSON, digits."""


def evaluate(
    labelled: Annotated[
        str,
        typer.Option(metavar="DIR", help="A folder that has a folder of photos for each kind."),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME...]",
            help="Only these of `imgsimctl model list`.",
            autocompletion=candidates.models,
        ),
    ] = None,
    indexes: Annotated[
        bool,
        typer.Option(
            "--indexes",
            help="Measure the approximate indexes of the Milvus server in the settings, too.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure on photos of yours how well models find those of one kind, and what they cost.

    Each photo asks for others of its kind. Nothing is indexed, and imgsimd need not run.
    With --indexes, the vectors are put on the Milvus server for a while, apart from those of the
    gallery.
    Example: imgsimctl model evaluate --labelled ~/Pictures/kinds
    """
    running = status_if_running(Client())
    end = exchange_progress.shown(
        "imgsimd.evaluation.evaluating",
        running.config if running else str(locations.find().config),
        str(models_folder(running)),
        user_paths.path(labelled),
        "indexes" if indexes else "models",
        *(names or []),
    )
    if as_json:
        render.as_json(end["models"])
    else:
        _print(end["models"])
        _note_what_is_left_out(end["models"], end["outside"])
        _note_other_kinds(end["deeper"])
        _note_missing_indexes(end["models"])
    if end["failed"]:
        raise WorkerError(" ".join(end["failed"]))


def _print(found: Sequence[Evaluation]) -> None:
    """A model is a column: there are few, and much to say of each."""
    for number, some in enumerate(_beside(found)):
        if number:
            print()
        rows = [
            (title, *(Number(tell(each)) for each in some))
            for title, tell in [*_ROWS, *_index_rows(some)]
        ]
        render.table(("", *(each["model"] for each in some)), rows)


def _index_rows(some: Sequence[Evaluation]) -> Iterator[Row]:
    """What the table says of each kind of index: one line where no model could be tried with it."""
    for number, kind in enumerate(each["kind"] for each in some[0]["indexes"]):
        tried = [each["indexes"][number] for each in some]
        if all(each["error"] for each in tried):
            yield kind, lambda of: "unavailable"
            continue
        for title, key, digits in _INDEX_ROWS:
            yield title.format(kind), partial(_index_figure, number, key, digits)


def _index_figure(number: int, key: str, digits: int, of: Evaluation) -> str:
    figure = of["indexes"][number][key]
    return "unavailable" if figure is None else f"{figure:.{digits}f}"


def _beside(found: Sequence[Evaluation]) -> Iterator[Sequence[Evaluation]]:
    """The models in tables that fit on the terminal; elsewhere in one."""
    if not terminal.is_there():
        yield found
        return
    start, left = 0, _room()
    for number, each in enumerate(found):
        columns = table_layout.GAP + width(printable(each["model"]))
        if columns > left and number > start:
            yield found[start:number]
            start, left = number, _room()
        left -= columns
    yield found[start:]


def _room() -> int:
    """Columns of the terminal beside the titles."""
    return terminal.columns() - max(len(title) for title, _ in _ROWS)


def _note_what_is_left_out(found: Sequence[Evaluation], outside: int) -> None:
    if outside:
        standard_error.note(
            f"Left out, because in no folder of a kind: {counted(outside, 'photo')}."
        )
    alone = max((each["photos"] - each["questions"] for each in found), default=0)
    if alone:
        standard_error.note(
            f"Not asked about, because alone of their kind: {counted(alone, 'photo')}."
        )
    unread = dict.fromkeys(
        (each["path"], each["reason"]) for of_one in found for each in of_one["unread"]
    )
    for path, reason in list(unread)[:MOST_NAMED]:
        standard_error.note(f"Left out: {printable(path)}: {printable(reason)}.")
    if len(unread) > MOST_NAMED:
        count = f"{len(unread) - MOST_NAMED:,}"
        standard_error.note(f"Left out, too: {count} more that cannot be read. --json names all.")


def _note_other_kinds(deeper: str) -> None:
    if deeper:
        standard_error.note(
            "All photos lie deeper than in the folder of their kind. If the folders that they lie "
            f"in are the kinds, run: imgsimctl model evaluate --labelled {quoted(deeper)}"
        )


def _note_missing_indexes(found: Sequence[Evaluation]) -> None:
    errors = {
        each["kind"]: each["error"] for of in found for each in of["indexes"] if each["error"]
    }
    for kind, error in errors.items():
        standard_error.note(f"{kind} could not be measured. {printable(error)}")
