"""What `status` prints, and the view that it keeps current."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from imgsimd.cli import status_report
from imgsimd.cli.wrapping import width
from imgsimd.client import Status
from imgsimd.config import DEFAULT_MODEL
from tests.support.household import Household, until
from tests.support.screen import screen
from tests.support.statuses import NOW, before, problem, root, status

HOSTILE = "/p/[b]\x1b[2J\n\u202e\udcff\"'東京"
BUSY = status(
    state="indexing", images=31_204, pending=8908, failed=4, per_second=140.0,
    seconds_remaining=64.0, newest="/p/a.jpg", newest_at=before(seconds=12),
    skipped={"files": 8, "summary": "8 videos"},
    roots=[
        root("/me/Pictures", images=29_992, pending=8908, failed=4, last_look=before(hours=1)),
        root("/mnt/nas", "polled", images=1212, poll_seconds=300.0, last_look=before(minutes=3)),
        root(HOSTILE, "offline"),
    ],
    problems=[problem("warning", "/p is offline.", "Run: imgsimctl watch /p")],
)  # fmt: skip


def text(current: Status, columns: int | None, verbose: bool = False) -> list[str]:
    laid_out = status_report.laid_out(current, NOW, columns, verbose, breaks=True)
    return ["".join(run.text for run in line) for line in laid_out]


def test_it_reads_as_sentences_and_then_a_table() -> None:
    assert [re.sub(" {2,}", "  ", line) for line in text(BUSY, None)] == [
        "Indexing 31,208 of 40,116, 140/s, about 1 min left.",
        "Warning: /p is offline. Run: imgsimctl watch /p",
        "3 folders, 1 of them offline, newest photo 12 s ago, 4 failed, 8 skipped.",
        "",
        "folder  photos  details",
        "/me/Pictures  29,992  watched, 8,908 pending, 4 failed, looked at 1 h ago",
        "/mnt/nas  1,212  polled every 5 min, looked at 3 min ago",
        "/p/[b]\\x1b[2J\\n\\u202e\\xff\"'東京  offline, its photos are kept",
        "",
        "Not indexed: 8 videos. `imgsimctl skipped` lists them.",
    ]


@pytest.mark.parametrize("columns", [30, 40, 80, 120])
def test_it_fits_every_terminal_whatever_the_names_of_folders(columns: int) -> None:
    lines = text(BUSY, columns, verbose=True)
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if width(line) > columns] == []


def test_what_concerns_the_program_itself_is_told_only_if_wanted(served: Household) -> None:
    served.settle()
    short = served.ctl("status").stdout.decode()
    assert "All is indexed: 6 photos are searchable." in short
    assert str(served.photos) in short
    assert "sandbox" not in short
    long = served.ctl("status", "--verbose").stdout.decode()
    assert long.startswith(short.partition("\n")[0])
    for told in ("no-new-privileges", DEFAULT_MODEL, str(served.config)):
        assert told in long


def test_in_a_pipe_what_follows_is_a_line_for_each_change(served: Household) -> None:
    served.settle()
    command = [str(served.scripts / "imgsimctl"), "status", "--follow"]
    follow: list[tuple[list[str], str]] = [([], "idle: 6 of 6"), (["--json"], "{")]
    for options, expected in follow:
        with subprocess.Popen(
            [*command, *options], env=served.environ, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            line = child.stdout.readline()
            child.kill()
        assert line.startswith(expected)
        assert not options or json.loads(line)["pid"]


def test_the_view_follows_changes_resizing_and_a_restart_and_ends_by_ctrl_c(
    home: Household,
) -> None:
    home.start()
    home.settle()
    command = [str(home.scripts / "imgsimctl"), "status", "--follow"]
    with screen(command, home.environ, 90, 20) as terminal:
        terminal.shows("There are no photos yet.", "Pictures")
        home.client.post("/v1/pause")
        terminal.shows("Indexing is paused.")
        terminal.resize(30, 12)
        until(lambda: max(map(len, terminal.view)) <= 30)
        terminal.resize(90, 4)
        assert len(until(lambda: terminal.view[-1] == "…" and terminal.view)) == 4
        terminal.resize(90, 20)
        home.stop()
        terminal.shows("imgsimd isn't running.", "Waiting for it.")
        home.start()
        terminal.shows("There are no photos yet.")
        assert terminal.interrupt() == 130
        ended = until(lambda: "\x1b[?1049l" in terminal.written and terminal.written)
        until(lambda: "There are no photos yet." in terminal.written.rpartition("\x1b[?1049l")[2])
        assert "Traceback" not in ended
        assert ended.count("\x1b[?25h") == 1, "the cursor is back"


def test_ctrl_z_gives_the_terminal_back_and_fg_shows_the_view_again(served: Household) -> None:
    served.settle()
    follow = f"{served.scripts}/imgsimctl status --follow; echo 'at the shell'; read; fg"
    command = ["bash", "--norc", "-ic", follow]
    with screen(command, served.environ, 90, 20) as terminal:
        terminal.shows("All is indexed")
        terminal.type(b"\x1a")
        until(lambda: "at the shell" in terminal.written)
        before, _, at_shell = terminal.written.rpartition("\x1b[?1049l")
        assert "at the shell" in at_shell
        assert before.endswith("\x1b[?25h"), "the cursor is back"
        terminal.type(b"\n")
        until(lambda: "All is indexed" in terminal.written.rpartition("at the shell")[2])
        assert terminal.written.count("\x1b[?1049h") == 2
        assert terminal.interrupt() == 130
