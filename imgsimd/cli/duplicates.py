"""The command `duplicates`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import candidates, ending, render, user_paths
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.output import Output
from imgsimd.cli.waiting_line import WaitingLine
from imgsimd.client import Client
from imgsimd.errors import NothingFoundError
from imgsimd.words import counted, quoted

if TYPE_CHECKING:
    from imgsimd.client.duplicates import DuplicatesResult, DuplicatesWish, PairApart

app = typer.Typer()


class TierName(StrEnum):
    """What `--tier` takes."""

    EXACT = "exact"
    COPY = "copy"
    SIMILAR = "similar"


_IN_FOLDERS = "Which photos"
_DECIDED = "What are no duplicates"
_SHOWN = "Output"
STAGES = {
    "waiting": "Waiting for another search",
    "reading": "Reading what is known",
    "nearing": "Looking for photos that are near each other",
    "verifying": "Comparing pictures",
    "grouping": "Forming groups",
}
_KEEPS = ("newest", "oldest", "largest", "smallest")
_IN = "path:"


@app.command()
def duplicates(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DIR...]",
            help="Only photos in these folders.",
            autocompletion=candidates.roots_and_below,
        ),
    ] = None,
    tier: Annotated[
        list[TierName] | None,
        typer.Option(
            metavar="TIER",
            help="exact, copy or similar; again for more. Without it, exact and copy.",
            rich_help_panel=_IN_FOLDERS,
        ),
    ] = None,
    under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR", help="Only photos in this folder.", rich_help_panel=_IN_FOLDERS
        ),
    ] = None,
    not_under: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR", help="No photos in this folder.", rich_help_panel=_IN_FOLDERS),
    ] = None,
    also_in: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR",
            help="Only what is in this folder, too, where it is kept.",
            rich_help_panel=_IN_FOLDERS,
        ),
    ] = None,
    across: Annotated[
        bool,
        typer.Option(
            "--across-folders", help="Only copies in other folders.", rich_help_panel=_IN_FOLDERS
        ),
    ] = False,
    within: Annotated[
        bool,
        typer.Option(
            "--within-folder", help="Only copies in the same folder.", rich_help_panel=_IN_FOLDERS
        ),
    ] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="newest, oldest, largest, smallest or path:DIR.",
            rich_help_panel=_IN_FOLDERS,
        ),
    ] = None,
    new: Annotated[
        bool,
        typer.Option("--new", help="Only groups not seen before.", rich_help_panel=_IN_FOLDERS),
    ] = False,
    copies_only: Annotated[
        bool, typer.Option("--copies-only", help="Print only the paths of what can go.")
    ] = False,
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
    script: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write a shell script that puts copies in the trash."),
    ] = None,
    apart: Annotated[
        bool,
        typer.Option("--not", help="The photos named are no duplicates.", rich_help_panel=_DECIDED),
    ] = False,
    forget: Annotated[
        bool,
        typer.Option("--forget-not", help="Take that back.", rich_help_panel=_DECIDED),
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list-not", help="List them.", rich_help_panel=_DECIDED)
    ] = False,
) -> None:
    """Find photos that are there twice, and say which to keep. Nothing is ever removed.

    Example: imgsimctl duplicates ~/Pictures --across-folders
    """
    if apart or forget or listed:
        _decide(Client(), names or [], apart, forget, listed, as_json)
        return
    if across and within:
        raise typer.BadParameter("--across-folders and --within-folder exclude each other.")
    only_paths = wants_paths(as_json, as_paths or copies_only, print0)
    wish: DuplicatesWish = {
        "tiers": list(tier or ("exact", "copy")),
        "under": _places([*(names or []), *(under or [])]),
        "not_under": _places(not_under),
        "also_in": _places(also_in),
        "folders": "across" if across else "within" if within else "any",
        "new": new,
        **_preference(keep or []),
    }
    output = _script_output(script, wish)
    client = Client()
    with WaitingLine() as line:
        result = client.duplicates(lambda *told: line.show(_stage(*told)), **wish)
    if output and script and result.groups:
        _write(output, script, result)
    if not (output and output.is_stdout):
        _print(result, as_json, only_paths, copies_only, print0)
    if not result.groups:
        raise NothingFoundError("No new duplicates found." if new else "No duplicates found.")


def _places(names: Sequence[str] | None) -> list[str]:
    return list(map(user_paths.place, names or []))


def _preference(rules: Sequence[str]) -> DuplicatesWish:
    """What is kept. Raises typer.BadParameter."""
    folders = [user_paths.place(rule.removeprefix(_IN)) for rule in rules if rule.startswith(_IN)]
    others = [rule for rule in rules if not rule.startswith(_IN)]
    if len(others) > 1 or not set(others) <= set(_KEEPS):
        raise typer.BadParameter(
            f"--keep takes one of {', '.join(_KEEPS)}, and any number of path:DIR."
        )
    kept: DuplicatesWish = {"keep_in": folders}
    return {**kept, "keep": others[0]} if others else kept


def _script_output(script: str | None, wish: DuplicatesWish) -> Output | None:
    """The file for the script; None if none is wanted. Raises typer.BadParameter."""
    if script is None:
        return None
    if "similar" in wish["tiers"]:
        raise typer.BadParameter("--script takes no --tier similar: these are no copies.")
    from imgsimd.cli.trash_script import MARK

    return Output(script, "imgsimctl duplicates --script tidy.sh", MARK)


def _write(output: Output, script: str, result: DuplicatesResult) -> None:
    from imgsimd.cli import trash_script

    def skip(path: str, reason: str) -> None:
        ending.note(f"Not in the script: {path}: {reason}.")

    with output.opened(mode=0o777) as stream:
        stream.writelines(trash_script.script(result.groups, skip))
    if not output.is_stdout:
        ending.note(f"Wrote {script}: read it, then run `sh {quoted(script)}`.")


def _print(
    result: DuplicatesResult, as_json: bool, only_paths: bool, copies_only: bool, nul: bool
) -> None:
    from imgsimd.cli import duplicate_list

    if as_json:
        render.as_json({"groups": [group.json for group in result.groups]})
    elif copies_only:
        duplicate_list.copies(result.groups, nul)
    elif only_paths:
        duplicate_list.paths(result.groups, nul)
    elif result.groups:
        duplicate_list.for_people(result)


def _stage(stage: str, done: int, total: int) -> str:
    text = STAGES.get(stage, stage)
    if stage == "nearing" and total:
        return f"{text}: {100 * done // total} %"
    return f"{text}: {done:,} of {total:,}" if total else f"{text}: {done:,}" if done else text


# What users have said


def _decide(
    client: Client, names: Sequence[str], apart: bool, forget: bool, listed: bool, as_json: bool
) -> None:
    """Remembers, forgets or lists. Raises typer.BadParameter."""
    if apart + forget + listed > 1:
        raise typer.BadParameter("--not, --forget-not and --list-not exclude each other.")
    if listed:
        _list(client.pairs_apart(), as_json)
        return
    if len(names) < 2:
        raise typer.BadParameter(f"{'--not' if apart else '--forget-not'} needs two photos.")
    act: Callable[..., int] = client.not_duplicates if apart else client.forget_not_duplicates
    pairs = counted(act(*map(user_paths.path, names)), "pair")
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
        print("Nothing: `imgsimctl duplicates --not A B` says that A and B are no duplicates.")


def _named(pair: PairApart) -> tuple[str, str]:
    gone = "(a photo that is gone)"
    first = pair.first[0] if pair.first else gone
    if pair.files:
        return first, pair.first[1] if len(pair.first) > 1 else gone
    return first, pair.second[0] if pair.second else gone
