"""Commands about what is watched: watch, unwatch, roots, rescan, failed, forget, relocate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from imgsimd import places
from imgsimd.cli import render
from imgsimd.cli.connection import connect, status, status_if_running, told_at_last
from imgsimd.cli.options import AsJson
from imgsimd.errors import ConfigError, NothingFoundError

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
    """Stop watching folders. What is known of their photos is kept, but not searched any more.

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
    """Look at everything again, as if no change had been noticed. Unchanged photos cost nothing.

    Example: imgsimctl rescan ~/Pictures/2026
    """
    connect().post("/v1/rescan", {"path": real(folder) if folder else None})


@app.command()
def failed(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH...]", help="With --retry: only these pictures or folders."),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try them again now.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the pictures that cannot be read, and why. They are tried again when they change.

    Example: imgsimctl failed --retry ~/Pictures/2026
    """
    if retry:
        _retry([real(path) for path in paths or []])
        return
    if paths:
        raise typer.BadParameter("PATH needs --retry.")
    failures = cast(list[dict[str, Any]], connect().get("/v1/failed"))
    if as_json:
        render.as_json(failures)
    elif failures:
        rows = [(f["path"], f["reason"]) for f in failures]
        render.table(("picture", "reason"), rows)
    else:
        print("Every picture could be read.")


@app.command()
def forget(
    folder: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Only this folder.")] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Do it, instead of telling.")] = False,
) -> None:
    """Forget photos that are gone or left out, or all those of a folder that is no longer watched.

    Without --confirm, only say how many that would be. No file is touched.
    Example: imgsimctl forget /mnt/archive --confirm
    """
    question = {"path": real(folder) if folder else None, "confirm": confirm}
    answer = cast(dict[str, Any], connect(timeout=None).post("/v1/forget", question))
    if not answer["folders"]:
        raise NothingFoundError(
            "Nothing waits to be forgotten: photos go with their files, and those of a folder that "
            "is watched, but not there, are kept until `imgsimctl unwatch`."
        )
    rows = [(each["images"], each["path"]) for each in answer["folders"]]
    render.table(("forgotten" if confirm else "to forget", "folder"), rows)
    if not confirm:
        print("Nothing is forgotten yet: the same command with --confirm does it.")


@app.command()
def relocate(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Where the photos were.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Where they are now.")],
) -> None:
    """Tell that the photos of a folder lie elsewhere now. Nothing is embedded again, ids stay.

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
    print(f"{moved:,} images are expected in {render.printable(target)} from now on.")
    if source not in roots and not around:
        print("It is not watched: `imgsimctl watch` with this folder shows them.")


def _retry(places: list[str]) -> None:
    answer = cast(dict[str, int], connect().post("/v1/failed", {"paths": places}))
    if not answer["retried"]:
        raise NothingFoundError("No picture has failed there: `imgsimctl failed` lists them all.")
    print(f"Tried again in the background: {answer['retried']:,}. `imgsimctl wait` waits for it.")


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
    if not os.path.isdir(path):
        raise ConfigError(f"There is no folder {path}: check the name, or make it first.")
    return path


def real(path: str) -> str:
    """The path as the daemon knows it: absolute, links resolved."""
    return os.path.realpath(os.path.expanduser(path))


def _former(folder: str, new: str) -> str:
    """The path that a folder had; by now it may have become a link to the new one."""
    path = real(folder)
    if path != new:
        return path
    above, name = os.path.split(os.path.abspath(os.path.expanduser(folder)))
    return os.path.join(real(above), name)


def _root_around(path: str, roots: Sequence[str]) -> str | None:
    """The watched folder that the path lies in."""
    return next((root for root in roots if path.startswith(f"{root}/")), None)


def _config(running: dict[str, Any] | None) -> Path:
    """The configuration of the daemon that runs, or of the one that would."""
    return Path(running["config"]) if running else places.find().config
