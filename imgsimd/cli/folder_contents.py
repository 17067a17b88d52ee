"""Commands about what is in the watched folders: rescan, failed, forget."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import candidates, render, standard_error
from imgsimd.cli.cells import PathCell
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.watched_folders import check, real
from imgsimd.client import Client
from imgsimd.errors import ConfigError, NothingFoundError
from imgsimd.paths import is_within
from imgsimd.words import counted

if TYPE_CHECKING:
    from imgsimd.client.results import Failure

app = typer.Typer()


@app.command()
def rescan(
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR]", help="Only this folder.", autocompletion=candidates.roots_and_below
        ),
    ] = None,
) -> None:
    """Rescan folders for missed changes. Unchanged photos aren't re-indexed.

    Example: imgsimctl rescan ~/Pictures/2026
    """
    client = Client()
    found = client.status().roots
    place = None if folder is None else real(folder)
    if folder and place and not any(is_within(place, root.path) for root in found):
        check(folder)  # the daemon does not look at what it does not watch
    client.rescan(place)
    offline = [root for root in found if root.state == "offline"]
    what = place or counted(len(found) - len(offline), "folder")
    render.sentence(
        f"Rescanning {what} in the background; `imgsimctl wait` returns when it is done."
    )
    for root in offline if not place else ():
        standard_error.note(f"Left out: {root.path} is offline ({root.reason}).")


@app.command()
def failed(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH...]", help="Only these pictures, or those in these folders."),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try them again now.")] = False,
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
) -> None:
    """List the pictures that cannot be read, and why; then those that are damaged.

    They are tried again when they change, and when an update, an installed package or a higher
    limit may help.
    Example: imgsimctl failed --retry ~/Pictures/2026
    """
    only_paths = wants_paths(as_json, as_paths, print0)
    paths = [real(path) for path in paths or []]
    if retry:
        if only_paths:
            raise typer.BadParameter("--retry lists nothing: leave out --paths and -0.")
        _retry(paths, as_json)
        return
    failures = Client().failed()
    if paths:
        failures = tuple(f for f in failures if any(is_within(f.path, place) for place in paths))
        if not failures:
            _check_are_there(paths)
    if as_json:
        render.as_json([failure.json for failure in failures])
    elif only_paths:
        render.paths((failure.path for failure in failures), print0)
    elif failures:
        _print(failures)
    else:
        standard_error.note(_none(paths))


@app.command()
def forget(
    folder: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Only this folder.")] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Actually forget them (default: dry run).")
    ] = False,
    as_json: AsJson = False,
    as_paths: AsPaths = False,
    print0: Print0 = False,
) -> None:
    """Forget photos that are gone or left out, or all those of a folder that is no longer watched.

    Without --confirm, only say how many that would be. No file is touched.
    Example: imgsimctl forget /mnt/archive --confirm
    """
    only_paths = wants_paths(as_json, as_paths, print0)
    answer = Client().forget(None if folder is None else real(folder), confirm)
    if as_json:
        render.as_json(answer.json)
    if not answer.folders:
        raise NothingFoundError(
            "Nothing to forget. Photos are forgotten when their files are deleted; photos on a "
            "disconnected disk are kept until you unwatch its folder."
        )
    if only_paths:
        render.paths((each.path for each in answer.folders), print0)
    elif not as_json:
        rows = [(each.images, PathCell(each.path)) for each in answer.folders]
        render.table(("forgotten" if confirm else "to forget", "folder"), rows)
    if not confirm:
        standard_error.note("Nothing forgotten yet. Add --confirm to do it.")


def _print(failures: Sequence[Failure]) -> None:
    rows = [
        ("damaged" if each.damaged else "failed", PathCell(each.path), each.reason)
        for each in sorted(failures, key=lambda each: each.damaged)
    ]
    render.table(("state", "picture", "reason"), rows)


def _none(paths: Sequence[str]) -> str:
    return "No failed pictures there." if paths else "No failures."


def _retry(paths: list[str], as_json: bool) -> None:
    retried = Client().retry(paths)
    if as_json:
        render.as_json({"retried": retried})
    if not retried:
        raise NothingFoundError(_none(paths))
    if not as_json:
        print(f"Retrying {counted(retried, 'file')} in the background.")


def _check_are_there(paths: Sequence[str]) -> None:
    """Raises ConfigError for a path that is no picture or folder: it may be mistyped."""
    for place in paths:
        if not os.path.lexists(place):
            raise ConfigError(f"No such file or folder: {place}.")
