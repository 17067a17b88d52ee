"""Lists that are longer than the terminal, on a real one, with less and with stand-in pagers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.requires import needs_tool
from tests.support.terminal import shown, visible

pytestmark = pytest.mark.user

HELP = (sys.executable, "-m", "imgsimd.cli", "help", "similar")
"""A command whose answer is longer than a small terminal, and that needs no daemon."""
LINES = """
import sys
from imgsimd.cli import ending, pager, standard_error
from imgsimd.errors import NothingFoundError

def command():
    pager.begin()
    for number in range({count}):
        print("line", number)
    standard_error.note("This is a note.")
    raise NothingFoundError("This is an error.")

code = ending.exit_code(command)
sys.stdout.flush()
sys.exit(code)
"""


@pytest.fixture
def environ() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def script(count: int) -> tuple[str, ...]:
    """Prints so many lines and a note, then fails."""
    return (sys.executable, "-c", LINES.format(count=count))


@needs_tool("less")
def test_a_long_list_is_shown_by_less_which_the_user_leaves(
    environ: dict[str, str], tmp_path: Path
) -> None:
    code, text = shown(HELP, environ, 80, tmp_path, rows=12, typed=b"q")
    assert code == 0
    assert "Usage: imgsimctl similar" in visible(text)
    assert "Example:" not in visible(text)  # further down


@needs_tool("less")
def test_the_last_page_of_less_has_the_end(environ: dict[str, str], tmp_path: Path) -> None:
    _, text = shown(HELP, environ, 80, tmp_path, rows=12, typed=b"Gq")
    assert "Example:" in visible(text)


def test_a_pager_gets_all_of_a_long_list_with_its_colours(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environ["PAGER"] = "sh -c 'cat > all; env > environ'"
    code, text = shown(HELP, environ, 80, tmp_path, rows=12)
    assert (code, text) == (0, "")
    paged = (tmp_path / "all").read_text()
    plain = subprocess.run(HELP, env=environ, cwd=tmp_path, capture_output=True, text=True).stdout
    assert visible(paged) == plain
    assert paged != plain
    assert "LESS=FRX\n" in (tmp_path / "environ").read_text()


@pytest.mark.parametrize(
    ("changed", "options", "rows"),
    [
        ({}, (), 200),
        ({"PAGER": "cat"}, (), 12),
        ({"PAGER": ""}, (), 12),
        ({"IMGSIMD_PAGER": "cat"}, (), 12),
        ({"PAGER": "no-such-pager --option"}, (), 12),
        ({"PAGER": "touch 'paged"}, (), 12),
        ({"TERM": "dumb"}, (), 12),
        ({}, ("--no-pager",), 12),
    ],
)
def test_a_list_is_printed_where_it_fits_or_no_pager_is_wanted(
    environ: dict[str, str],
    tmp_path: Path,
    changed: dict[str, str],
    options: tuple[str, ...],
    rows: int,
) -> None:
    environ |= {"PAGER": "touch paged;", **changed}
    code, text = shown((*HELP, *options), environ, 80, tmp_path, rows=rows)
    assert code == 0
    assert "Example:" in visible(text)
    assert not (tmp_path / "paged").exists()


def test_a_pager_may_begin_with_variables(environ: dict[str, str], tmp_path: Path) -> None:
    environ["PAGER"] = "LESS=-R A=b sh -c 'cat > all; env > environ'"
    shown(HELP, environ, 80, tmp_path, rows=12)
    assert "LESS=-R\n" in (tmp_path / "environ").read_text()


def test_imgsimd_has_a_variable_of_its_own(environ: dict[str, str], tmp_path: Path) -> None:
    environ |= {"PAGER": "touch paged;", "IMGSIMD_PAGER": "sh -c 'cat > ours'"}
    shown(HELP, environ, 80, tmp_path, rows=12)
    assert (tmp_path / "ours").exists()
    assert not (tmp_path / "paged").exists()


@pytest.mark.parametrize("count", [3, 100])
def test_notes_are_in_the_list_and_the_error_below_it(
    environ: dict[str, str], tmp_path: Path, count: int
) -> None:
    """Whether it is paged or not. The exit code is that of the command."""
    environ["PAGER"] = "sh -c 'cat; touch paged'"
    code, text = shown(script(count), environ, 80, tmp_path, rows=12)
    lines = text.split("\r\n")
    assert lines[-4:] == [
        f"line {count - 1}",
        "imgsimctl: This is a note.",
        "imgsimctl: This is an error.",
        "",
    ]
    assert code == 5
    assert (tmp_path / "paged").exists() == (count > 12)


def test_a_user_who_leaves_the_pager_ends_the_command(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environ["PAGER"] = "head -n 1"
    code, text = shown(script(10**9), environ, 80, tmp_path, rows=12)
    assert (code, text) == (0, "line 0\r\n")


def test_a_line_that_is_wider_than_the_terminal_counts_as_several(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environ["PAGER"] = "sh -c 'cat; touch paged'"
    wide = ("-c", "from imgsimd.cli import pager; pager.begin(); print('x' * 900); pager.end()")
    shown((sys.executable, *wide), environ, 80, tmp_path, rows=12)
    assert (tmp_path / "paged").exists()
