"""What doctor says of the systemd units, with a `systemctl` of our own, and of lingering."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd import installed, locations, unit_files
from imgsimd.doctor import linger, own_process, service
from imgsimd.doctor.own_process import Work
from imgsimd.doctor.result import Result
from imgsimd.doctor.situation import Daemon, Situation
from imgsimd.sealed import sealed

SYSTEMCTL = """#!/bin/sh
case "$*" in
"--user show --property=UnitPath") echo "UnitPath=/etc/systemd/user $UNITS" ;;
"--user show --property=ActiveState"*) cat "$PROPERTIES" ;;
esac
"""
WELL = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "Result": "success",
    "ExecMainStatus": "0",
    "NeedDaemonReload": "no",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with both units, as they are installed, and a manager that runs the service."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "IMGSIMD_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("UNITS", str(unit_files.folder()))
    monkeypatch.setenv("PROPERTIES", str(tmp_path / "properties"))
    manager(SYSTEMCTL)
    says()
    unit_files.folder().mkdir(parents=True)
    for name, text in unit_files.texts(locations.find(), with_namespaces=True).items():
        (unit_files.folder() / name).write_text(text)
    return tmp_path


def manager(program: str) -> None:
    path = Path(os.environ["HOME"]) / "bin/systemctl"
    path.parent.mkdir(exist_ok=True)
    path.write_text(program)
    path.chmod(0o755)


def says(**differently: str) -> None:
    """What the manager says of the service."""
    lines = [f"{name}={value}\n" for name, value in (WELL | differently).items()]
    Path(os.environ["PROPERTIES"]).write_text("".join(lines))


def results() -> list[Result]:
    """What the check finds, in a process of its own, as always."""

    def check() -> Iterator[Result]:
        yield from service.check(Situation(locations.find(), "", {}, Daemon()))

    outcome = own_process.one(Work(check, 30))
    assert outcome.fault is None
    return [each for each in outcome.values if isinstance(each, Result)]


def found(result: Result) -> tuple[str, str]:
    return result.result, result.remedy


UNIT = Path(".config/systemd/user/imgsimd.service")


def test_a_service_that_is_up_to_date_passes(home: Path) -> None:
    (result,) = results()
    assert result.sentence == f"{home / UNIT} is up to date, enabled and running."
    for name, text in unit_files.texts(locations.find(), with_namespaces=False).items():
        (unit_files.folder() / name).write_text(text)
    assert [each.result for each in results()] == ["pass"]


@pytest.mark.parametrize("program", ["", "#!/bin/sh\nexit 1\n"])
def test_without_systemd_nothing_fails(home: Path, program: str) -> None:
    manager(program)
    (result,) = results()
    assert result.result == "pass"
    assert "no systemd user manager" in result.sentence


def test_a_manager_that_hangs_is_given_up(home: Path) -> None:
    manager("#!/bin/sh\nexec sleep 60\n")
    assert [each.result for each in results()] == ["pass"]


def test_no_unit_where_there_could_be_one_is_a_warning() -> None:
    for file in unit_files.folder().iterdir():
        file.unlink()
    assert list(map(found, results())) == [("warn", "imgsimctl service install")]


def test_an_outdated_and_a_changed_unit_are_told_apart(home: Path) -> None:
    unit = home / UNIT
    older = sealed(unit.read_text().partition("\n")[2] + "# older\n")
    unit.write_text(older)
    assert list(map(found, results())) == [("warn", "imgsimctl service install")]
    unit.write_text(f"{older}# changed\n")
    aside = f"mv {unit} {unit}.old && imgsimctl service install"
    assert list(map(found, results())) == [("warn", aside)]


def test_a_unit_that_starts_a_program_that_is_gone_fails(home: Path) -> None:
    unit = home / UNIT
    program = installed.script("imgsimd")
    text = unit.read_text().partition("\n")[2].replace(str(program), "/gone/imgsimd")
    unit.write_text(sealed(text))
    (result,) = results()
    assert found(result) == ("fail", "imgsimctl service install")
    assert "starts /gone/imgsimd, which is not there" in result.sentence


def test_a_masked_unit_and_a_link_to_nothing_are_told(home: Path) -> None:
    unit = home / UNIT
    unit.unlink()
    unit.symlink_to("/dev/null")
    masked = ("warn", "systemctl --user unmask imgsimd.service")
    assert list(map(found, results())) == [masked]
    unit.unlink()
    unit.symlink_to("/nowhere")
    link = ("fail", f"rm {unit} && imgsimctl service install")
    assert list(map(found, results())) == [link]
    subprocess.run(["bash", "-c", link[1].partition(" && ")[0]], check=True)
    only_one = ("fail", "imgsimctl service install")
    assert list(map(found, results())) == [only_one]


def test_a_service_that_is_not_enabled_not_read_or_has_failed_is_told() -> None:
    says(UnitFileState="disabled")
    enable = "systemctl --user enable imgsimd.service imgsimd.socket"
    assert list(map(found, results())) == [("warn", enable)]
    says(NeedDaemonReload="yes")
    assert list(map(found, results())) == [("warn", "systemctl --user daemon-reload")]
    says(ActiveState="failed", Result="exit-code", ExecMainStatus="9")
    (result,) = results()
    assert result.result == "fail"
    assert "exit-code, exit code 9" in result.sentence
    says(ActiveState="inactive")
    assert list(map(found, results())) == [("warn", "imgsimctl up")]


def test_whether_the_service_outlives_its_user_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    situation = Situation(locations.find(), "", {}, Daemon())
    lingering = home / "linger"
    lingering.mkdir()
    monkeypatch.setattr(linger, "TARGETS", (home,))
    (home / "default.target").symlink_to("multi-user.target")
    (result,) = linger.check(situation, lingering)
    assert found(result) == ("warn", "loginctl enable-linger")
    (home / "default.target").unlink()
    (home / "default.target").symlink_to("graphical.target")
    assert [each.result for each in linger.check(situation, lingering)] == ["pass"]
    (home / "default.target").unlink()
    (lingering / subprocess.check_output(["id", "-un"], text=True).strip()).touch()
    assert [each.result for each in linger.check(situation, lingering)] == ["pass"]
