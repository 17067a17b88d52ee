"""Whether the systemd user service is installed as this version writes it, enabled and running."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from imgsimd import unit_files
from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.errors import ConfigError
from imgsimd.unit_files import SERVICE, SOCKET
from imgsimd.words import quoted

NAME = "service"
INSTALL = "imgsimctl service install"
SECONDS = 3.0
"""For each question to systemd."""


def check(situation: Situation) -> Iterator[Result]:
    """One result for each thing that is wrong with the service; one if nothing is."""
    found = list(_wrong(situation))
    yield from found or [_sound(situation)]


def _wrong(situation: Situation) -> Iterator[Result]:
    files = [unit_files.folder() / name for name in (SERVICE, SOCKET)]
    installed = [file for file in files if os.path.lexists(file)]
    for file in installed:
        yield from _of_unit(situation, file)
    if len(installed) == 1:
        yield failed(NAME, f"Only one of the two units is there, {installed[0]}.", INSTALL)
    if _manager_answers():
        yield from _of_manager(situation) if installed else _uninstalled(situation)


def _of_unit(situation: Situation, unit: Path) -> Iterator[Result]:
    if unit.is_symlink():
        if os.path.realpath(unit) == os.devnull:
            yield warned(NAME, f"{unit} is masked.", f"systemctl --user unmask {unit.name}")
        elif not unit.exists():
            yield failed(
                NAME, f"{unit} is a link to nothing.", f"rm {quoted(str(unit))} && {INSTALL}"
            )
        return
    text = unit.read_text(encoding="utf-8", errors="replace")
    replaced = f"mv {quoted(str(unit))} {quoted(str(unit) + '.old')} && {INSTALL}"
    again = INSTALL if unit_files.is_ours(unit) else replaced
    program = _program(text)
    if program and not os.access(program, os.X_OK):
        yield failed(NAME, f"{unit} starts {program}, which is not there.", again)
    elif not unit_files.is_ours(unit):
        yield warned(
            NAME, f"{unit} was changed by somebody else, so no update reaches it.", replaced
        )
    elif text not in _expected(situation, unit.name):
        yield warned(NAME, f"{unit} is outdated: this version would write another one.", INSTALL)


def _program(text: str) -> str:
    """What the unit starts (systemd.service(5)); empty for a unit that starts nothing, or what
    only systemd can look up."""
    found = re.search(r'^ExecStart=[-@:+!]*(?:"([^"]*)"|(\S+))', text, re.MULTILINE)
    path = (found[1] or found[2]).replace("%%", "\0") if found else ""
    path = path.replace("%h", os.path.expanduser("~"))
    return path.replace("\0", "%") if path.startswith("/") and "%" not in path else ""


def _expected(situation: Situation, name: str) -> list[str]:
    """What the unit may say: not every kernel allows all of it."""
    with suppress(ConfigError):
        return [unit_files.texts(situation.where, namespaces)[name] for namespaces in (True, False)]
    return []


def _uninstalled(situation: Situation) -> Iterator[Result]:
    if not _runs_for_all(situation):
        yield warned(
            NAME, "imgsimd is not installed as a service: it will not start at log-in.", INSTALL
        )


def _of_manager(situation: Situation) -> Iterator[Result]:
    """What the manager says of the installed service."""
    has = _properties()
    if has.get("NeedDaemonReload") == "yes":
        yield warned(
            NAME,
            "systemd has not read the units since they changed.",
            "systemctl --user daemon-reload",
        )
    if has.get("UnitFileState") in ("disabled", "linked"):
        yield warned(
            NAME,
            "The service is not enabled, so it will not start at log-in.",
            f"systemctl --user enable {SERVICE} {SOCKET}",
        )
    state = has.get("ActiveState")
    if state == "failed":
        why = f"{has.get('Result', '')}, exit code {has.get('ExecMainStatus', '?')}"
        yield failed(
            NAME,
            f"The service has failed ({why}). Mend what else is listed here first.",
            f"systemctl --user reset-failed {SERVICE}; {remedy.START}",
        )
    elif state not in ("active", "activating", "reloading") and situation.daemon.status:
        yield warned(
            NAME, "imgsimd runs, but not as the service that is installed.", remedy.RESTART
        )
    elif state == "inactive":
        yield warned(NAME, "The service is installed, but does not run.", remedy.START)


def _sound(situation: Situation) -> Result:
    if _runs_for_all(situation):
        return passed(NAME, "imgsimd runs as a service of the system.")
    if not _manager_answers():
        return passed(
            NAME,
            "There is no systemd user manager here; `imgsimctl up` starts imgsimd without one.",
        )
    return passed(NAME, f"{unit_files.folder() / SERVICE} is up to date, enabled and running.")


def _runs_for_all(situation: Situation) -> bool:
    """Whether the daemon runs as the service of the whole system."""
    with suppress(OSError):
        groups = Path(f"/proc/{situation.daemon.pid or 0}/cgroup").read_text()
        return f"system.slice/{SERVICE}" in groups
    return False


@cache
def _manager_answers() -> bool:
    """Whether there is a manager that reads units from where ours are."""
    return str(unit_files.folder()) in _asked("show", "--property=UnitPath")


def _properties() -> dict[str, str]:
    names = "ActiveState,UnitFileState,Result,ExecMainStatus,NeedDaemonReload"
    lines = _asked("show", f"--property={names}", SERVICE).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _asked(*arguments: str) -> str:
    """What systemctl prints; empty if it fails, is not there or does not answer."""
    try:
        done = subprocess.run(
            ["systemctl", "--user", *arguments],  # noqa: S607  # whichever is on PATH
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
