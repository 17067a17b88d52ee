"""The systemd user service, with a `systemctl` of our own on PATH that records how it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner, Result

from imgsimd import installed
from imgsimd.cli import systemd_units
from imgsimd.errors import AlreadyRunningError, ConfigError, NoDaemonError
from tests.support.requires import needs_tool
from tests.support.serving import Running

pytestmark = pytest.mark.user

SYSTEMCTL = """#!/bin/sh
cd "$(dirname "$0")" || exit 99
echo "$(basename "$0") $*" >> calls
case "$(basename "$0") $*" in
"systemctl --user show --property=UnitPath")
    [ -e answers ] || { echo "Failed to connect to bus" >&2; exit 1; }
    echo "UnitPath=/etc/systemd/user $READ_BY_MANAGER" ;;
"systemctl --user is-active "*) [ -e active ] && echo active || { echo inactive; exit 3; } ;;
"systemctl --user is-enabled "*) echo enabled ;;
"systemctl --user enable --now "*) [ ! -e refuses ] || { echo "Job failed." >&2; exit 1; } ;;
"systemctl --user show --property=ExecMainStatus,InvocationID imgsimd.service")
    [ ! -e misconfigured ] || printf 'ExecMainStatus=9\nInvocationID=abc\n' ;;
"journalctl --user --output=cat _SYSTEMD_INVOCATION_ID=abc")
    echo "INFO something"; echo 'ERROR config.toml: `rots` is not a setting.' ;;
"systemd-run "*) [ -e namespaces ] ;;
esac
"""


class Manager:
    """A service manager that does nothing but remember."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("systemctl", "systemd-run", "journalctl"):
            (folder / name).write_text(SYSTEMCTL)
            (folder / name).chmod(0o755)

    def set(self, **states: bool) -> None:
        """answers, active, refuses, misconfigured, namespaces: as the names say."""
        for name, state in states.items():
            if state:
                (self._folder / name).touch()
            else:
                (self._folder / name).unlink(missing_ok=True)

    @property
    def calls(self) -> list[str]:
        """The calls that change something."""
        lines = (self._folder / "calls").read_text().splitlines()
        asked = (" show ", " is-", "systemd-run ")
        return [line for line in lines if not any(word in line for word in asked)]


