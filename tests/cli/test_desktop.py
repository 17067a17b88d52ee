"""The commands about the menus of file managers, in a home with a folder of Thunar's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgsimd.cli import standard_error
from imgsimd.cli.main import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(standard_error.Form, "as_json", False)
    (tmp_path / ".config/Thunar").mkdir(parents=True)
    return tmp_path


def states(capsys: pytest.CaptureFixture[str]) -> set[tuple[str, bool, str]]:
    capsys.readouterr()
    assert run(["desktop", "status", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert all(set(each) == {"program", "found", "state", "path"} for each in listed)
    return {(each["program"], each["found"], each["state"]) for each in listed}


def test_what_is_found_is_installed_and_removed_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["desktop", "install"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Installed for the desktop and Thunar.\n")
    assert "`thunar -q`" in out
    assert states(capsys) >= {
        ("the desktop", True, "installed"),
        ("Thunar", True, "installed"),
        ("Nemo", False, "missing"),
    }
    assert run(["desktop", "status"]) == 0
    assert "not found" in capsys.readouterr().out
    assert run(["desktop", "uninstall"]) == 0
    assert capsys.readouterr().out == "Removed for the desktop and Thunar.\n"
    assert run(["desktop", "uninstall"]) == 0
    assert capsys.readouterr().out == "Nothing is installed.\n"


def test_a_broken_file_is_named_and_the_rest_installed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = home / ".config/Thunar/uca.xml"
    broken.write_text("<actions><action>")
    assert run(["desktop", "install"]) == 9
    out, err = capsys.readouterr()
    assert out.startswith("Installed for the desktop.\n")
    assert err.startswith(f"imgsimctl: {broken} was left as it is: it is not XML")
    assert broken.read_text() == "<actions><action>"
    assert ("Thunar", True, "unreadable") in states(capsys)
