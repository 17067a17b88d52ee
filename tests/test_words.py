"""Other people's text is shown and never obeyed; commands that are printed can be pasted."""

from __future__ import annotations

import os
import subprocess

import pytest

from imgsimd.words import counted, printable, quoted, reason


@pytest.mark.parametrize(
    "name",
    ["plain.jpg", "two words.jpg", "it's.jpg", "a\nb\t\\n.jpg", "\x1b[31m'\".jpg", "\udcff é.jpg",
     "\u202egpj.exe", "$HOME`id`.jpg", ""],
)  # fmt: skip
def test_a_name_in_a_command_comes_back_from_the_shell_as_it_was(name: str) -> None:
    assert printable(quoted(name)) == quoted(name)
    done = subprocess.run(
        ["bash", "-c", f"printf %s {quoted(name)}"],
        env={"LC_ALL": "C.UTF-8"}, capture_output=True, check=True,
    )  # fmt: skip
    assert os.fsdecode(done.stdout) == name


def test_one_has_no_plural() -> None:
    assert counted(1, "photo") == "1 photo"
    assert counted(0, "photo") == "0 photos"
    assert counted(1187, "photo") == "1,187 photos"


def test_a_reason_shows_nothing_of_python() -> None:
    assert reason(PermissionError(13, "Permission denied", "/x")) == "Permission denied"
    assert "codec" not in reason(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"))
    assert reason(ValueError("too long")) == "too long"
