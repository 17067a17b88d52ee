"""Commands about the machines that share a gallery: list, remove."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgsimd.cli import render, standard_error, usage
from imgsimd.cli.options import AsJson
from imgsimd.client import Client
from imgsimd.pace import ago
from imgsimd.words import counted, printable

app = typer.Typer(
    cls=usage.Commands,
    no_args_is_help=True,
    help="See the machines that share this gallery.",
    epilog=usage.first("imgsimctl hosts list"),
)


@app.command("list")
def list_hosts(as_json: AsJson = False) -> None:
    """List the machines that share this gallery.

    Of each: its name, its number, how many of its photos are found, when it last told of itself,
    and which of its folders are offline.
    Example: imgsimctl hosts list
    """
    found = Client().hosts()
    if as_json:
        render.as_json([host.json for host in found])
        return
    now = datetime.now(UTC)
    rows = [
        (
            host.name,
            str(host.number),
            f"{host.images:,}",
            ago((now - datetime.fromisoformat(host.written_at)).total_seconds()),
            "this machine" if host.is_this_machine else "",
            ", ".join(f"{host.name}:{folder}" for folder in host.offline),
        )
        for host in found
    ]
    render.table(("name", "number", "photos", "last told", "", "offline"), rows)


@app.command()
def remove(
    host: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Its name or number in `imgsimctl hosts list`."),
    ],
    confirm: Annotated[
        bool, typer.Option("--confirm", "--yes", help="Actually remove it (default: dry run).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a machine that is gone for good from the gallery that it shared.

    Its photos are not found any more, and stay where they are. If the machine starts again and
    reaches the server, it shares them again. Without --confirm, only say how many photos they are.
    Example: imgsimctl hosts remove attic --confirm
    """
    found = Client().remove_host(host, confirm)
    if as_json:
        render.as_json({**found.json, "removed": confirm})
        return
    photos = f"{printable(found.name)} ({found.number}) with {counted(found.images, 'photo')}"
    if confirm:
        print(f"Removed {photos}.")
    else:
        print(f"To remove: {photos}.")
        standard_error.note("Nothing removed yet. Add --confirm to do it.")
