"""All commands of imgsimctl, and the module of each. A command imports only its own, since imports
are most of the time that a short command takes."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from imgsimd import __version__
from imgsimd.cli import pager, usage

MODULES = {
    "similar": ("similar",),
    "duplicates": ("duplicates",),
    "compare": ("compare",),
    "show": ("show",),
    "browse": ("browse",),
    "watched_folders": ("watch", "unwatch", "roots", "relocate"),
    "folder_contents": ("rescan", "failed", "forget"),
    "skipped": ("skipped",),
    "maintenance": ("check", "rebuild", "backup", "restore"),
    "export": ("export",),
    "import_command": ("import",),
    "lifecycle": ("up", "down", "wait", "reload"),
    "status": ("status",),
    "pausing": ("pause", "resume"),
    "monitoring": ("health", "metrics"),
    "doctor": ("doctor",),
    "sample": ("sample",),
}
"""The commands in each module of this folder."""
GROUPS = {"model": "model", "hosts": "hosts", "service": "systemd_units", "desktop": "desktop"}
"""The module of each group of commands."""
OF_ALL = ("completion", "help_command")
"""Modules of commands that look at all others."""


def app(name: str = "") -> typer.Typer:
    """imgsimctl with the command or group of this name; with all of them if there is none, or if
    it looks at the others."""
    modules = [module for module, names in MODULES.items() if name in names]
    groups = [group for group in GROUPS if group == name]
    if modules or groups or name == "version":
        return _composed(modules, groups)
    return _composed([*MODULES, *OF_ALL], list(GROUPS))


def _composed(modules: list[str], groups: list[str]) -> typer.Typer:
    whole = typer.Typer(
        cls=usage.Commands,
        no_args_is_help=True,
        add_completion=False,  # `completion` has its own
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,  # `ending` turns an error into a sentence
        epilog=usage.first("imgsimctl up ~/Pictures"),
    )
    whole.callback()(options)
    for module in modules:
        whole.registered_commands += _of(module).registered_commands
    whole.command()(version)
    for group in groups:
        whole.add_typer(_of(GROUPS[group]), name=group)
    for part in (whole, *(_of(GROUPS[group]) for group in groups)):
        for command in part.registered_commands:
            command.cls = usage.OneCommand
    return whole


def _of(module: str) -> typer.Typer:
    found: typer.Typer = import_module(f"imgsimd.cli.{module}").app
    return found


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:  # not while a line is completed
        version()
        raise typer.Exit


def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
    no_pager: Annotated[
        bool, typer.Option(pager.OPTION, help="Print long lists without a pager.")
    ] = False,
) -> None:
    """Find photos that look alike."""
    if no_pager:
        pager.turn_off()


def version() -> None:
    """Print the version.

    Example: imgsimctl version
    """
    print(__version__)
