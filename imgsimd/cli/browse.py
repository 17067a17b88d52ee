"""The command that serves pages to look at."""

from __future__ import annotations

import os
import sys
from typing import Annotated
from urllib.parse import urlencode

import typer

from imgsimd import file_address
from imgsimd.cli import ending, notification, opening, standard_error
from imgsimd.cli.asking import Receiver
from imgsimd.cli.named_pictures import each_named
from imgsimd.client import Client, user_paths
from imgsimd.client.status import Status
from imgsimd.errors import BadPictureError
from imgsimd.web.access import Access
from imgsimd.web.listening import listen
from imgsimd.web.uploads import Uploads

app = typer.Typer()


@app.command()
def browse(
    picture: Annotated[
        str | None,
        typer.Argument(
            metavar="[PICTURE]",
            help="Begin with what looks like this one (- is standard input), or with the "
            "duplicates in this folder.",
        ),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the address.")] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Use this port, not any that is free.")
    ] = None,
) -> None:
    """Look at your photos in the browser: search, compare, find duplicates.

    Prints an address that works once, on this machine, and opens it. Ends a minute after the last
    page was closed, or with Ctrl-C. Example: imgsimctl browse ~/Downloads/beach.jpg
    """
    client = Client()
    uploads = Uploads(client)
    with notification.of_errors(wanted=not no_open):
        status = client.status()
        access = Access(_first_page(client, uploads, picture, status) if picture else "")
        sock = listen(port or 0)
    address = access.address(sock.getsockname()[1])
    print(address, flush=True)
    if not no_open and not opening.open_address(address):
        standard_error.note("No desktop is here to open it: open this address in a browser.")
    # The browser starts meanwhile. uvicorn cannot be imported without ssl, which imgsimctl has
    # turned off (`__main__`).
    sys.modules.pop("ssl", None)
    from imgsimd.web.app import app as pages
    from imgsimd.web.live import Live
    from imgsimd.web.server import Server
    from imgsimd.web.visitors import Visitors

    live = Live(client, Visitors())
    served = pages(client, status.max_bytes, access, live, uploads, ending.report_of_bug)
    raise typer.Exit(Server(served, live.end).run_on(sock, live.visitors.gone))


def _first_page(client: Client, uploads: Uploads, name: str, status: Status) -> str:
    """The address of what looks like the picture with this name, or of the duplicates in the
    folder. Raises BadPictureError, and ConfigError for a folder that is not watched."""
    if user_paths.scheme(name) in ("", "file") and os.path.isdir(user_paths.path(name)):
        folder = user_paths.watched_folder(name, status.roots)
        return "duplicate-find?" + urlencode({"under": file_address.address(folder)})
    (named,) = each_named([name])
    picture = Receiver(client).received(named)
    if isinstance(picture, BadPictureError):
        raise picture
    known = client.show(picture.name) if picture.identity else None
    if known and known.state == "indexed":
        return f"similar?of={known.id}"
    return f"similar?of=u{uploads.copy(picture, status.max_bytes).digest}"
