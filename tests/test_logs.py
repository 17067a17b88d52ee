"""Each entry of the log is one line with a time, in words for people, and the file stays small."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from imgsimd import logs

HEAD = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d) ([A-Z]+) "


def logged(code: str, file: Path, **environ: str) -> list[str]:
    """What this code, in a process of its own, adds to the file that is its standard error."""
    before = file.stat().st_size if file.exists() else 0
    script = f"import logging, pathlib; from imgsimd import logs; logs.set_up(); {code}"
    with file.open("ab") as stream:
        subprocess.run(
            [sys.executable, "-c", script],
            stdout=stream, stderr=stream, env=os.environ | environ, check=True,
        )  # fmt: skip
    return file.read_text()[before:].splitlines()


def test_a_line_has_the_time_with_its_offset_and_the_level(tmp_path: Path) -> None:
    (line,) = logged("logging.error('so many: %d', 5)", tmp_path / "log", TZ="Asia/Kolkata")
    found = re.match(HEAD, line)
    assert found
    assert line.removeprefix(found[0]) == "so many: 5"
    assert found[2] == "ERROR"
    time = datetime.fromisoformat(found[1])
    assert time.utcoffset() == timedelta(hours=5, minutes=30)
    assert abs(datetime.now(time.tzinfo) - time) < timedelta(minutes=1)


def test_a_line_in_the_journal_has_no_time_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.touch()
    journal = f"{file.stat().st_dev}:{file.stat().st_ino}"
    assert logged("logging.error('x')", file, JOURNAL_STREAM=journal) == ["ERROR x"]
    (line,) = logged("logging.error('x')", file, JOURNAL_STREAM="1:2")  # inherited from a terminal
    assert re.match(HEAD, line)


def test_names_and_reasons_are_shown_as_people_write_them_in_one_line(tmp_path: Path) -> None:
    names = (
        r"'/a/Zo\u00eb.jpg'.encode(), b'/a/\xff.jpg', pathlib.Path('/a/x\ny.jpg'), '\x1b[31m', "
        r"PermissionError(13, 'Permission denied', '/a'), ValueError('a\nb')"
    )
    (line,) = logged(f"logging.warning('%s|%s|%s|%s|%s|%s', {names})", tmp_path / "log")
    assert line.split(" ", 2)[2] == (
        r"/a/Zoë.jpg|/a/\xff.jpg|/a/x\ny.jpg|\x1b[31m|Permission denied|a\nb"
    )


def test_the_failure_of_a_thread_is_an_entry(tmp_path: Path) -> None:
    code = "import threading; threading.Thread(target=lambda: 1 / 0, name='x').start()"
    first, *_, last = logged(code, tmp_path / "log")
    assert re.fullmatch(f"{HEAD}The thread x has failed", first)
    assert last == "ZeroDivisionError: division by zero"


def test_the_file_never_grows_much_larger_than_a_limit_and_what_was_before_is_kept(
    tmp_path: Path,
) -> None:
    file = tmp_path / "imgsimd.log"
    file.write_bytes(b"old\n" * (logs.LARGEST // 4))
    code = f"logs.keep_small(pathlib.Path({str(file)!r})); logging.error('new'); print('stray')"
    logged(code, file)
    assert (tmp_path / "imgsimd.log.1").read_bytes() == b"old\n" * (logs.LARGEST // 4)
    assert re.fullmatch(f"{HEAD}new\nstray\n", file.read_text())


def test_a_file_that_is_not_where_it_logs_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "imgsimd.log"
    other.write_bytes(b"x" * logs.LARGEST)
    logged(f"logs.keep_small(pathlib.Path({str(other)!r})); logging.error('x')", tmp_path / "log")
    assert other.stat().st_size == logs.LARGEST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["imgsimd.log", "log"]


def test_the_last_error_is_found_with_and_without_a_time() -> None:
    assert logs.last_error("2026-11-24T10:00:00+01:00 ERROR first\nERROR last\nstray\n") == "last"
    assert logs.last_error("2026-11-24T10:00:00+01:00 WARNING no ERROR here\n") is None
