"""Work in a process of its own ends when the command ends, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from imgsimd.cli import separate_process
from imgsimd.errors import CatalogError, WorkerError
from tests.support.household import until
from tests.support.patience import DEADLINE


def module(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> str:
    body = indent(code.strip("\n"), "    ")
    (folder / "errand.py").write_text(f"import os, signal, sys, time\ndef main():\n{body}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "errand"


def test_a_killed_child_is_not_reported_as_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkerError, match="SIGKILL"):
        separate_process.run(module(tmp_path, monkeypatch, "os.kill(os.getpid(), signal.SIGKILL)"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_child_cleans_up_and_ends_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    code = """
with open(sys.argv[1], "w") as file:
    try:
        print(os.getpid(), file=file, flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("tidy", file=file)
"""
    told = tmp_path / "told"
    name = module(tmp_path, monkeypatch, code)
    parent = "import sys; from imgsimd.cli import ending, separate_process; ending.heed_signals(); "
    parent += f"sys.exit(ending.exit_code(lambda: separate_process.run({name!r}, sys.argv[1])))"
    # A shell's background jobs ignore SIGINT, and would hand that on.
    with subprocess.Popen(
        [sys.executable, "-c", parent, told],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as command:
        until(lambda: told.exists() and told.read_text().strip())
        pid = int(told.read_text())
        command.send_signal(number)
        assert command.wait(DEADLINE) == 128 + number
    assert told.read_text() == f"{pid}\ntidy\n"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_error_that_a_child_tells_is_raised_once_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code = """
print('{"progress": 1}', flush=True)
print('{"error": {"code": "catalog", "message": "It is damaged."}}', flush=True)
time.sleep(0.1)  # it cleans up
sys.exit(11)"""
    with pytest.raises(CatalogError, match="It is damaged"):
        list(separate_process.told(module(tmp_path, monkeypatch, code)))
    assert capfd.readouterr().err == ""
