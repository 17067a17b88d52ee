"""A command ends with one sentence or with none, and with a documented exit code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd.cli import ending
from imgsimd.errors import BadPictureError, RequestError
from tests.support.household import Household, until
from tests.support.patience import DEADLINE
from tests.support.signals import heed_signals

CANNOT = "imgsimctl: The output cannot be written: No space left on device.\n"


def shell(home: Household, line: str) -> tuple[int, str]:
    """What a shell says of the command before the first pipe, and standard error."""
    result = subprocess.run(
        ["bash", "-c", f"{line}\nexit ${{PIPESTATUS[0]}}"],
        env=home.environ, cwd=home.folder, capture_output=True, text=True, check=False,
        timeout=DEADLINE,
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
def test_a_command_whose_output_fails_prints_no_traceback(
    home: Household, line: str, code: int, said: str
) -> None:
    assert shell(home, line) == (code, said)


def test_an_interrupted_command_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    assert ending.exit_code(raising(KeyboardInterrupt())) == 130
    assert capfd.readouterr() == ("", "")


def test_an_interrupted_start_is_quiet(tmp_path: Path) -> None:
    """Most of a short command's time goes into imports."""
    (tmp_path / "typer.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(60)")
    with started("-m", "imgsimd.cli", "version", PYTHONPATH=str(tmp_path)) as command:
        assert command.stdout
        assert command.stdout.readline() == b"here\n"
        command.send_signal(signal.SIGINT)
        assert command.wait(DEADLINE) == -signal.SIGINT
        assert command.communicate() == (b"", b"")


def test_a_lack_of_memory_at_the_start_is_reported_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise MemoryError('out of it')")
    with started("-m", "imgsimd.cli", "version", PYTHONPATH=str(tmp_path)) as command:
        told = b"imgsimctl: It cannot start, memory may be short: out of it.\n"
        assert command.communicate(timeout=DEADLINE) == (b"", told)
        assert command.returncode == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_terminated_command_leaves_nothing_half_done(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "sock"))
        silent.listen()
        backup = ("-m", "imgsimd.cli", "backup", f"{folder}/copy.db")
        with started(*backup, IMGSIMD_SOCKET=f"{tmp_path}/sock") as command:
            until(lambda: os.listdir(folder))
            command.send_signal(number)
            assert command.wait(DEADLINE) == 128 + number
            assert command.communicate() == (b"", b"")
    assert os.listdir(folder) == []


def started(*arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    """Python with these arguments."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_signals,
    )


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadPictureError("a\nb.jpg is no picture."), 4, r"a\nb.jpg is no picture."),
        (PermissionError(13, "Permission denied", b"/x\xff"), 9, r"/x\xff cannot be used: Perm"),
        (
            OSError(24, "Too many open files"),
            9,
            "lacks a resource of the system: Too many open files",
        ),
        (RequestError("bad_request", 422, "body.k: x"), 13, "please report this: body.k: x"),
        (MemoryError(), 9, "Memory is short"),
    ],
)
def test_an_error_is_reported_in_a_sentence_with_its_exit_code(
    error: Exception, code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ending.exit_code(raising(error)) == code
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("imgsimctl: ")
    assert said in line


def test_a_bug_is_reported_in_a_sentence_with_a_file_to_send(
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
