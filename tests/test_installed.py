"""What made the environment that imgsimd runs in, and how users add to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd import installed

ROOT = Path(__file__).parent.parent
BEGINNING = """
import sys
sys.prefix, place = sys.argv[1:]
sys.path.insert(0, place)
from imgsimd import errors, installed
"""
"""Of a program that runs in an environment of this name."""
TELLING = 'print(installed.tool()); print(installed.adding("tifffile imagecodecs"))'
ASKING = """
try:
    print(installed.script("imgsimctl"))
except errors.ConfigError as error:
    print(error)
"""
RECEIPT = '[tool]\nrequirements = [{{ name = "imgsimd"{source} }}]\nexcludes = ["tensorflow"]\n'
PIP = f"{sys.executable} -m pip install tifffile imagecodecs"


def printed(environment: Path, program: str) -> list[str]:
    """The lines that the program prints in the environment."""
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + program, environment, ROOT],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


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
    assert printed(tmp_path, TELLING) == [tool, command]


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("", "uv tool install 'imgsimd[onnx]'"),
        (', extras = ["lite2"]', "uv tool install 'imgsimd[lite2,onnx]'"),
        (', editable = "/src"', "uv tool install '/src[onnx]'"),
    ],
)
def test_uv_is_told_of_an_extra_beside_those_that_are_there(
    tmp_path: Path, source: str, command: str
) -> None:
    (tmp_path / "uv-receipt.toml").write_text(RECEIPT.format(source=source))
    asked = 'print(installed.adding("onnxruntime", extra="onnx"))'
    assert printed(tmp_path, asked) == [command]


@pytest.mark.parametrize(
    ("folder", "lasts"),
    [
        ("Cellar/imgsimd/0.3.0/libexec/bin", False),
        (".pyenv/versions/3.11.7/bin", False),
        ("store/4xw8n979xpivdc46a9ndcvyhwgif00hz-imgsimd-0.3.0/bin", False),
        ("lib/python3.12/venv/bin", False),
        (".local/share/uv/tools/imgsimd/bin", True),
        (".local/share/pipx/venvs/imgsimd/bin", True),
        ("opt/imgsimd/bin", True),
        ("my photos 2.0/imgsimd/.venv/bin", True),
    ],
)
def test_a_command_is_named_by_a_path_that_an_update_does_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, lasts: bool
) -> None:
    script, link = tmp_path / folder / "imgsimd", tmp_path / "links/imgsimd"
    script.parent.mkdir(parents=True)
    script.touch()
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    monkeypatch.setenv("PATH", f"{tmp_path}/nowhere:relative:{tmp_path}/links")
    assert installed.script("imgsimd") == script, "there is no other path to it"
    link.parent.mkdir()
    link.symlink_to(script)
    assert installed.script("imgsimd") == (script if lasts else link)


def test_no_service_or_menu_gets_a_program_that_lies_in_a_cache(tmp_path: Path) -> None:
    """As that of `uvx`; an environment may well be marked itself, as those of `uv tool` are."""
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment/CACHEDIR.TAG").touch()
    (found,) = printed(tmp_path / "environment", ASKING)
    assert found.endswith("/imgsimctl")
    (tmp_path / "CACHEDIR.TAG").touch()
    (refused,) = printed(tmp_path / "environment", ASKING)
    assert "in a cache that is emptied now and then. Install it" in refused
