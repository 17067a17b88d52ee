"""Standard error says why a command fails: in words, or as JSON for a program that asked for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from imgsimd.cli import ending, standard_error
from imgsimd.cli.main import run
from imgsimd.errors import (
    BadPictureError,
    BadPicturesError,
    ImgsimdError,
    NothingFoundError,
    RequestError,
)


@pytest.fixture(autouse=True)
def nobody_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """No daemon runs, and none is started."""
    monkeypatch.setenv("IMGSIMD_SOCKET", str(tmp_path / "control.sock"))
    monkeypatch.chdir(tmp_path)
    yield
    standard_error.choose([])


def ended(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(arguments)
    return code, *capsys.readouterr()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The error of a command, which prints nothing else."""
    code, out, err = ended(capsys, *arguments)
    assert out == ""
    (line,) = err.splitlines()
    error: dict[str, Any] = json.loads(line)["error"]
    assert error["exit_code"] == code
    return error


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("status --json", "not_running"),
        ("roots --json", "not_running"),
        ("failed --json", "not_running"),
        ("failed --retry --json", "not_running"),
        ("failed --json /", "config"),
        ("skipped --json", "not_running"),
        ("check --json", "not_running"),
        ("model list --json", "not_running"),
        ("similar --json missing.jpg", "bad_picture"),
        ("similar --json folder", "bad_picture"),
        ("similar --json", "usage"),
        ("similar --json a.jpg -k 0", "usage"),
        ("similar --json a.jpg --paths", "usage"),
        ("similar a.jpg --json --html - ", "usage"),
        ("status --jsn --json", "usage"),
        ("statsu --json", "usage"),
        ("--json", "usage"),
        ("wait --json", "usage"),
    ],
)
def test_with_json_the_error_is_json(
    line: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    error = told(capsys, *line.split())
    assert error["code"] == code
    assert error["message"].endswith(".")


def test_the_message_is_the_sentence_that_is_printed_without_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = os.fsdecode(b"\xff\x1b.jpg")
    message = told(capsys, "similar", "--json", name)["message"]
    code, out, err = ended(capsys, "similar", name)
    assert (code, out, err) == (4, "", f"imgsimctl: {message}\n")


def test_a_file_that_is_called_json_does_not_choose_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(capsys, "similar", "--", "--json")[2] == "imgsimctl: No such file: --json.\n"


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (BadPictureError("a is cut off.", "cut_off"), {"kind": "cut_off"}),
        (
            BadPicturesError([BadPictureError("a is cut off.", "cut_off"), BadPictureError("b.")]),
            {"pictures": [{"message": "a is cut off.", "kind": "cut_off"}, {"message": "b."}]},
        ),
        (RequestError("unknown_picture", 404, "No.", [1]), {"queries": [1]}),
        (NothingFoundError("Nothing."), {}),
        (ImgsimdError("A bug."), {}),
    ],
)
def test_an_error_has_its_details(
    error: ImgsimdError, details: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise error

    standard_error.choose(["--json"])
    assert ending.exit_code(fail) == error.exit_code
    told = json.loads(capsys.readouterr().err)
    common = {"code": error.code, "message": str(error), "exit_code": error.exit_code}
    assert told == {"error": {**common, **details}}


def test_a_bug_and_a_full_disk_are_json_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def bug() -> int:
        raise KeyError("newest")

    def full() -> int:
        raise OSError(28, "No space left on device")

    standard_error.choose(["--json"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert (ending.exit_code(bug), ending.exit_code(full)) == (1, 9)
    first, second = map(json.loads, capfd.readouterr().err.splitlines())
    assert (first["error"]["code"], second["error"]["code"]) == ("internal", "system")


def test_a_note_is_an_object_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    standard_error.note("a\nb.")
    standard_error.choose(["--json"])
    standard_error.note("a\nb.")
    words, program = capsys.readouterr().err.splitlines()
    assert words == "imgsimctl: a\\nb."
    assert json.loads(program) == {"note": {"message": "a\nb."}}
