"""imgsimd as a service of the user's own systemd: for `imgsimctl service`, `up` and `down`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import typer

from imgsimd import locations, unit_files
from imgsimd.cli import render, standard_error, startup_failure, usage
from imgsimd.cli.cells import PathCell
from imgsimd.cli.running_daemon import status_if_running
from imgsimd.client import Client
from imgsimd.durable import replacing
from imgsimd.errors import AlreadyRunningError, ConfigError, NoDaemonError
from imgsimd.unit_files import SERVICE, SOCKET

app = typer.Typer(
    cls=usage.Commands,
    no_args_is_help=True,
    help="Run imgsimd as a systemd service: starts at login, or on demand.",
    epilog=usage.first(
        "imgsimctl service install", "imgsimctl service status", "imgsimctl service uninstall"
    ),
)

NOT_LOADED = 5
"""How systemctl ends if one of the units does not exist (systemctl(1))."""
LOG = f"`journalctl --user -u {SERVICE}`"
"""How a user reads the log."""


@app.command("install")
def install_command() -> None:
    """Put the systemd user units in place, enable them and start imgsimd.

    Run it again after an update, or when `state_dir` or `socket` has changed.

    Example: imgsimctl service install
    """
    if _runs_by_itself():
        raise AlreadyRunningError(
            "imgsimd is running already, but not as a service. Stop it with `imgsimctl down`, then "
            "try again."
        )
    place = unit_files.folder()
    if install(anew=True):
        render.sentence(
            f"Installed in {place}. imgsimd is running, and will start at every login; "
            "`loginctl enable-linger` keeps it running while you are logged out."
        )
    else:
        render.sentence(
            f"Installed in {place}, but not started: no systemd user manager available. "
            "`imgsimctl up` starts imgsimd without one."
        )


@app.command("uninstall")
def uninstall_command() -> None:
    """Stop imgsimd and remove its units. The gallery and the configuration are kept.

    Example: imgsimctl service uninstall
    """
    if uninstall():
        render.sentence(
            "Stopped and removed. The gallery is kept; `imgsimctl up` starts imgsimd again."
        )
    else:
        print("The service isn't installed.")


@app.command("status")
def status_command() -> None:
    """Show whether the service is installed, enabled and running; exit code 3 if it is not running.

    Example: imgsimctl service status
    """
    unit = unit_files.folder() / SERVICE
    is_there = unit.is_file()
    found = PathCell(str(unit)) if is_there else "not installed: `imgsimctl service install`"
    if not manager_answers():
        render.rows([("unit", found), ("manager", "no systemd user manager available")])
        raise typer.Exit(NoDaemonError.exit_code)
    render.rows(
        [
            ("unit", found),
            ("at login", _systemctl("is-enabled", SERVICE).stdout.strip() or "not-found"),
            ("socket", _systemctl("is-active", SOCKET).stdout.strip()),
            ("service", _systemctl("is-active", SERVICE).stdout.strip()),
        ]
    )
    if _systemctl("is-active", SERVICE).returncode != 0:
        raise typer.Exit(NoDaemonError.exit_code)


def manager_answers() -> bool:
    """Whether there is a systemd user manager that reads units from where we write them.

    It may read others if HOME or XDG_CONFIG_HOME differs from its value at login.
    """
    shown = _systemctl("show", "--property=UnitPath")
    return shown.returncode == 0 and str(unit_files.folder()) in shown.stdout


def install(anew: bool = False) -> bool:
    """Write the units; if a manager answers, enable and start them, and return True.

    With `anew`, stop what runs after the units are written, so that a failure leaves it running.

    Raises ConfigError if a unit cannot be written with these paths, NoDaemonError if the daemon
    does not start.
    """
    managed = manager_answers()
    with_namespaces = not managed or _namespaces_work()
    _write(with_namespaces)
    if managed and anew:
        stop()
    if managed:
        _systemctl("daemon-reload")
        _do("enable", "--now", SERVICE, SOCKET)
    return managed


def uninstall() -> bool:
    """Stop, disable and remove the units; False if there are none."""
    files = [unit_files.folder() / SERVICE, unit_files.folder() / SOCKET]
    found = any(unit.exists() for unit in files)
    managed = manager_answers()
    if found and managed:
        _systemctl("disable", "--now", SERVICE, SOCKET)
    for unit in files:
        if unit_files.is_ours(unit):
            unit.unlink(missing_ok=True)
        else:
            standard_error.note(f"{unit} differs from what imgsimctl writes, so it was kept.")
    if managed:
        _systemctl("daemon-reload")
    return found


def start() -> None:
    """Start the installed service and wait until it answers. Raises NoDaemonError."""
    # The socket unit made this folder at its start; it may have been deleted since.
    locations.find().state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _do("start", SERVICE, SOCKET)


def stop() -> bool:
    """Stop the service, and its socket, which would start it again; returns when it has ended.
    False if that fails."""
    code = _systemctl("stop", SOCKET, SERVICE).returncode
    return code == 0 or (code == NOT_LOADED and not is_active())  # a container's has no socket unit


def is_active() -> bool:
    """Whether the manager runs the daemon, or listens on its socket."""
    return _systemctl("is-active", SERVICE, SOCKET).returncode == 0


def _runs_by_itself() -> bool:
    """Whether a daemon runs that systemd did not start."""
    return not is_active() and status_if_running(Client()) is not None


def _write(with_namespaces: bool) -> None:
    folder = unit_files.folder()
    for name, text in unit_files.texts(locations.find(), with_namespaces).items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _put(folder / name, text)
        except OSError as error:
            raise ConfigError(f"{folder / name} cannot be written: {error.strerror}.") from error


def _put(unit: Path, text: str) -> None:
    """Writes the unit, unless there is one that somebody else wrote or changed."""
    if not unit_files.is_ours(unit):
        standard_error.note(
            f"{unit} differs from what imgsimctl writes, so it was kept. To have it written "
            f"again, move it away; `systemctl --user edit {unit.name}` adds settings beside it."
        )
        return
    with replacing(unit) as stream:
        stream.write(text.encode())


def _namespaces_work() -> bool:
    """Whether the manager can start a service with the namespaces of the unit; tries it out. In a
    container it may have some of them and not all."""
    options = [f"--property={each}" for each in unit_files.namespaces()]
    tried = _run("systemd-run", "--user", "--wait", "--collect", "--quiet", *options, "true")
    return tried.returncode == 0


def _do(*arguments: str) -> None:
    """Runs systemctl. Raises the error that the daemon ended with, or NoDaemonError with systemd's
    message."""
    done = _systemctl(*arguments)
    if done.returncode == 0:
        return
    properties = ("ExecMainStatus", "InvocationID")
    shown = _systemctl("show", f"--property={','.join(properties)}", SERVICE).stdout
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    code, invocation = (values.get(name, "") for name in properties)
    if code.isdecimal() and code != "0":
        logged = _run(
            "journalctl", "--user", "--output=cat", f"_SYSTEMD_INVOCATION_ID={invocation}"
        )
        raise startup_failure.of_start(int(code), logged.stdout, LOG)
    raise NoDaemonError(f"systemd could not start imgsimd: {done.stderr.strip()} See {LOG}.")


def _systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _run("systemctl", "--user", *arguments)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    """Runs the command; returns 127, as a shell does, if it is not installed."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", f"{command[0]} is not installed.")
