"""What commands print: aligned, honest about time, and unaffected by characters in file names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.cli import progress, render
from imgsimd.client import Match
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


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_progress_without_a_terminal_is_a_line_every_two_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with progress.Progress(clock) as bar:
        for done in range(0, 100, 10):
            bar.update(done, 100, 0, done, "embedding")
            clock.now += 0.5
        assert [line.split(",")[0] for line in lines(capsys)] == [
            "embedding: 0 of 100",
            "embedding: 40 of 100",
            "embedding: 80 of 100",
        ]


def test_the_last_state_is_always_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Progress(Clock()) as bar:
        for done in (0, 50, 1000):
            bar.update(done, 1000, 3, done, "")
    assert lines(capsys) == ["0 of 1,000, 3 failed", "1,000 of 1,000, 3 failed"]
    with progress.Progress(Clock()) as bar:
        bar.update(5, 5, 0, 0, "")
    assert lines(capsys) == ["5 of 5"]


def test_the_last_state_is_printed_even_after_an_interruption(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt), progress.Progress(Clock()) as bar:  # noqa: PT012
        bar.update(1, 9, 0, 1, "")
        bar.update(2, 9, 0, 2, "")
        raise KeyboardInterrupt
    assert lines(capsys)[-1] == "2 of 9"


def test_rate_and_time_left_are_measured_over_the_last_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After a slow start and a long wait, only the present speed counts."""
    clock = Clock()
    with progress.Progress(clock) as bar:
        for second in range(61):
            bar.update(second, 10_000, 0, second, "")
            clock.now += 1
        for second in range(20):
            bar.update(60 + 100 * second, 10_000, 0, 60 + 100 * second, "")
            clock.now += 1
    assert lines(capsys)[-1] == "1,960 of 10,000, 100 pictures/s, 1 min left"


def test_the_last_line_says_how_much_was_done_and_how_long_it_took_but_no_rate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with progress.Progress(clock) as bar:
        for second in range(10):
            clock.now = second
            bar.update(500 + 100 * second, 1700, 2, 100 * second, "indexing")
        bar.finish(1187, 2)
    assert lines(capsys)[-1] == "done: 1,187 in 9 s, 2 failed"
    with progress.Progress(clock) as bar:
        bar.update(1700, 1700, 0, 1187, "idle")
        clock.now += 60
        bar.update(1700, 1700, 0, 1187, "idle")
    assert lines(capsys)[-1] == "idle: 1,700 of 1,700"


def test_progress_shows_nothing_if_there_was_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress.Progress(Clock()) as bar:
        bar.finish(1187, 0)
    assert lines(capsys) == []


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


def test_on_a_terminal_there_is_a_bar_with_the_facts() -> None:
    out = on_a_terminal(
        "now = iter(range(9))\n"
        "with progress.Progress(lambda: float(next(now))) as bar:\n"
        "    for done in range(0, 90, 10): bar.update(done, 100, 1, done, '[b]\\x1b[2J')\n"
    )
    assert "━" in out
    assert "80 of 100, 10 pictures/s, 2 s left, 1 failed" in out
    assert "[b]\\x1b[2J" in out
    assert out.rstrip().endswith("\x1b[?25h")  # the cursor is back


def test_no_color_is_respected() -> None:
    code = "render.table(('a', 'b'), [(cells.similarity(0.99), cells.PathCell('/b'))])"
    assert "\x1b[32m" in on_a_terminal(code)
    without = on_a_terminal(code, NO_COLOR="1")
    assert "\x1b[32m" not in without
    assert "file:///b" in without


def test_a_dumb_terminal_gets_plain_text() -> None:
    out = on_a_terminal(
        "import os\nos.environ['TERM'] = 'dumb'\n"
        "render.table(('a',), [(cells.PathCell('/b'),)])\n"
        "with progress.Progress() as bar: bar.update(1, 2, 0, 1, 'embedding')\n"
    )
    assert out.splitlines() == ["a", "/b", "embedding: 1 of 2"]


def test_rich_is_loaded_only_for_a_terminal() -> None:
    """Loading rich takes tens of milliseconds, in every command of a script."""
    code = (
        "import sys; from imgsimd.cli import progress, render; render.table(('a',), [('b',)])\n"
        "with progress.Progress() as bar: bar.update(1, 1, 0, 1, '')\n"
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
