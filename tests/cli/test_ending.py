"""However a command ends, it says so in a sentence or not at all, and with a documented code."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd.cli import ending
from imgsimd.errors import BadPictureError, RequestError
from tests.household import Household

CANNOT = "imgsimctl: The output cannot be written: No space left on device.\n"


def shell(home: Household, line: str) -> tuple[int, str]:
    """What a shell says of the command before the first pipe, and standard error."""
    result = subprocess.run(
        ["bash", "-c", f"{line}\nexit ${{PIPESTATUS[0]}}"],
        env=home.environ, cwd=home.folder, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    return result.returncode, result.stderr


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("imgsimctl version >&-", 0, ""),
        ("imgsimctl version | head -0", 0, ""),
        ("imgsimctl --help | head -0", 0, ""),
        ("imgsimctl version > /dev/full", 9, CANNOT),
        ("imgsimctl --help > /dev/full", 9, CANNOT),
        ("imgsimctl sample new --count 1 | head -0", 0, ""),
        ("imgsimctl sample new --count 1 > /dev/full", 9, CANNOT),
        ("imgsimctl status <&- >&- 2>&-", 3, ""),
        ("imgsimctl status 2>&-", 3, ""),
        ("imgsimctl status 2> /dev/full", 3, ""),
        ("imgsimctl status --nonsense >&- 2>&-", 2, ""),
    ],
)
def test_whatever_becomes_of_the_output_there_is_no_traceback(
    home: Household, line: str, code: int, said: str
) -> None:
    assert shell(home, line) == (code, said)


def test_an_interrupted_command_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    assert ending.exit_code(raising(KeyboardInterrupt())) == 130
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadPictureError("a\nb.jpg is no picture."), 4, r"a\nb.jpg is no picture."),
        (PermissionError(13, "Permission denied", b"/x\xff"), 9, r"/x\xff cannot be used: Perm"),
        (OSError(24, "Too many open files"), 9, "gives imgsimctl too little: Too many open files"),
        (RequestError("bad_request", 422, "body.k: x"), 13, "please report this: body.k: x"),
        (MemoryError(), 9, "Memory is short"),
    ],
)
def test_what_the_system_refuses_is_told_in_a_sentence(
    error: Exception, code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ending.exit_code(raising(error)) == code
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("imgsimctl: ")
    assert said in line


def test_a_bug_is_told_in_a_sentence_with_a_file_to_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as here:
        here.setattr("tempfile.tempdir", str(tmp_path))
        assert ending.exit_code(raising(KeyError("newest"))) == 1
        here.setattr("tempfile.tempdir", str(tmp_path / "missing"))
        assert ending.exit_code(raising(KeyError("oldest"))) == 1
    (report,) = tmp_path.iterdir()
    first, second = capfd.readouterr().err.splitlines()
    assert first.startswith("imgsimctl: This is a bug in imgsimctl (KeyError: 'newest').")
    assert first.endswith(f"report it, with the file {report}.")
    assert "Traceback" in report.read_text()
    assert second.endswith("please report it: KeyError: 'oldest'")


def raising(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command
