"""Commands about the daemon itself: up, down, status, wait, pause, resume."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable
from typing import Annotated, Any, cast

import typer

from imgsimd.cli import folders, hints, progress, render, service, starting
from imgsimd.cli.connection import connect, status, status_if_running
from imgsimd.cli.options import AsJson
from imgsimd.errors import NotInTimeError

app = typer.Typer()

STOP_SECONDS = 30.0


@app.command()
def up(
    watched: Annotated[
        list[str] | None, typer.Argument(metavar="[DIR...]", help="Folders to watch from now on.")
    ] = None,
) -> None:
    """Start the daemon, watch the folders, and show the progress until all photos are indexed.

    Example: imgsimctl up ~/Pictures
    """
    for folder in watched or []:
        folders.check(folder)
    if status_if_running(connect()) is None:
        starting.start()
    for folder in watched or []:
        folders.add(folder)
    current = _show_progress(lambda status: status["state"] in ("idle", "paused"))
    print(_summary(current))
    if current["newest"]:
        print(f"Try: {hints.command('similar', current['newest'])}")


@app.command()
def down() -> None:
    """Stop the daemon. Nothing is lost; `imgsimctl up` goes on where it was.

    Example: imgsimctl down
    """
    pid = status(connect())["pid"]
    process = os.pidfd_open(pid)
    if not (service.is_active() and service.stop()):
        signal.pidfd_send_signal(process, signal.SIGTERM)
    if not select.select([process], [], [], STOP_SECONDS)[0]:
        raise NotInTimeError(f"The daemon (process {pid}) has not ended yet; its log tells why.")
    print("Stopped.")


@app.command("status")
def show_status(
    as_json: AsJson = False,
    follow: Annotated[bool, typer.Option(help="Go on showing it as it changes.")] = False,
) -> None:
    """Show what the daemon does and how much it knows.

    Example: imgsimctl status --follow
    """
    if follow and as_json:
        for event in connect().events("/v1/events"):
            print(json.dumps(event), flush=True)
    elif follow:
        _show_progress(lambda status: False)
    elif as_json:
        render.as_json(status(connect()))
    else:
        _print_details(status(connect()))


@app.command()
def wait(
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="Give up after so long.")
    ] = None,
) -> None:
    """Wait until every photo is indexed and every change is known.

    Example: imgsimctl wait --timeout 60 && imgsimctl similar new.jpg
    """
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = 60.0 if end is None else max(0.0, end - time.monotonic())
        answer = connect(timeout=left + 30).get("/v1/wait", timeout=min(left, 60.0))
        current = cast(dict[str, Any], answer)["status"]
        if current["state"] == "idle":
            return
        if current["state"] == "paused" and current["pending"]:
            raise NotInTimeError("Indexing is paused: `imgsimctl resume` lets it go on.")
        if end is not None and time.monotonic() >= end:
            raise NotInTimeError(f"After {timeout:g} seconds {current['pending']} are pending.")


@app.command()
def pause() -> None:
    """Stop indexing until `imgsimctl resume`, or until the daemon is started again.

    Questions are still answered, and changes are still noted. Example: imgsimctl pause
    """
    connect().post("/v1/pause")


@app.command()
def resume() -> None:
    """Go on indexing after `imgsimctl pause`.

    Example: imgsimctl resume
    """
    connect().post("/v1/resume")


def _show_progress(is_done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Shows how indexing goes on, until it is done; returns the last status."""
    current: dict[str, Any] = {}
    with progress.Progress() as bar:
        for event in connect().events("/v1/events"):
            current = cast(dict[str, Any], event)
            done = current["images"] + current["failed"]
            bar.update(done, done + current["pending"], current["failed"], current["state"])
            if is_done(current):
                break
    return current


def _summary(current: dict[str, Any]) -> str:
    images = current["images"]
    text = "1 photo is searchable." if images == 1 else f"{images:,} photos are searchable."
    if current["failed"]:
        text += f" {current['failed']} could not be read: `imgsimctl failed` says why."
    for root in current["roots"]:
        if root["reason"]:
            sentence = f"{root['path']} is {root['state']}: {root['reason']}"
            text += f"\n{render.printable(sentence)}"
    for note in current["notes"]:
        text += f"\n{render.printable(note)}"
    if current["trouble"]:
        text += f"\nTrouble: {render.printable(current['trouble'])}"
    return text


def _print_details(current: dict[str, Any]) -> None:
    model = current["model"]
    if current["next_model"]:
        model += f" (until {current['next_model']} has embedded every photo)"
    rows = [
        ("state", current["state"]),
        ("images", f"{current['images']:,} searchable"),
        ("pending", str(current["pending"])),
        ("failed", str(current["failed"])),
        ("model", model),
        ("sandbox", ", ".join(current["sandbox"]) or "known once the worker has run"),
        ("memory", f"{current['rss_bytes'] / 2**20:.0f} MiB, process {current['pid']}"),
    ]
    for root in current["roots"]:
        reason = f": {root['reason']}" if root["reason"] else ""
        rows.append(("root", f"{root['path']} ({root['state']}{reason})"))
    rows += [("note", note) for note in current["notes"]]
    if current["trouble"]:
        rows.append(("trouble", current["trouble"]))
    render.table(("what", "how"), rows)
