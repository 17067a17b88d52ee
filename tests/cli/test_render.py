"""What commands print: aligned, honest about time, and unaffected by characters in file names."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.cli import render
from imgsimd.client import Match
from imgsimd.models.files.presets import PRESETS
from tests.support.terminal import shown

HOSTILE = {
    "a\nb": "a\\nb",
    "a\r\tb": "a\\r\\tb",
    "\x1b[2J\x1b]0;t\x07": "\\x1b[2J\\x1b]0;t\\x07",
    "\x9b31m\x7f": "\\x9b31m\\x7f",
    "photo\u202egpj.exe": "photo\\u202egpj.exe",
    "\u2066x\u2069\u200f": "\\u2066x\\u2069\\u200f",
    "line\u2028end\u2029": "line\\u2028end\\u2029",
    "caf\udce9.jpg": "caf\\xe9.jpg",
    "\ud800": "\\ud800",
    "\U000e0041": "\\U000e0041",
}
HARMLESS = ["plain [bold]x[/bold] :smile:.jpg", "Käse été", "東京", "9.41\u202fAM", "👩\u200d🚀"]

ROWS = [
    {"rank": 2, "id": 7, "path": "/p/b.jpg", "distance": 0.5, "similarity": 0.875},
    {"rank": 1, "id": 3, "path": "/p/a.jpg", "distance": 0.0, "similarity": 1.0},
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_move_the_cursor_or_change_the_direction_of_writing(name: str) -> None:
    assert render.printable(name) == HOSTILE[name]


@pytest.mark.parametrize("name", HARMLESS)
def test_an_ordinary_name_is_shown_unchanged(name: str) -> None:
    assert render.printable(name) == name


@given(st.text(st.characters(exclude_categories=())))
def test_every_name_is_printed_on_one_line(name: str) -> None:
    shown = render.printable(name)
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8") is not None
    assert "\x1b" not in shown


def test_matches_show_rank_percent_distance_and_path(capsys: pytest.CaptureFixture[str]) -> None:
    render.matches(list(map(Match.of, ROWS)))
    assert capsys.readouterr().out == (
        "rank  similarity  distance  path\n"
        "   1      100.0%    0.0000  /p/a.jpg\n"
        "   2       87.5%    0.5000  /p/b.jpg\n"
    )


def test_a_table_without_rows_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    render.matches([])
    assert capsys.readouterr().out == ""


def test_columns_stay_aligned_beside_wide_letters(capsys: pytest.CaptureFixture[str]) -> None:
    render.table(("name", "n"), [("東京", 5), ("e\u0301t\u00e9", 10), ("a\nb", 1)])
    assert capsys.readouterr().out.splitlines() == [
        "name   n",
        "東京   5",
        "e\u0301t\u00e9   10",
        "a\\nb   1",
    ]


def test_json_keeps_a_name_that_is_not_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"path": os.fsdecode(b"/p/\xff\xe9.jpg"), "similarity": 0.5}
    render.as_json(value)
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == value


def test_a_terminal_without_unicode_gets_escapes() -> None:
    """A command must not fail with an encoding error because of an old locale."""
    code = "from imgsimd.cli import render; render.table(('a',), [('caf\\u00e9 \\u6771',)])"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"a\ncaf\\xe9 \\u6771\n")


def on_a_terminal(code: str, **environ: str) -> str:
    """What a child prints whose standard output is a terminal of 100 columns."""
    imports = "from imgsimd.cli import cells, pager, progress, render"
    command = [sys.executable, "-c", f"{imports}\n{code}\npager.end()"]
    unset = {"NO_COLOR", "COLUMNS", "TERM"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    status, out = shown(command, kept | environ, 100, Path(render.__file__).parents[2])
    assert status == 0, out
    return out


def test_on_a_terminal_a_path_is_a_link_and_markup_is_text() -> None:
    rows = [{**ROWS[0], "path": "/p/[red]a[/red]\x1b[2J\n\udcff.jpg"}]
    code = "from imgsimd.client import Match; "
    out = on_a_terminal(f"{code}render.matches(list(map(Match.of, {rows!r})))")
    assert "[red]a[/" in out
    assert "\\x1b[2J\\n\\xff.jpg" in out
    assert "file:///p/%5Bred%5Da%5B/red%5D%1B%5B2J%0A%FF.jpg" in out
    assert "\x1b[2J" not in out
    assert "\x1b[31m" not in out


def test_no_color_is_respected() -> None:
    code = "render.table(('a', 'b'), [(cells.similarity(0.99), cells.PathCell('/b'))])"
    assert "\x1b[32m" in on_a_terminal(code)
    without = on_a_terminal(code, NO_COLOR="1")
    assert "\x1b[32m" not in without
    assert "file:///b" in without


def test_each_preset_is_a_row_on_a_terminal_of_80_columns() -> None:
    command = [sys.executable, "-m", "imgsimd.cli", "model", "presets"]
    environ = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    status, out = shown(command, environ | {"PAGER": "cat"}, 80, Path(render.__file__).parents[2])
    assert status == 0
    for preset in PRESETS.values():
        assert re.search(rf"^{preset.name} .*{preset.licence}\s*$", out, re.MULTILINE), out


def test_a_dumb_terminal_gets_plain_text() -> None:
    out = on_a_terminal(
        "import os\nos.environ['TERM'] = 'dumb'\nrender.table(('a',), [(cells.PathCell('/b'),)])\n"
    )
    assert out.splitlines() == ["a", "/b"]


def test_rich_is_loaded_only_for_a_terminal() -> None:
    """Loading rich takes tens of milliseconds, in every command of a script."""
    code = (
        "import sys; from imgsimd.cli import progress, render; render.table(('a',), [('b',)])\n"
        "with progress.Progress(): pass\n"
        "print(sorted({'rich', 'numpy', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("nul", "end"), [(False, b"\n"), (True, b"\0")])
def test_paths_are_printed_byte_for_byte(
    nul: bool, end: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    names = [b"/p/a b.jpg", b"/p/\xff\n\xe9.jpg", "/東京/[b].jpg".encode()]
    print("before")
    render.paths(map(os.fsdecode, names), nul)
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"before\n" + b"".join(name + end for name in names)


def test_on_a_terminal_paths_are_escaped() -> None:
    out = on_a_terminal("render.paths(['/\\x1b[2J\\udcff.jpg'], nul=False)")
    assert out.splitlines() == ["/\\x1b[2J\\xff.jpg"]
