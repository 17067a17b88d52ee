"""The script moves what is a copy to the trash, and nothing else, whatever has happened since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from imgsimd.trash_script import Step, script

NAMES = [
    b"a.jpg", b"it's.jpg", b'"$HOME" `id`.jpg', b"two\nlines.jpg", b"-rf.jpg", b"\xff\xfe.jpg",
    b"back\\slash.jpg", b"* ?.jpg", b" space ",
    "\u202eright to left \N{SMILING FACE WITH SUNGLASSES}.jpg".encode(),
]  # fmt: skip
TRASH = """#!/bin/sh
[ "$1" = trash ] && [ "$2" = -- ] && [ $# = 3 ] && mv -- "$3" "$TRASH/"
"""


@dataclass(frozen=True)
class _Compared:
    """A file as it was when it was compared."""

    path: str
    bytes: int
    mtime_ns: int


def _compared(path: bytes) -> _Compared:
    status = os.stat(path)
    return _Compared(os.fsdecode(path), status.st_size, status.st_mtime_ns)


class Case:
    """A keeper and a copy, and a trash that is a folder."""

    def __init__(self, folder: Path) -> None:
        self.trash, self.tools = folder / "trash", folder / "bin"
        for each in (self.trash, self.tools, folder / "a", folder / "b"):
            each.mkdir()
        self.folder = folder
        self.skipped: list[str] = []

    def install(self) -> None:
        (self.tools / "gio").write_text(TRASH)
        (self.tools / "gio").chmod(0o755)

    def pair(self, name: bytes, other: bytes = b"\0content", tier: str = "exact") -> Step:
        keeper, copy = (os.path.join(os.fsencode(self.folder), x, name) for x in (b"a", b"b"))
        Path(os.fsdecode(keeper)).write_bytes(b"\0content")
        Path(os.fsdecode(copy)).write_bytes(other)
        return Step(_compared(keeper), _compared(copy), is_exact=tier == "exact")

    def write(self, *steps: Step) -> Path:
        file = self.folder / "tidy.sh"
        file.write_bytes(b"".join(script(steps, lambda path, why: self.skipped.append(why))))
        return file

    def run(self, file: Path) -> subprocess.CompletedProcess[bytes]:
        environ = {"PATH": f"{self.tools}:/usr/bin:/bin", "TRASH": str(self.trash)}
        return subprocess.run(["/bin/sh", file], env=environ, capture_output=True, check=False)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made = Case(tmp_path)
    made.install()
    return made


def test_copies_with_any_name_go_to_the_trash(case: Case) -> None:
    groups = [case.pair(name) for name in NAMES]
    groups.append(case.pair(b"copy.jpg", b"other content", tier="copy"))
    result = case.run(case.write(*groups))
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"Moved to the trash: 11. Left: 0.\n"
    assert set(os.listdir(os.fsencode(case.trash))) == {*NAMES, b"copy.jpg"}
    assert set(os.listdir(os.fsencode(case.folder / "a"))) == {*NAMES, b"copy.jpg"}
    again = case.run(case.folder / "tidy.sh")
    assert again.stdout == b"Moved to the trash: 0. Left: 11.\n"


def _same_time(file: Path, content: bytes) -> None:
    """Changes the file, and sets its time back."""
    status = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replaced_by_link(keeper: Path, copy: Path) -> None:
    keeper.unlink()
    keeper.symlink_to(copy)


def _hard_link(keeper: Path, copy: Path) -> None:
    copy.unlink()
    os.link(keeper, copy)


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "the keeper is gone": lambda keeper, copy: keeper.unlink(),
    "the keeper was moved": lambda keeper, copy: keeper.rename(keeper.parent / "c"),
    "the keeper is a link to the copy": _replaced_by_link,
    "the keeper has another time": lambda keeper, copy: os.utime(keeper, (1, 1)),
    "the keeper has another content": lambda keeper, copy: _same_time(keeper, b"\0Content"),
    "the copy has another size": lambda keeper, copy: _same_time(copy, b"longer content"),
    "the copy has another content": lambda keeper, copy: _same_time(copy, b"\0Content"),
    "both are one file": _hard_link,
    "the trash is full": lambda keeper, copy: (copy.parents[1] / "trash").rmdir(),
}


@pytest.mark.parametrize("tier", ["exact", "copy"])
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_moved_if_anything_has_changed(case: Case, change: str, tier: str) -> None:
    file = case.write(case.pair(b"a.jpg", tier=tier))
    copy = case.folder / "b/a.jpg"
    CHANGES[change](case.folder / "a/a.jpg", copy)
    result = case.run(file)
    assert result.returncode == 1
    assert result.stdout == b"Moved to the trash: 0. Left: 1.\n"
    assert copy.exists()
    assert b"left: " in result.stderr


def test_a_name_cannot_change_what_the_terminal_does(case: Case) -> None:
    file = case.write(case.pair(b"\x1b[2Jtwo\nlines.jpg"))
    (case.folder / "a").rename(case.folder / "c")
    left = case.run(file).stderr
    assert b"/b/?[2Jtwo?lines.jpg: the photo to keep is gone or was changed\n" in left
    assert b"\x1b" not in left


def test_without_a_trash_nothing_is_done(tmp_path: Path) -> None:
    case = Case(tmp_path)
    for tool in ("stat", "cmp", "sha256sum"):
        (case.tools / tool).symlink_to(f"/usr/bin/{tool}")
    file = case.write(case.pair(b"a.jpg"))
    result = subprocess.run(
        ["/bin/sh", file], env={"PATH": str(case.tools)}, capture_output=True, check=False
    )
    assert result.returncode == 1
    assert b"nothing was moved" in result.stderr


def test_exact_copies_come_first_and_what_was_changed_is_left_out(case: Case) -> None:
    changed, exact = case.pair(b"c.jpg", tier="copy"), case.pair(b"e.jpg")
    text = case.write(changed, exact).read_bytes()
    assert text.index(b"\nexact '") < text.index(b"\ncopy '")
    (case.folder / "b/c.jpg").write_bytes(b"changed since")
    assert b"\ncopy '" not in case.write(changed, exact).read_bytes()
    assert "was changed meanwhile" in case.skipped[0]
