"""Commands for programs that watch whether imgsimd works."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from imgsimd.cli import standard_error
from imgsimd.cli.output import Output
from imgsimd.client import Client
from imgsimd.errors import NoDaemonError, NotInTimeError, RequestError
from imgsimd.prometheus import MARK, text, up

app = typer.Typer()

EVERYBODY_READS = 0o644
"""The mode of the file: node_exporter runs as a user of its own."""


@app.command()
def health() -> None:
    """Say whether everything works, by the exit code, too: 0 if it does, 16 if not, 3 if imgsimd
    isn't running.

    For a container's health check, and for monitoring: it takes a tenth of a second.

    Example: imgsimctl health
    """
    Client().check_health()
    print("Everything works.")


@app.command()
def metrics(
    textfile: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write them to a file, for node_exporter: its name ends in .prom."
        ),
    ] = None,
) -> None:
    """Print numbers about imgsimd for Prometheus.

    If imgsimd doesn't answer, there is only `imgsimd_up 0`, and the exit code is 0, too.

    Example: imgsimctl metrics --textfile /var/lib/node_exporter/imgsimd.prom
    """
    if textfile is None:
        print(_numbers(), end="")
        return
    if not textfile.endswith(".prom"):
        raise typer.BadParameter("--textfile: node_exporter reads files that end in `.prom` only.")
    with Output(textfile, "--textfile imgsimd.prom", MARK.encode()).opened() as stream:
        stream.write(f"{MARK}{_numbers()}".encode())
        os.fchmod(stream.fileno(), EVERYBODY_READS)


def _numbers() -> str:
    """What the daemon answers, or that it does not."""
    try:
        return Client().metrics()
    except (NoDaemonError, NotInTimeError, RequestError) as error:
        standard_error.note(str(error))
        return text([up(False)])
