"""The command `duplicates`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import candidates, photos_apart, preview, render, standard_error, watched_folders
from imgsimd.cli.options import OUTPUT, AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.output import Output
from imgsimd.cli.preview import Preview, Previews
from imgsimd.cli.waiting_line import WaitingLine
from imgsimd.client import Client
from imgsimd.client.limits import MOST_FOLDERS
from imgsimd.errors import NothingFoundError
from imgsimd.words import quoted

if TYPE_CHECKING:
    from imgsimd.client.duplicates import DuplicateGroup, DuplicatesResult, DuplicatesWish
    from imgsimd.trash_script import Step

app = typer.Typer()


class TierName(StrEnum):
    """What `--tier` takes."""

    EXACT = "exact"
    COPY = "copy"
    SIMILAR = "similar"


_IN_FOLDERS = "Which photos"
_DECIDED = "Not duplicates"
_KEEPS = ("newest", "oldest", "largest", "smallest")
_IN = "path:"


def _rules() -> list[str]:
    """What `--keep` takes, for its completion."""
    return [*_KEEPS, _IN]


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
            help="exact, copy (these two by default) or similar.",
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
            help="What is in this folder, too, and kept there.",
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
            autocompletion=_rules,
            rich_help_panel=_IN_FOLDERS,
        ),
    ] = None,
    new: Annotated[
        bool,
        typer.Option("--new", help="Only groups not seen before.", rich_help_panel=_IN_FOLDERS),
    ] = False,
    copies_only: Annotated[
        bool,
        typer.Option(
            "--copies-only",
            help="Print only the paths of what can go.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
    previews: Preview = None,
    script: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write a shell script that puts copies in the trash.",
            rich_help_panel=OUTPUT,
        ),
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
    """Find photos that are there twice, and say which to keep. Nothing is removed.

    Example: imgsimctl duplicates ~/Pictures --across-folders
    """
    only_paths = wants_paths(as_json, as_paths, print0, copies_only)
    if apart or forget or listed:
        if only_paths:
            raise typer.BadParameter("Paths alone do not show pairs: --list-not has --json.")
        photos_apart.decide(Client(), names or [], apart, forget, listed, as_json)
        return
    if across and within:
        raise typer.BadParameter("--across-folders and --within-folder exclude each other.")
    if TierName.SIMILAR in (tier or ()) and (copies_only or script is not None):
        form = "--copies-only" if copies_only else "--script"
        raise typer.BadParameter(f"{form} takes no --tier similar: these are no copies.")
    client = Client()
    wish: DuplicatesWish = {
        "tiers": list(tier or ("exact", "copy")),
        "under": _watched(client, [*(names or []), *(under or [])]),
        "not_under": _watched(client, not_under or []),
        "also_in": _watched(client, also_in or []),
        "folders": "across" if across else "within" if within else "any",
        "new": new,
        **_preference(client, keep or []),
    }
    output = _script_output(script)
    is_list = not (as_json or only_paths or (output and output.is_stdout))
    beside = preview.wanted(client, previews) if is_list else None
    with WaitingLine() as line:
        result = client.duplicates(lambda *told: line.show(_stage(*told)), **wish)
    if output and script and result.groups:
        _write(output, script, result)
    if not (output and output.is_stdout):
        _print(result, beside, as_json, only_paths, copies_only, print0)
    left_out = watched_folders.left_out(client)
    if result.groups and left_out:
        standard_error.note(left_out)
    if not result.groups:
        nothing = "No new duplicates found." if new else "No duplicates found."
        raise NothingFoundError(f"{nothing} {left_out}" if left_out else nothing)


def _watched(client: Client, names: Sequence[str]) -> list[str]:
    """The folders, in which there are watched ones, or which lie in one. Raises ConfigError or
    typer.BadParameter: an option that meant no folder would let go what it was to protect."""
    if not names:
        return []
    if len(names) > MOST_FOLDERS:
        raise typer.BadParameter(f"{len(names):,} folders: {MOST_FOLDERS} at a time are the most.")
    from imgsimd.client import user_paths  # rarely needed

    roots = client.status().roots
    found = [user_paths.watched_folder(name, roots) for name in names]
    if "/" in found:
        raise typer.BadParameter("/ is all folders: name one in it, or leave it out.")
    return found


def _preference(client: Client, rules: Sequence[str]) -> DuplicatesWish:
    """What is kept. Raises typer.BadParameter or ConfigError."""
    named = [rule.removeprefix(_IN) for rule in rules if rule.startswith(_IN)]
    others = [rule for rule in rules if not rule.startswith(_IN)]
    if len(others) > 1 or not set(others) <= set(_KEEPS):
        raise typer.BadParameter(
            f"--keep takes one of {', '.join(_KEEPS)}, and any number of path:DIR."
        )
    kept: DuplicatesWish = {"keep_in": _watched(client, named)}
    return {**kept, "keep": others[0]} if others else kept


def _script_output(script: str | None) -> Output | None:
    """The file for the script; None if none is wanted. Raises ConfigError."""
    if script is None:
        return None
    from imgsimd.trash_script import MARK

    return Output(script, "imgsimctl duplicates --script tidy.sh", MARK)


def _write(output: Output, script: str, result: DuplicatesResult) -> None:
    from imgsimd import trash_script

    def skip(path: str, reason: str) -> None:
        standard_error.note(f"Not in the script: {path}: {reason}.")

    with output.opened(mode=0o777) as stream:
        stream.writelines(trash_script.script(list(_steps(result.groups)), skip))
    if not output.is_stdout:
        standard_error.note(f"Wrote {script}: read it, then run `sh {quoted(script)}`.")


def _steps(groups: Iterable[DuplicateGroup]) -> Iterator[Step]:
    from imgsimd.client.duplicates import EXACT
    from imgsimd.trash_script import Step

    for group in groups:
        for copy in group.removable:
            yield Step(group.members[0], copy, is_exact=group.tier == EXACT)


def _print(
    result: DuplicatesResult,
    previews: Previews | None,
    as_json: bool,
    only_paths: bool,
    copies_only: bool,
    nul: bool,
) -> None:
    from imgsimd.cli import duplicate_list

    if as_json:
        render.as_json({"groups": [group.json for group in result.groups]})
    elif copies_only:
        duplicate_list.copies(result.groups, nul)
    elif only_paths:
        duplicate_list.paths(result.groups, nul)
    elif result.groups:
        duplicate_list.for_people(result, previews)


def _stage(name: str, done: int, total: int) -> str:
    from imgsimd.client import duplicate_words

    return duplicate_words.stage(name, done, total)
