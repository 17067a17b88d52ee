"""Commands about what is stored: check, rebuild, backup, restore."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import render, separate_process, skipped, standard_error, starting, stopping
from imgsimd.cli.cells import PathCell
from imgsimd.cli.options import AsJson, AsPaths, Print0, wants_paths
from imgsimd.cli.output import Output
from imgsimd.cli.readable_file import readable_file
from imgsimd.client import Client
from imgsimd.errors import ConfigError, UnsoundError
from imgsimd.words import of_bytes, printable

if TYPE_CHECKING:
    from imgsimd.client.results import Finding

app = typer.Typer()

FINDINGS = {
    "database": "SQLite finds the database damaged",
    "unknown": "photos on the disk are not in the catalog",
    "changed": "photos have changed without being noticed",
    "missing": "images in the catalog have no file",
    "spoiled": "images have a damaged vector",
    "stranded": "images wait to be embedded, but are in no queue",
    "unsearchable": "images have a vector, but cannot be found",
    "stray": "images are found by a vector that is not theirs",
    "unpushed": "images are missing on the server that machines share",
    "stray_rows": "rows of this machine on that server belong to no image",
    "thumbnails": "thumbnails on that server are missing, or should not be there",
    "store": "the server that machines share could not be compared",
}
WITHOUT_PATHS = {"database", "stray_rows", "store"}
"""Findings whose examples are no paths."""


@app.command()
def check(as_json: AsJson = False, as_paths: AsPaths = False, print0: Print0 = False) -> None:
    """Compare disk, catalog and index, and list where they differ.

    If machines share the gallery on a server, its rows of this machine are compared, too. Changes
    nothing. The exit code is 14 where something is found, or the server cannot be compared.
    --paths prints the paths of the examples.
    Example: imgsimctl check
    """
    only_paths = wants_paths(as_json, as_paths, print0)
    client = Client()
    answer = client.check()
    if as_json:
        render.as_json(answer.json)
    elif only_paths:
        render.paths(_paths(answer.findings), print0)
    elif answer.findings:
        rows = [(f.count, FINDINGS[f.what], _example(f)) for f in answer.findings]
        render.table(("count", "problem", "example"), rows)
    else:
        is_shared = client.status().shared is not None
        what = "disk, catalog, index and server" if is_shared else "disk, catalog and index"
        render.sentence(f"No problems found: {what} agree.")
    if not (as_json or only_paths) and (line := skipped.line(client.status())):
        standard_error.note(line)
    if not answer.sound:
        raise UnsoundError(_verdict(answer.findings))


def _verdict(findings: Sequence[Finding]) -> str:
    if all(finding.what == "store" for finding in findings):
        return (
            "Disk, catalog and index agree. What the server that machines share has of this one "
            "could not be compared."
        )
    return "Problems found. `imgsimctl rebuild` repairs them."


def _paths(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield from finding.examples if finding.what not in WITHOUT_PATHS else ()


def _example(finding: Finding) -> PathCell | str:
    """The first one, which mostly is a path."""
    example = finding.examples[0]
    return example if finding.what in WITHOUT_PATHS else PathCell(example)


@app.command()
def rebuild() -> None:
    """Repair catalog and index, then rescan all folders.

    Only photos without a sound vector are re-indexed. If machines share the gallery on a server,
    what is missing there of this machine is sent, and what should not be there is removed. If the
    server cannot be used now, this is done later, and the exit code is 17.
    Example: imgsimctl rebuild && imgsimctl wait
    """
    Client().rebuild()
    render.sentence(
        "Rebuilt. Photos are being rescanned in the background; `imgsimctl wait` returns when that "
        "is done."
    )


@app.command()
def backup(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file that does not exist yet; - prints it.")
    ],
) -> None:
    """Copy the database into a file, while it is in use.

    `imgsimctl restore FILE` puts it back.
    Example: imgsimctl backup gallery-2026-11-24.db
    """
    output = Output(file, "imgsimctl backup gallery-2026-11-24.db")
    if output.is_stdout and sys.stdout.isatty():
        raise ConfigError("The database cannot be printed on a terminal: redirect the output.")
    with output.opened(mode=0o600) as stream:  # it contains the names of all photos
        Client().backup(stream)
        size = stream.tell() if stream.seekable() else 0
    if not output.is_stdout:
        print(f"Backed up {of_bytes(size)} to {printable(file)}.")


@app.command()
def restore(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What `backup` has written; - is standard input.")
    ],
) -> None:
    """Put a backup in the place of the database, which is kept beside it.

    A daemon that runs is stopped for this, and started again. Photos that are newer than the
    backup are indexed again.
    Example: imgsimctl restore gallery-2026-11-24.db
    """
    path = file if file == "-" else readable_file(file, "`imgsimctl restore -` reads a pipe")
    running = stopping.stop()
    state = ["--state", running.state_dir] if running else []
    try:
        separate_process.run("imgsimd.maintenance.restoring", *state, "--", path)
    finally:
        if running:
            starting.start()
    if not running:
        render.sentence("To go on: imgsimctl up")
