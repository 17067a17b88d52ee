"""imgsimctl: all commands, and how their errors are shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError  # see `usage`

from imgsimd import __version__
from imgsimd.cli import (
    compare,
    completion,
    duplicates,
    ending,
    folder_contents,
    help_command,
    lifecycle,
    maintenance,
    model,
    sample,
    show,
    similar,
    skipped,
    standard_error,
    streams,
    systemd_units,
    usage,
    watched_folders,
)

app = typer.Typer(
    cls=usage.Commands,
    no_args_is_help=True,
    add_completion=False,  # `completion` has its own
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,  # `ending` turns an error into a sentence
    epilog=usage.first("imgsimctl up ~/Pictures"),
)


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:  # not while a line is completed
        version()
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Find photos that look alike."""


@app.command()
def version() -> None:
    """Print the version.

    Example: imgsimctl version
    """
    print(__version__)


for part in (
    *(similar, duplicates, compare, show, watched_folders, folder_contents, skipped),
    *(maintenance, lifecycle, sample, completion, help_command),
):
    app.registered_commands += part.app.registered_commands
app.add_typer(model.app, name="model")
app.add_typer(systemd_units.app, name="service")
for group in (app, model.app, systemd_units.app):
    for each in group.registered_commands:
        each.cls = usage.OneCommand


def main() -> NoReturn:
    """The `imgsimctl` command. Exit codes: README.md, and `errors.py`."""
    streams.prepare()
    ending.heed_signals()
    code = run(sys.argv[1:])
    os._exit(code)  # Python's own exit takes a tenth of a command's time


def run(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name; returns the exit code. Raises nothing."""
    standard_error.choose(arguments)
    return ending.exit_code(lambda: _run(arguments))


def _run(arguments: Sequence[str]) -> int:
    try:
        return app(arguments, prog_name="imgsimctl", standalone_mode=False) or 0
    except NoArgsIsHelpError as error:
        print(error.message)
        return error.exit_code
    except UsageError as error:
        return ending.refuse(usage.sentence(error), usage.EXIT_CODE)
