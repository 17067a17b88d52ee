"""check, rebuild and backup as a user sees them; what they find and repair is proven elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd.cli import import_command, maintenance
from imgsimd.errors import ConfigError, NoDaemonError
from imgsimd.gallery.consistency import Flaw
from tests.support.broken_server import HALF, misbehaving


@pytest.fixture
def sock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands look for the daemon."""
    path = tmp_path / "sock"
    monkeypatch.setenv("IMGSIMD_SOCKET", str(path))
    return path


def test_an_interrupted_backup_leaves_no_file(tmp_path: Path, sock: Path) -> None:
    place = tmp_path / "backups"
    place.mkdir()
    with (
        misbehaving(sock, HALF),
        pytest.raises(NoDaemonError, match="ended before it"),
    ):
        maintenance.backup(str(place / "copy.db"))
    assert list(place.iterdir()) == []


def test_a_backup_never_replaces_a_file(tmp_path: Path, sock: Path) -> None:
    for name, content in (("photo.jpg", b"photo"), ("notes.txt", b"text"), ("old.db", b"SQLite\0")):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(ConfigError, match=name):
            maintenance.backup(str(file))
        assert file.read_bytes() == content


@pytest.mark.parametrize("command", [maintenance.restore, import_command.import_gallery])
def test_a_pipe_is_refused_before_the_daemon_is_stopped_or_started(
    command: Callable[[str], None], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name in (str(pipe), "/dev/zero"):
        with pytest.raises(ConfigError, match="is a pipe or a device"):
            command(name)


def test_every_finding_of_check_has_a_description() -> None:
    assert {flaw.value for flaw in Flaw} < set(maintenance.FINDINGS)
