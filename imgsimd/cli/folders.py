"""Commands about what is watched: watch, unwatch, roots, rescan, failed, forget, relocate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from imgsimd import places
from imgsimd.cli import addresses, hints, render
from imgsimd.cli.connection import connect, status, status_if_running, told_at_last
from imgsimd.cli.options import AsJson
from imgsimd.control.client import MOST_PATHS
from imgsimd.errors import ConfigError, NothingFoundError
from imgsimd.words import counted

app = typer.Typer()

Folders = Annotated[list[str], typer.Argument(metavar="DIR...", help="Folders with photos.")]


@app.command()
def watch(folders: Folders) -> None:
    """Watch more folders; what is in them is indexed in the background.

    Example: imgsimctl watch ~/Pictures /mnt/archive
    """
    for folder in folders:
        add(folder)
        print(f"Watching {render.printable(real(folder))}")


@app.command()
def unwatch(folders: Folders) -> None:
    """Stop watching folders. Their index is kept but not searched.

    Example: imgsimctl unwatch /mnt/archive
    """
    from imgsimd.cli import settings

    for folder in folders:
        client = connect()
        running = status_if_running(client)
        with told_at_last(client), settings.removing_root(_config(running), real(folder)):
            if running:
                client.post("/v1/reload")
        print(f"No longer watching {render.printable(real(folder))}")


@app.command()
def roots(as_json: AsJson = False) -> None:
    """List the watched folders, and whether they are there.

    Example: imgsimctl roots
    """
    found = status(connect())["roots"]
    if as_json:
        render.as_json(found)
    else:
        rows = [(r["state"], r["path"], r["reason"]) for r in found]
        render.table(("state", "folder", "reason"), rows)


@app.command()
def rescan(
    folder: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Only this folder.")] = None,
) -> None:
    """Rescan folders for missed changes. Unchanged photos aren't re-indexed.

    Example: imgsimctl rescan ~/Pictures/2026
    """
    client = connect()
    found = status(client)["roots"]
    place = None if folder is None else real(folder)
    if folder and place and not any(_is_within(place, root["path"]) for root in found):
        check(folder)  # the daemon does not look at what it does not watch
    client.post("/v1/rescan", {"path": place})
    offline = [root for root in found if root["state"] == "offline"]
    what = render.printable(place) if place else counted(len(found) - len(offline), "folder")
    print(f"Rescanning {what} in the background; `imgsimctl wait` returns when it is done.")
    for root in offline if not place else ():
        print(render.printable(f"Left out: {root['path']} is offline ({root['reason']})."))


@app.command()
def failed(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH...]", help="Only these pictures, or those in these folders."),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try them again now.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the pictures that cannot be read, and why. They are tried again when they change.

    Example: imgsimctl failed --retry ~/Pictures/2026
    """
    places = [real(path) for path in paths or []]
    if retry:
        _retry(places, as_json)
        return
    failures = cast(list[dict[str, Any]], connect().get("/v1/failed"))
    if places:
        failures = [f for f in failures if any(_is_within(f["path"], place) for place in places)]
        if not failures:
            _check_are_there(places)
    if as_json:
        render.as_json(failures)
    elif failures:
        rows = [(f["path"], f["reason"]) for f in failures]
        render.table(("picture", "reason"), rows)
    else:
        print("No failed pictures there." if places else "No failures.")


@app.command()
def forget(
    folder: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Only this folder.")] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Actually forget them (default: dry run).")
    ] = False,
) -> None:
    """Forget photos that are gone or left out, or all those of a folder that is no longer watched.

    Without --confirm, only say how many that would be. No file is touched.
    Example: imgsimctl forget /mnt/archive --confirm
    """
    question = {"path": None if folder is None else real(folder), "confirm": confirm}
    answer = cast(dict[str, Any], connect(timeout=None).post("/v1/forget", question))
    if not answer["folders"]:
        raise NothingFoundError(
            "Nothing to forget. Deleted photos are forgotten automatically; a missing folder's "
            "photos are kept until you unwatch it."
        )
    rows = [(each["images"], each["path"]) for each in answer["folders"]]
    render.table(("forgotten" if confirm else "to forget", "folder"), rows)
    if not confirm:
        print("Nothing forgotten yet. Add --confirm to do it.")


@app.command()
def relocate(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Where the photos were.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Where they are now.")],
) -> None:
    """Tell imgsimd that a folder has moved. Nothing is re-indexed; ids stay the same.

    Example: imgsimctl relocate /mnt/old/Photos /mnt/new/Photos
    """
    from imgsimd.cli import settings

    target = check(new)
    source = _former(old, target)
    client = connect(timeout=None)
    running = status(client)
    roots = [root["path"] for root in running["roots"]]
    around = _root_around(target, roots)
    if source in roots and around not in (None, source):
        raise ConfigError(f"{target} lies in {around}, which is watched already.")
    with told_at_last(client), settings.replacing_root(_config(running), source, target):
        answer = client.post("/v1/relocate", {"old": source, "new": target})
    moved = cast(dict[str, Any], answer)["images"]
    print(f"Moved {counted(moved, 'photo')} to {render.printable(target)} in the catalog.")
    if source not in roots and not around:
        print(f"It isn't watched yet. Run: {hints.command('watch', target)}")


def _retry(places: list[str], as_json: bool) -> None:
    retried = 0
    for start in range(0, max(1, len(places)), MOST_PATHS):
        part = {"paths": places[start : start + MOST_PATHS]}
        retried += cast(dict[str, int], connect().post("/v1/failed", part))["retried"]
    if as_json:
        render.as_json({"retried": retried})
    if not retried:
        raise NothingFoundError("No failed pictures there." if places else "No failures.")
    if not as_json:
        print(f"Retrying {counted(retried, 'picture')} in the background.")


def _check_are_there(places: Sequence[str]) -> None:
    """Raises ConfigError for a path that is no picture or folder: it may be mistyped."""
    for place in places:
        if not os.path.lexists(place):
            raise ConfigError(f"No such file or folder: {place}.")


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


def add(folder: str) -> None:
    """Adds the folder to the configuration, and tells the daemon if one runs.

    Raises ConfigError, with the configuration unchanged.
    """
    from imgsimd.cli import settings

    path = check(folder)
    client = connect()
    running = status_if_running(client)
    with told_at_last(client), settings.adding_root(_config(running), path):
        if running:
            client.post("/v1/roots", {"path": path})


def check(folder: str) -> str:
    """The folder's real path. Raises ConfigError where there is no such folder."""
    path = real(folder)
    if not os.path.exists(path):
        raise ConfigError(f"No such folder: {path}.")
    if not os.path.isdir(path):
        raise ConfigError(f"{path} is a file; watch its folder.")
    return path


def real(path: str) -> str:
    """The path as the daemon knows it: absolute, links resolved. Raises ConfigError."""
    return addresses.place(path)


def _former(folder: str, new: str) -> str:
    """The path that a folder had; by now it may have become a link to the new one."""
    path = real(folder)
    if path != new:
        return path
    above, name = os.path.split(os.path.abspath(addresses.path(folder)))
    return os.path.join(real(above), name)


def _root_around(path: str, roots: Sequence[str]) -> str | None:
    """The watched folder that the path lies in."""
    return next((root for root in roots if path.startswith(f"{root}/")), None)


def _config(running: dict[str, Any] | None) -> Path:
    """The configuration of the daemon that runs, or of the one that would."""
    return Path(running["config"]) if running else places.find().config
