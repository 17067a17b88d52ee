"""Commands about the menus of file managers and of the desktop: install, uninstall, status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import typer

from imgsimd import installed
from imgsimd.cli import render, standard_error, usage
from imgsimd.cli.cells import PathCell
from imgsimd.cli.options import AsJson
from imgsimd.desktop import installation, places
from imgsimd.desktop.installation import Program
from imgsimd.desktop.part import State
from imgsimd.desktop.places import Places
from imgsimd.errors import ConfigError

app = typer.Typer(
    cls=usage.Commands,
    no_args_is_help=True,
    help="Put imgsimd into the menus of your file manager and desktop.",
    epilog=usage.first(
        "imgsimctl desktop install", "imgsimctl desktop status", "imgsimctl desktop uninstall"
    ),
)


@app.command("install")
def install_command() -> None:
    """Add "Find similar photos" and "Find duplicates here" to the menus of your file managers.

    For Nautilus, Nemo, Caja, Dolphin, Thunar and PCManFM, as far as they are found; and imgsimd to
    the programs of the desktop. Run it again after an update, or when imgsimd has moved.

    Example: imgsimctl desktop install
    """
    where = _places()
    found = [program for program in installation.programs(where) if program.is_found]
    _tell(installation.install(where, found))
    render.sentence(f"Installed for {_listed(_installed(found))}.")
    for program in found:
        if program.advice:
            render.sentence(program.advice)
    _fail_if_any(found, State.UNREADABLE, State.MISSING, State.OUTDATED)


@app.command("uninstall")
def uninstall_command() -> None:
    """Remove these entries. A file that you have written or changed yourself is kept.

    Example: imgsimctl desktop uninstall
    """
    where = _places()
    known = installation.programs(where)
    was = _installed(known)
    _tell(installation.uninstall(where, known))
    render.sentence(f"Removed for {_listed(was)}." if was else "Nothing is installed.")
    _fail_if_any(known, State.INSTALLED, State.OUTDATED)


@app.command("status")
def status_command(as_json: AsJson = False) -> None:
    """Show for each program whether it is there, and what is installed, missing or outdated.

    Example: imgsimctl desktop status
    """
    known = installation.programs(_places())
    if as_json:
        render.as_json(
            [
                {
                    "program": program.name,
                    "found": program.is_found,
                    "state": installation.state(part),
                    "path": str(part.path),
                }
                for program in known
                for part in program.parts
            ]
        )
        return
    rows = [
        (program.name, _shown(program, installation.state(part)), PathCell(str(part.path)))
        for program in known
        for part in program.parts
    ]
    render.table(("program", "state", "file"), rows)


def _places() -> Places:
    return places.find(installed.script("imgsimctl"))


def _installed(known: Iterable[Program]) -> Sequence[str]:
    """The names of the programs of which something is installed."""
    return [program.name for program in known if _states(program) & {State.INSTALLED}]


def _states(program: Program) -> set[State]:
    return {installation.state(part) for part in program.parts}


def _shown(program: Program, state: State) -> str:
    return state if program.is_found or state is not State.MISSING else "not found"


def _listed(names: Sequence[str]) -> str:
    *others, last = names or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last


def _tell(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        standard_error.note(sentence)


def _fail_if_any(known: Iterable[Program], *states: State) -> None:
    """Ends with the exit code of what cannot be used, about which a sentence was said."""
    if any(_states(program) & set(states) for program in known):
        raise typer.Exit(ConfigError.exit_code)
