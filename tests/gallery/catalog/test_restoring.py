"""A backup takes the place of the database whole, or nothing changes; nothing is deleted."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from imgsimd.errors import CatalogError
from imgsimd.gallery.catalog.database import copy
from imgsimd.gallery.catalog.migrations import VERSION
from imgsimd.gallery.catalog.restoring import Restored, restore
from tests.support.library import ROOT, add, content_of, opened, work_off


def filled(folder: Path, count: int) -> Path:
    """A database with so many images."""
    folder.mkdir()
    gallery = opened(folder)
    add(gallery, *range(count))
    work_off(gallery, {ROOT + b"/%d.jpg" % word: content_of(word) for word in range(count)}, 500)
    gallery.close()
    return folder / "gallery.db"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The one in use, with three images."""
    return filled(tmp_path / "state", 3)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with twenty images."""
    target = tmp_path / "backup.db"
    copy(filled(tmp_path / "earlier", 20), target)
    return target


def restored(backup: Path, database: Path) -> Restored:
    with backup.open("rb") as stream:
        return restore(stream, None, backup.name, database)


def images(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM images").fetchone()[0])


def everything(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_backup_is_there_and_the_old_database_is_kept(backup: Path, database: Path) -> None:
    before, old = backup.read_bytes(), database.read_bytes()
    result = restored(backup, database)
    assert result.images == images(database) == 20
    assert result.kept is not None
    assert result.kept.name.startswith("gallery.db.before-restore-")
    assert result.kept.read_bytes() == old
    assert backup.read_bytes() == before
    assert sorted(everything(database.parent)) == ["gallery.db", result.kept.name]
    assert database.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_restored_where_there_is_no_database(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    assert restored(backup, folder / "gallery.db") == Restored(20, None)
    assert sorted(everything(folder)) == ["gallery.db"]


def test_the_log_of_a_killed_daemon_is_kept_and_not_taken_for_that_of_the_backup(
    backup: Path, database: Path
) -> None:
    log = database.with_name("gallery.db-wal")
    log.write_bytes(b"what was written last")
    result = restored(backup, database)
    assert images(database) == 20
    assert result.kept is not None
    assert result.kept.with_name(result.kept.name + "-wal").read_bytes() == b"what was written last"


def test_the_log_beside_a_copy_of_a_database_in_use_belongs_to_it(
    database: Path, tmp_path: Path
) -> None:
    used = filled(tmp_path / "used", 5)
    with closing(sqlite3.connect(used)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM images WHERE id = 1")
        connection.commit()
        copied = shutil.copyfile(used, tmp_path / "copied.db")
        log = shutil.copyfile(f"{used}-wal", tmp_path / "copied.db-wal")
    with copied.open("rb") as stream, log.open("rb") as wal:
        assert restore(stream, wal, "copied.db", database).images == 4


def cut_off(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-20_000])


def overwritten(backup: Path) -> None:
    with backup.open("r+b") as stream:
        stream.seek(40_000)
        stream.write(b"\xa5" * 30_000)


def of_the_future(backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def of_another_program(backup: Path) -> None:
    backup.unlink()
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("CREATE TABLE bookmarks (address TEXT)")


def empty(backup: Path) -> None:
    backup.write_bytes(b"")


def a_photo(backup: Path) -> None:
    backup.write_bytes(b"\xff\xd8\xff\xe0" * 1000)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_off, "is damaged"),
        (overwritten, "is damaged"),
        (of_the_future, "by a newer imgsimd"),
        (of_another_program, "is not a backup"),
        (empty, "is not a backup"),
        (a_photo, "is not a backup"),
    ],
)
def test_a_bad_backup_changes_nothing(
    spoil: Callable[[Path], None], said: str, backup: Path, database: Path
) -> None:
    spoil(backup)
    before, given = everything(database.parent), backup.read_bytes()
    with pytest.raises(CatalogError, match=said) as error:
        restored(backup, database)
    assert "backup.db" in str(error.value)
    assert ".restored" not in str(error.value)
    assert everything(database.parent) == before
    assert backup.read_bytes() == given


def test_what_ends_early_changes_nothing(database: Path) -> None:
    before = everything(database.parent)
    with pytest.raises(CatalogError, match="cannot be restored"):
        restore(_Failing(), None, "backup.db", database)
    assert everything(database.parent) == before


def test_of_another_kind_of_file_nothing_is_copied(database: Path) -> None:
    with open("/dev/zero", "rb") as endless, pytest.raises(CatalogError, match="is not a backup"):
        restore(endless, None, "zero", database)


class _Failing(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")
