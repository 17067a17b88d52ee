"""The database survives what others do to its file, and nothing of it is ever deleted."""

from __future__ import annotations

import gc
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from imgsimd.errors import CatalogError, DisownedError
from imgsimd.gallery.catalog.database import flaws
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import ImageId
from tests.support.library import (
    FORM,
    ROOT,
    add,
    content_of,
    nearest,
    opened,
    vector_of,
    work_off,
)

WORDS = range(2000)
"""Some hundred pages of images and vectors."""


def contents(words: range = WORDS) -> dict[bytes, bytes]:
    return {ROOT + b"/%d.jpg" % word: content_of(word) for word in words}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with 2000 images; not to be changed."""
    folder = tmp_path_factory.mktemp("filled")
    gallery = opened(folder)
    add(gallery, *WORDS)
    work_off(gallery, contents(), 500)
    gallery.close()
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """The folder of a database with 2000 images of its own."""
    shutil.copyfile(filled / "gallery.db", tmp_path / "gallery.db")
    return tmp_path


def overwrite(file: Path, at: int, count: int = 4096) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        stream.write(random.Random(at).randbytes(count))  # noqa: S311


def known(gallery: Gallery) -> dict[bytes, int]:
    return {image.path: image.id for image in gallery.images.between(ROOT, ROOT + b"0")}


def assert_sound(gallery: Gallery, folder: Path) -> None:
    """SQLite finds nothing wrong, and both stores have the same vectors."""
    assert flaws(folder / "gallery.db") == []
    after: ImageId | None = ImageId(0)
    while after is not None:
        after, flawed = gallery.inspect(after)
        assert flawed == []


def come_back(gallery: Gallery, words: range = WORDS) -> None:
    """A scan finds the files again; what has no vector is embedded."""
    there = known(gallery)
    add(gallery, *(word for word in words if ROOT + b"/%d.jpg" % word not in there))
    work_off(gallery, contents(words), 500)
    assert gallery.census.counts().images == len(words)


PATH, VECTOR = ROOT + b"/700.jpg", vector_of(content_of(700)).tobytes()


@pytest.mark.parametrize(
    ("place", "saved"),
    [
        (lambda content: 0, range(1)),
        (lambda content: 4096, range(1)),  # the schema's second page
        (lambda content: content.index(VECTOR), range(1600, 2001)),
        (lambda content: content.index(PATH), range(1600, 2001)),
        (lambda content: content.rindex(PATH), range(1600, 2001)),
    ],
    ids=["header", "schema", "vectors", "path", "index"],
)
async def test_a_damaged_database_is_set_aside_and_what_can_be_read_of_it_is_kept(
    folder: Path, place: Callable[[bytes], int], saved: range
) -> None:
    file = folder / "gallery.db"
    before = known(opened(folder))
    overwrite(file, place(file.read_bytes()))
    damaged = file.read_bytes()
    gallery = await _opened_as_by_the_daemon(folder)
    after = known(gallery)
    assert len(after) in saved
    assert after.items() <= before.items(), "an image keeps its id"
    assert [a.read_bytes() for a in folder.glob("gallery.db.corrupt-*")] in ([damaged], [])
    come_back(gallery)
    assert_sound(gallery, folder)
    new = known(gallery).items() - after.items()
    assert not {image for _, image in new} & set(before.values()), "ids are never used again"
    gallery.close()


async def _opened_as_by_the_daemon(folder: Path) -> Gallery:
    """On the gallery's thread, which mends what turns out to be damaged; then opened once more."""
    thread = GalleryThread()
    await thread.open(folder / "gallery.db")
    await thread.do(Gallery.aim, "m", "m", FORM, {"m"})
    await thread.do(Gallery.show, [ROOT])
    await thread.close()
    return opened(folder)


async def test_damage_that_is_found_while_it_runs_costs_no_restart_and_is_told(
    folder: Path,
) -> None:
    file = folder / "gallery.db"

    thread = GalleryThread()
    await thread.open(file)
    await thread.do(Gallery.aim, "m", "m", FORM, {"m"})
    overwrite(file, file.read_bytes().index(VECTOR))
    await thread.do(Gallery.show, [ROOT])
    assert thread.recoveries == 1, "so the disk is compared with it anew"
    counts = await thread.counts()
    assert 1600 < counts.images < len(WORDS)
    (aside,) = folder.glob("gallery.db.corrupt-*")
    assert list(counts.set_aside) == [aside]
    await thread.close()