@pytest.fixture
def config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home whose name must be escaped in a unit."""
    home = tmp_path / "Zoë 100%h $HOME"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ".local/state"))
    runtime = tmp_path / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for name in ("IMGSIMD_CONFIG", "IMGSIMD_STATE_DIR", "IMGSIMD_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    return home / ".config"


@pytest.fixture
def manager(config_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("READ_BY_MANAGER", str(config_home / "systemd/user"))
    manager = Manager(folder)
    manager.set(answers=True, namespaces=True)
    return manager


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(systemd_units.app, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def units(config_home: Path) -> tuple[str, str]:
    folder = config_home / "systemd/user"
    return (folder / "imgsimd.service").read_text(), (folder / "imgsimd.socket").read_text()


def verify(config_home: Path) -> None:
    """systemd itself accepts the installed units."""
    names = [config_home / "systemd/user" / name for name in ("imgsimd.service", "imgsimd.socket")]
    verified = subprocess.run(
        ["systemd-analyze", "--user", "verify", *names], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@needs_tool("systemd-analyze")
def test_install_writes_units_and_starts_them(manager: Manager, config_home: Path) -> None:
    result = run("install")
    assert result.exit_code == 0
    assert "imgsimd is running, and will start at every login" in result.output
    assert manager.calls[-2:] == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now imgsimd.service imgsimd.socket",
    ]
    verify(config_home)


def test_the_units_name_this_installation_and_its_paths(
    manager: Manager, config_home: Path, tmp_path: Path
) -> None:
    run("install")
    unit, socket = units(config_home)
    home = str(config_home.parent).replace("%", "%%")
    script = str(Path(sys.executable).with_name("imgsimd")).replace("%", "%%")
    assert f'\nExecStart="{script}"\n' in unit
    assert f'\nEnvironment="IMGSIMD_STATE_DIR={home}/.local/state/imgsimd"\n' in unit
    assert f'\nEnvironment="IMGSIMD_CONFIG={home}/.config/imgsimd/config.toml"\n' in unit
    assert f'\nReadWritePaths="{home}/.local/state/imgsimd"\n' in unit
    assert f"\nListenStream={tmp_path}/run/imgsimd/control.sock\n" in socket
    assert "%h/" not in unit.replace(home, "") + socket.replace(home, "")


def test_a_failed_install_leaves_the_running_daemon_alone(
    manager: Manager, config_home: Path
) -> None:
    (config_home / "systemd").parent.mkdir(parents=True)
    (config_home / "systemd").touch()
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        run("install")
    assert manager.calls == []


@needs_tool("systemd-analyze")
def test_configured_paths_are_written_into_the_units(manager: Manager, config_home: Path) -> None:
    file = config_home / "imgsimd/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('state_dir = "/srv/state"\nsocket = "/srv/imgsimd.sock"\n')
    run("install")
    unit, socket = units(config_home)
    assert 'Environment="IMGSIMD_STATE_DIR=/srv/state"\n' in unit
    assert "ListenStream=/srv/imgsimd.sock\n" in socket
    verify(config_home)


@needs_tool("systemd-analyze")
def test_install_without_a_manager_writes_the_units_and_says_so(
    manager: Manager, config_home: Path
) -> None:
    manager.set(answers=False)
    result = run("install")
    assert result.exit_code == 0
    assert "no systemd user manager" in result.output
    assert not any("enable" in call for call in manager.calls)
    verify(config_home)


def test_a_manager_that_reads_another_home_is_left_alone(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READ_BY_MANAGER", "/home/somebody/.config/systemd/user")
    assert not systemd_units.manager_answers()
    assert "no systemd user manager available" in run("install").output


def test_a_missing_systemd_raises_no_error(
    config_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not systemd_units.manager_answers()
    assert not systemd_units.is_active()
    assert not systemd_units.stop()
    assert systemd_units.install() is False


@needs_tool("systemd-analyze")
def test_the_unit_has_no_namespaces_if_users_may_not_have_them(
    manager: Manager, config_home: Path
) -> None:
    manager.set(namespaces=False)
    run("install")
    unit, _ = units(config_home)
    for option in ("PrivateUsers", "ProtectSystem", "ReadWritePaths", "PrivateDevices"):
        assert f"\n{option}=" not in unit
    assert "\nNoNewPrivileges=yes\n" in unit
    assert "\n[Install]\nWantedBy=default.target\n" in unit
    verify(config_home)


def test_the_message_of_systemd_is_passed_on_when_it_cannot_start_the_daemon(
    manager: Manager,
) -> None:
    manager.set(refuses=True)
    with pytest.raises(NoDaemonError, match="Job failed"):
        run("install")


def test_a_daemon_that_fails_under_systemd_is_reported_in_its_own_words(manager: Manager) -> None:
    manager.set(refuses=True, misconfigured=True)
    with pytest.raises(ConfigError, match=r"^config\.toml: `rots` is not a setting\.$"):
        run("install")


STATUS = b"""{
    "state": "idle", "images": 0, "pending": 0, "failed": 0, "decoded": 0, "finished": 0,
    "newest": null, "roots": [], "model": "vgg16", "next_model": null, "worker": false,
    "sandbox": [], "trouble": "", "max_bytes": 1, "notes": [], "rss_bytes": 1, "pid": 1,
    "version": "0", "config": "/c", "state_dir": "/s"
}"""
"""What a daemon answers to `GET /v1/status`."""


def test_install_refuses_while_a_daemon_runs_without_systemd(
    manager: Manager, config_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def status(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": STATUS})

    running = Running(status, tmp_path / "sock")
    monkeypatch.setenv("IMGSIMD_SOCKET", str(running.path))
    try:
        with pytest.raises(AlreadyRunningError, match="imgsimctl down"):
            run("install")
    finally:
        running.stop()
    assert not (config_home / "systemd").exists()


def test_a_path_that_systemd_cannot_use_is_refused(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGSIMD_STATE_DIR", '/srv/"quoted"')
    with pytest.raises(ConfigError, match="quotes"):
        run("install")


def test_uninstall_stops_and_removes_but_keeps_the_gallery(
    manager: Manager, config_home: Path
) -> None:
    state = config_home.parent / ".local/state/imgsimd"
    state.mkdir(parents=True)
    run("install")
    result = run("uninstall")
    assert "gallery is kept" in result.output
    assert manager.calls[-2:] == [
        "systemctl --user disable --now imgsimd.service imgsimd.socket",
        "systemctl --user daemon-reload",
    ]
    assert list((config_home / "systemd/user").iterdir()) == []
    assert state.is_dir()
    assert "The service isn't installed." in run("uninstall").output


@pytest.mark.parametrize(("active", "code"), [(True, 0), (False, 3)])
def test_the_exit_code_of_status_says_whether_the_service_runs(
    manager: Manager, config_home: Path, active: bool, code: int
) -> None:
    manager.set(active=active)
    systemd_units.install()
    result = run("status")
    assert result.exit_code == code
    assert str(config_home) in result.output
    assert f"service   {'active' if active else 'inactive'}" in result.output


def test_status_without_units_says_how_to_install(manager: Manager) -> None:
    result = run("status")
    assert result.exit_code == 3
    assert "imgsimctl service install" in result.output


def test_up_and_down_start_and_stop_service_and_socket(manager: Manager) -> None:
    systemd_units.start()
    assert systemd_units.stop()
    assert manager.calls == [
        "systemctl --user start imgsimd.service imgsimd.socket",
        "systemctl --user stop imgsimd.socket imgsimd.service",
    ]


def test_an_installed_package_contains_its_units(
    manager: Manager, config_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a checkout around the module, the files that pip installed under the prefix are
    used."""
    share = tmp_path / "prefix/share/imgsimd/systemd/user"
    shutil.copytree(Path(installed.__file__).parents[1] / "systemd/user", share)
    with (share / "imgsimd.socket").open("a") as unit:
        unit.write("# from pip\n")
    monkeypatch.setattr(
        "imgsimd.unit_files.__file__", str(tmp_path / "site-packages/imgsimd/units.py")
    )
    paths = {"data": str(tmp_path / "prefix"), "scripts": sysconfig.get_path("scripts")}
    monkeypatch.setattr(sysconfig, "get_path", lambda kind, scheme: paths[kind])
    run("install")
    assert "# from pip" in units(config_home)[1]


