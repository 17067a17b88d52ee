"""Commands about the daemon itself: up, down, wait, reload."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from imgsimd import __version__, versions
from imgsimd.cli import (
    progress,
    render,
    standard_error,
    starting,
    status_report,
    stopping,
    suggestions,
    watched_folders,
)
from imgsimd.cli.options import finite
from imgsimd.cli.running_daemon import status_if_running
from imgsimd.client import Client, Status, status_words
from imgsimd.errors import AlreadyRunningError, ConfigError, NotInTimeError
from imgsimd.words import printable

app = typer.Typer()


@app.command()
def up(
    watched: Annotated[
        list[str] | None, typer.Argument(metavar="[DIR...]", help="Folders to watch.")
    ] = None,
) -> None:
    """Start imgsimd, watch the folders, and show the progress until all photos are indexed.

    If an older version is running, it is restarted as this one.

    Example: imgsimctl up ~/Pictures
    """
    named = {folder: watched_folders.check(folder) for folder in watched or []}
    running = status_if_running(Client())
    if running is None or _has_stopped_older(running):
        starting.start()
    _add(named)
    current = Client().status()
    if not current.roots and current.state != "starting":
        raise ConfigError(status_words.NO_FOLDER)
    current = progress.until(lambda status: status.is_at_rest, sys.stderr, waiting=True)
    for line in status_report.summary(current):
        render.sentence(line)
    if current.newest:
        print(f"Try: {suggestions.command('similar', current.newest)}")
    if current.pending:
        raise NotInTimeError(status_words.left_by_pause(current))
    if current.roots and all(root.state == "offline" for root in current.roots):
        raise ConfigError("All watched folders are offline.")


def _add(folders: Mapping[str, str]) -> None:
    """Watches the folders: as they were named, with their paths."""
    for folder, path in folders.items():
        # An empty folder in the place of known photos may be the mount point of an absent disk.
        for sentence in watched_folders.add(folder, is_meant=any(os.scandir(path)))[1:]:
            render.sentence(sentence)


def _has_stopped_older(running: Status) -> bool:
    """Stops a daemon that is older than this command, if we may."""
    if not versions.is_older(running.version, __version__):
        return False
    before = printable(running.version)
    try:
        stopping.stop()
    except AlreadyRunningError:
        standard_error.note(
            f"imgsimd {before} is running, which you cannot stop; this command is {__version__}."
        )
        return False
    standard_error.note(f"Restarting imgsimd: {before} was running, this is {__version__}.")
    return True


@app.command()
def down() -> None:
    """Stop imgsimd. Nothing is lost; `imgsimctl up` picks up where it left off.

    Example: imgsimctl down
    """
    print("Stopped." if stopping.stop() else "Not running.")


@app.command()
def wait(
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0, callback=finite, metavar="SECONDS", help="Give up after this many seconds."
        ),
    ] = None,
) -> None:
    """Wait until every photo is indexed and every change is noticed.

    Example: imgsimctl wait --timeout 60 && imgsimctl similar new.jpg
    """
    current = Client().wait(timeout)
    if current.pending:
        raise NotInTimeError(status_words.left_by_pause(current))


@app.command()
def reload() -> None:
    """Read the configuration file again, after you have edited it.

    An invalid file is rejected, and the old settings stay in force. Example: imgsimctl reload
    """
    client = Client()
    client.reload()
    current = client.status()
    render.sentence(f"Reloaded {current.config}.")
    for note in current.notes:
        standard_error.note(note)
