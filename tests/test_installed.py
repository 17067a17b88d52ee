"""What made the environment that imgsimd runs in, and how users add to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
sys.prefix, place = sys.argv[1:]
sys.path.insert(0, place)
from imgsimd import installed
print(installed.tool()); print(installed.adding("tifffile imagecodecs"))
"""
RECEIPT = '[tool]\nrequirements = [{{ name = "imgsimd"{source} }}]\nexcludes = ["tensorflow"]\n'
PIP = f"{sys.executable} -m pip install tifffile imagecodecs"


@pytest.mark.parametrize(
    ("name", "text", "tool", "command"),
    [
        ("pyvenv.cfg", "", "", PIP),
        ("pipx_metadata.json", "{}", "pipx", PIP),
        ("uv-receipt.toml", RECEIPT.format(source=""), "uv", "uv tool install imgsimd"),
        (
            "uv-receipt.toml",
            RECEIPT.format(source=', directory = "/home/me/my imgsimd"'),
            "uv",
            "uv tool install '/home/me/my imgsimd'",
        ),
        ("uv-receipt.toml", "of another [ version", "uv", "uv tool install imgsimd"),
    ],
)
def test_a_package_is_added_by_what_made_the_environment(
    tmp_path: Path, name: str, text: str, tool: str, command: str
) -> None:
    (tmp_path / name).write_text(text)
    printed = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path, ROOT], capture_output=True, text=True, check=True
    )
    assert printed.stdout.splitlines() == [tool, command]