@pytest.mark.parametrize("mangle", ["deleted", "truncated", "random", "random in the middle"])
def test_a_spoiled_write_ahead_log_gives_an_older_state_and_the_rest_is_found_again(
    tmp_path: Path, mangle: str
) -> None:
    gallery = opened(tmp_path)
    for first in range(0, 500, 100):
        add(gallery, *range(first, first + 100))
        work_off(gallery, contents(range(500)), 20)
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("gallery.db", "gallery.db-wal"):
        shutil.copyfile(tmp_path / name, killed / name)
    gallery.close()
    log = killed / "gallery.db-wal"
    size = log.stat().st_size
    assert size > 2**20
    if mangle == "deleted":
        log.unlink()
    elif mangle == "truncated":
        os.truncate(log, size // 2 + 1000)
    else:
        overwrite(log, 0 if mangle == "random" else size // 2, size // 4)
    gallery = opened(killed)
    assert gallery.census.counts().images < 500
    assert_sound(gallery, killed)
    come_back(gallery, range(500))
    assert_sound(gallery, killed)
    gallery.close()


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("names", [["gallery.db"], ["gallery.db", "gallery.db-wal"]])
def test_a_database_that_is_removed_while_in_use_is_put_back_whole(
    tmp_path: Path, names: list[str], replaced: bool
) -> None:
    gallery = opened(tmp_path)
    add(gallery, *range(50))
    work_off(gallery, contents(range(50)))
    for name in names:
        (tmp_path / name).unlink()
    if replaced:
        (tmp_path / "gallery.db").write_bytes(b"something else")
    add(gallery, 50)
    work_off(gallery, contents(range(51)))
    assert_sound(gallery, tmp_path)
    kept = [file.read_bytes() for file in tmp_path.glob("gallery.db.replaced-*")]
    assert kept == [b"something else"] * replaced
    with killed(gallery, tmp_path) as again:
        assert len(known(again)) == again.census.counts().images == 51


def test_a_write_ahead_log_that_is_removed_while_in_use_costs_nothing(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    add(gallery, *range(50))
    (tmp_path / "gallery.db-wal").unlink()
    gallery.ensure_in_place()
    with killed(gallery, tmp_path) as again:
        assert len(known(again)) == 50


@contextmanager
def killed(gallery: Gallery, folder: Path) -> Iterator[Gallery]:
    """The gallery as a new daemon finds it after a kill."""
    with tempfile.TemporaryDirectory() as place:
        for file in folder.glob("gallery.db*"):
            if not file.name.endswith("-shm"):
                shutil.copyfile(file, Path(place) / file.name)
        gallery.close()
        again = opened(Path(place))
        yield again
        again.close()


def test_a_folder_that_is_removed_with_the_database_stops_no_question(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    gallery = opened(tmp_path / "state")
    add(gallery, 1)
    work_off(gallery, contents(range(2)))
    shutil.rmtree(tmp_path / "state")
    with pytest.raises(CatalogError, match="cannot be put back"):
        add(gallery, 2)
    assert len(nearest(gallery, vector_of(content_of(1)), 1)) == 1
    (tmp_path / "state").mkdir()
    add(gallery, 2)
    gallery.close()
    assert len(known(opened(tmp_path / "state"))) == 2


@pytest.mark.parametrize("loss", ["removed", "replaced", "damaged"])
async def test_a_database_whose_folder_is_another_daemons_by_now_is_not_put_back(
    tmp_path: Path, loss: str
) -> None:
    """Nor is a damaged one set aside, nor anything written when it is closed."""
    state, owners = tmp_path / "state", [True]
    state.mkdir()

    def check_owner() -> None:
        if not owners[-1]:
            raise DisownedError("another daemon has it")

    thread = GalleryThread(check_owner)
    await thread.open(state / "gallery.db")
    await thread.do(Gallery.aim, "m", "m", FORM, {"m"})
    owners.append(False)
    if loss == "damaged":
        overwrite(state / "gallery.db", 0)
    else:
        shutil.rmtree(state)
        state.mkdir()
    if loss == "replaced":
        opened(state).close()
    before = {file: file.read_bytes() for file in state.iterdir()}
    for step in (Gallery.ensure_in_place, Gallery.recover, lambda g: g.census.counts()):
        with pytest.raises(DisownedError):
            await thread.do(step)
    with pytest.raises(DisownedError):
        await thread.counts()
    await thread.close()
    gc.collect()
    assert {file: file.read_bytes() for file in state.iterdir()} == before


@pytest.mark.parametrize("loss", [Gallery.ensure_in_place, Gallery.recover])
def test_a_database_is_not_put_into_a_folder_that_is_replaced_meanwhile(
    tmp_path: Path, loss: Callable[[Gallery], None]
) -> None:
    """The copy takes a while."""

    def check_owner() -> None:
        if (tmp_path / "gallery.db.new").exists():
            raise DisownedError("another daemon has it")

    gallery = Gallery(tmp_path / "gallery.db", check_owner)
    gallery.aim("m", "m", FORM, {"m"})
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "theirs").rename(tmp_path / "gallery.db")
    with pytest.raises(DisownedError):
        loss(gallery)
    assert (tmp_path / "gallery.db").read_bytes() == b"theirs"
    assert not list(tmp_path.glob("*.replaced-*")) + list(tmp_path.glob("*.corrupt-*"))


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path: Path, journal: str) -> None:
    made = tmp_path / "made.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE unheard_of (id)")
        connection.execute("PRAGMA user_version = 999")
        for file in tmp_path.glob("made.db*"):  # as after a kill
            shutil.copyfile(file, file.with_name(file.name.replace("made", "gallery")))
    (tmp_path / "gallery.db-shm").unlink(missing_ok=True)
    before = {file: file.read_bytes() for file in tmp_path.glob("gallery.db*")}
    with pytest.raises(CatalogError, match="newer imgsimd"):
        Gallery(tmp_path / "gallery.db")
    assert {file: file.read_bytes() for file in before} == before
