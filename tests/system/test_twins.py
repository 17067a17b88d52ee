"""Thousands of copies or hard links of one file keep their ids and cost little."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.reconciling.departures import SPARE, Departures
from imgsimd.types import FileState, Known, Plan
from imgsimd.vectors import VectorForm
from imgsimd.watching.scan import has_left
from tests.support.household import Household, indexed, until

pytestmark = pytest.mark.long

COUNT = 200
OLD = 1e9


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Identical files in `copies`, hard links of one file in `links`, by a running daemon."""
    with indexed(tmp_path_factory.mktemp("crowd"), album[:5]) as home:
        made = home.folder / "made"
        for folder, source in (("copies", album[5]), ("links", album[6])):
            (made / folder).mkdir(parents=True)
            original = shutil.copyfile(source, made / folder / "0.jpg")
            os.utime(original, (OLD, OLD))
            for number in range(1, COUNT):
                twin = made / folder / f"{number}.jpg"
                if folder == "links":
                    os.link(original, twin)
                else:
                    shutil.copy2(original, twin)
            (made / folder).rename(home.photos / folder)
        until(lambda: home.settle()["images"] == 5 + 2 * COUNT)
        yield home


def moved(home: Household, action: Callable[[], None], *names: str) -> dict[str, int]:
    """The ids after these files have come, and nothing else has."""
    action()
    until(lambda: set(names) <= home.ids().keys() and home.settle()["images"] == 5 + 2 * COUNT)
    return home.ids()


def test_twins_are_decoded_once(crowd: Household) -> None:
    assert crowd.status()["decoded"] <= 5 + 2 * 2, "each lane may meet a content first"


def test_photos_with_twins_that_are_copied_and_deleted_keep_their_ids(crowd: Household) -> None:
    """As `mv` does from one disk to another."""
    before, names = crowd.ids(), ("17.jpg", "18.jpg", "19.jpg")

    def move() -> None:
        for name in names:
            shutil.copy2(crowd.photos / "copies" / name, crowd.photos / name)
        for name in names:
            (crowd.photos / "copies" / name).unlink()

    after = moved(crowd, move, *names)
    for name in names:
        assert after[name] == before[f"copies/{name}"]
    assert after["copies/20.jpg"] == before["copies/20.jpg"]


def test_a_renamed_photo_with_hard_links_keeps_its_id(crowd: Household) -> None:
    before, new = crowd.ids(), crowd.photos / "renamed.jpg"
    after = moved(crowd, lambda: _rename(crowd.photos / "links/17.jpg", new), "renamed.jpg")
    assert after["renamed.jpg"] == before["links/17.jpg"]


def test_each_photo_of_a_renamed_folder_of_hard_links_keeps_its_id(crowd: Household) -> None:
    before, new = crowd.ids(), crowd.photos / "other"
    after = moved(crowd, lambda: _rename(crowd.photos / "links", new), "other/20.jpg")
    kept = {name: image for name, image in before.items() if name.startswith("links/")}
    assert {f"other/{os.path.basename(name)}": image for name, image in kept.items()} == {
        name: image for name, image in after.items() if name.startswith("other/")
    }


def _rename(source: Path, target: Path) -> None:
    source.rename(target)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The paths that were looked at, one by one."""
    seen: list[bytes] = []
    lstat = os.lstat

    def counted(path: Any, **kwargs: Any) -> os.stat_result:
        seen.append(path)
        return lstat(path, **kwargs)

    monkeypatch.setattr(os, "lstat", counted)
    return seen


async def links(tmp_path: Path, count: int) -> tuple[GalleryThread, FileState]:
    """A gallery that knows a file with so many hard links, all of which have left."""
    gallery = GalleryThread()
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(Gallery.aim, "m", "m", VectorForm(8), {"m"})
    state = FileState(1, 2, 3, 4)
    names = (b"%s/%d.jpg" % (os.fsencode(tmp_path), n) for n in range(count))
    await gallery.do(Gallery.apply, Plan(new=dict.fromkeys(names, state)))
    return gallery, state


def gone(images: Sequence[Known]) -> list[Known]:
    return [image for image in images if has_left(image, keeps_inodes=True)]


async def test_a_scan_looks_at_each_hard_link_once(tmp_path: Path, looks: list[bytes]) -> None:
    count = 4 * SPARE

    gallery, state = await links(tmp_path, count)
    departures = Departures(gallery, gone)
    looks.clear()
    for _ in range(5):  # pieces of the scan
        found = await departures.of([state] * (count // 5))
        assert len(found) >= count // 5, "as many as have arrived"
        await gallery.do(Gallery.forget, found[: count // 5])  # found under other names
    await gallery.close()
    assert len(looks) == len(set(looks)) == count


async def test_a_new_file_is_compared_with_a_limited_number_of_hard_links(
    tmp_path: Path, looks: list[bytes]
) -> None:
    gallery, state = await links(tmp_path, 2 * SPARE)
    looks.clear()
    await Departures(gallery, gone).of([state])
    await gallery.close()
    assert len(looks) == SPARE + 1
