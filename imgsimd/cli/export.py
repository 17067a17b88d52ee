"""The command `export`."""

from __future__ import annotations

import os
import sys
import tempfile
from enum import StrEnum
from typing import Annotated

import typer

from imgsimd.cli import exchange_progress, older_export
from imgsimd.cli.output import Output
from imgsimd.errors import ConfigError
from imgsimd.words import counted, of_bytes, printable

app = typer.Typer()

EXAMPLE = "imgsimctl export gallery.parquet"
TEMPORARY = "/var/tmp"  # noqa: S108 - the copy gets a name that nobody can guess
"""Where the copy of the database is while the output is printed: on the disk, not in memory."""


class Format(StrEnum):
    """What `--format` takes, and what a name ends in."""

    PARQUET = "parquet"
    NPZ = "npz"
    FAISS = "faiss"


@app.command()
def export(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A new file, or an older export; - prints it.")
    ],
    form: Annotated[
        Format | None,
        typer.Option("--format", metavar="FORMAT", help="parquet, npz or faiss; as FILE ends."),
    ] = None,
) -> None:
    """Write all that is known of the photos, with their vectors, for other programs.

    A file .parquet or .npz has everything, and `import` reads it; a file .faiss is an index that
    FAISS reads, with the ids of the photos. Indexing goes on meanwhile.

    Example: imgsimctl export gallery.parquet
    """
    kind = form or _by_name(file)
    output = Output(file, EXAMPLE, is_ours=older_export.is_one)
    if output.is_stdout and sys.stdout.isatty():
        raise ConfigError("This cannot be printed on a terminal: redirect the output.")
    with output.opened(mode=0o600) as stream:  # it contains the names of all photos
        images = _write(stream.fileno(), kind, _folder(output))
        size = stream.seek(0, os.SEEK_END) if stream.seekable() else 0
    if not output.is_stdout:
        print(f"Exported {counted(images, 'photo')} to {printable(file)}, {of_bytes(size)}.")


def _by_name(file: str) -> Format:
    """Raises typer.BadParameter."""
    ending = os.path.splitext(file)[1][1:].lower()
    if ending not in {kind.value for kind in Format}:
        raise typer.BadParameter(
            "FILE ends in .parquet, .npz or .faiss, or --format says what is wanted."
        )
    return Format(ending)


def _write(descriptor: int, kind: Format, folder: str) -> int:
    """Writes into the open file; returns how many images."""
    own = os.dup(descriptor)
    try:
        end = exchange_progress.shown(
            "imgsimd.exchange.exporting", str(own), kind.value, folder, descriptors=[own]
        )
    finally:
        os.close(own)
    return int(str(end["images"]))


def _folder(output: Output) -> str:
    """Where the copy of the database is: in TMPDIR if that is set, else beside the file."""
    if "TMPDIR" in os.environ:
        return tempfile.gettempdir()
    return TEMPORARY if output.is_stdout else os.path.dirname(os.path.abspath(output.path))