@pytest.mark.parametrize("command", ["install", "uninstall", "status"])
def test_each_help_shows_an_example(command: str) -> None:
    assert f"Example: imgsimctl service {command}" in run(command, "--help").output


def test_units_that_imgsimctl_wrote_are_updated(manager: Manager, config_home: Path) -> None:
    """So are units of earlier versions, which did not seal them."""
    run("install")
    before = units(config_home)
    assert "so it was kept" not in run("install").output
    unit = config_home / "systemd/user/imgsimd.service"
    unit.write_text(before[0].partition("\n")[2].replace("CPUWeight=20", "CPUWeight=5"))
    run("install")
    assert units(config_home) == before


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_unit_that_somebody_else_wrote_or_changed_is_kept(
    manager: Manager, config_home: Path, command: str
) -> None:
    """`systemctl --user edit --full imgsimd` changes this file itself."""
    run("install")
    unit = config_home / "systemd/user/imgsimd.service"
    changed = unit.read_text().replace("CPUWeight=20", "CPUWeight=19")
    unit.write_text(changed)
    assert (
        "imgsimd.service differs from what imgsimctl writes, so it was kept" in run(command).output
    )
    assert unit.read_text() == changed


def test_a_unit_that_is_a_link_is_kept_and_not_written_through(
    manager: Manager, config_home: Path, tmp_path: Path
) -> None:
    """A masked unit is a link to /dev/null; others lead to a folder of settings under version
    control."""
    folder = config_home / "systemd/user"
    folder.mkdir(parents=True)
    (tmp_path / "kept").write_text("mine")
    (folder / "imgsimd.service").symlink_to("/dev/null")
    (folder / "imgsimd.socket").symlink_to(tmp_path / "kept")
    assert run("install").output.count("so it was kept") == 2
    assert (folder / "imgsimd.service").is_symlink()
    assert (tmp_path / "kept").read_text() == "mine"
