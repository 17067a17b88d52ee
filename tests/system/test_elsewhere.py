"""A gallery goes to another machine or user: the answers stay the same, and nothing is decoded
again."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imgsimd.exchange import image_json, importing
from tests.benchmarks.populating import populate
from tests.support.household import Household, until
from tests.support.thoroughness import times

pytestmark = pytest.mark.long

PHOTOS = 1000
QUESTIONS = times(150)
Answer = list[tuple[int, str, float]]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Household]:
    """The old machine."""
    yield from _household(tmp_path / "there")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Household]:
    """The new one: nothing is watched, no daemon runs, and no photos are there."""
    for household in _household(tmp_path / "here"):
        household.photos.rmdir()
        household.config.write_text(household.config.read_text().replace("roots =", "# roots ="))
        yield household
        household.ctl("down")


def _household(folder: Path) -> Iterator[Household]:
    folder.mkdir()
    household = Household(folder)
    yield household
    household.close()


def answers(home: Household, photos: Path, count: int = QUESTIONS) -> list[Answer]:
    """Those to this many questions about photos: ids, places in the folder, distances."""
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(photos) for name in names)
    chance = random.Random(17)  # noqa: S311 - it keeps no secret
    asked = [Path(chance.choice(files)) for _ in range(count)]
    return [
        [(m["id"], os.path.relpath(m["path"], photos), m["distance"]) for m in home.similar(each)]
        for each in asked
    ]


def told(home: Household, *command: str) -> str:
    """What a command says that works."""
    done = home.ctl(*command)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode() + done.stderr.decode()


def nothing_was_decoded(home: Household) -> bool:
    status = home.settle()
    return (status["decoded"], status["pending"], status["failed"]) == (0, 0, 0)


def indexed(home: Household, album: list[Path]) -> dict[str, int]:
    """The photos of the album are in this home's folder, and indexed. The daemon is stopped."""
    for picture in album:
        home.add(picture, f"2024/{picture.name}")
    home.start()
    home.settle()
    return home.ids()


@pytest.mark.parametrize("kind", ["parquet", "npz"])
def test_many_questions_have_the_same_answers_after_export_import_and_relocate(
    there: Household, here: Household, kind: str
) -> None:
    populate(there, PHOTOS)
    there.start()
    there.settle()
    before = answers(there, there.photos)
    file = there.folder / f"gallery.{kind}"
    told(there, "export", str(file))
    there.stop()
    os.rename(there.photos, here.photos)
    said = told(here, "import", str(file))
    assert said.startswith("Imported 1,000 photos.\n")
    assert f"relocate {there.photos} NEW_FOLDER" in said
    assert here.status()["images"] == 0
    told(here, "relocate", str(there.photos), str(here.photos))
    told(here, "watch", str(here.photos))
    assert nothing_was_decoded(here)
    assert answers(here, here.photos) == before


@pytest.mark.parametrize("copy", [shutil.copy2, shutil.copyfile], ids=["times kept", "new times"])
def test_a_copied_folder_is_recognised_when_it_is_watched(
    there: Household, here: Household, album: list[Path], copy: Any
) -> None:
    ids = indexed(there, album)
    file = there.folder / "gallery.parquet"
    told(there, "export", str(file))
    there.stop()
    shutil.copytree(there.photos, here.photos, copy_function=copy)
    shutil.rmtree(there.photos)
    told(here, "import", str(file))
    told(here, "up", str(here.photos))
    assert nothing_was_decoded(here)
    assert here.ids() == ids


def test_photos_may_be_copied_after_the_import_into_a_folder_that_is_watched(
    there: Household, here: Household, album: list[Path]
) -> None:
    ids = indexed(there, album)
    file = there.folder / "gallery.parquet"
    told(there, "export", str(file))
    there.stop()
    os.rename(there.photos, there.folder / "on its way")
    there.photos.mkdir()
    here.photos = there.photos
    here.configure()
    here.start()
    here.settle()
    told(here, "import", str(file))
    problems = until(lambda: here.settle()["problems"])
    assert [problem["code"] for problem in problems] == ["images_hidden"]
    assert "30 images imported, and hidden until the files are there" in problems[0]["sentence"]
    shutil.copytree(there.folder / "on its way", there.photos, dirs_exist_ok=True)
    until(lambda: here.settle()["images"] == len(ids))
    assert nothing_was_decoded(here)
    assert here.ids() == ids
    here.stop()


def test_another_user_takes_the_same_photos_where_they_are(
    there: Household, here: Household, album: list[Path]
) -> None:
    indexed(there, album)
    file = there.folder / "gallery.npz"
    told(there, "export", str(file))
    said = told(here, "import", str(file))
    assert f"watch {there.photos}" in said
    told(here, "up", str(there.photos))
    assert nothing_was_decoded(here)
    assert answers(here, there.photos, 30) == answers(there, there.photos, 30)


def test_a_backup_goes_to_another_machine_with_restore_and_relocate(
    there: Household, here: Household, album: list[Path]
) -> None:
    ids = indexed(there, album)
    file = there.folder / "gallery.db"
    told(there, "backup", str(file))
    there.stop()
    shutil.copytree(there.photos, here.photos)
    shutil.rmtree(there.photos)
    told(here, "restore", str(file))
    here.ctl("up")  # nothing is watched yet, it says
    told(here, "relocate", str(there.photos), str(here.photos))
    told(here, "watch", str(here.photos))
    assert nothing_was_decoded(here)
    assert here.ids() == ids


def test_photos_of_two_galleries_are_all_there_and_what_is_known_stays(
    there: Household, here: Household, album: list[Path]
) -> None:
    """The one half is indexed here already; the ids of the other are in use."""
    ids = indexed(there, album)
    file = there.folder / "gallery.parquet"
    told(there, "export", str(file))
    here.photos.mkdir()
    here.configure()
    before = indexed(here, album[:10])
    said = told(here, "import", str(file))
    assert "Imported 30 photos.\n10 photos got new ids, since theirs are in use here.\n" in said
    decoded = here.status()["decoded"]
    told(here, "watch", str(there.photos))
    status = here.settle()
    assert (status["images"], status["decoded"]) == (40, decoded)
    found = here.similar(here.photos / next(iter(before)), 100)
    after = {match["path"]: match["id"] for match in found}
    assert {name: after.get(str(here.photos / name), before[name]) for name in before} == before
    others = {name: after.get(str(there.photos / name), ids[name]) for name in ids}
    assert {name for name in ids if others[name] != ids[name]} <= {n for n in ids if ids[n] <= 10}
    assert told(here, "import", str(file)).startswith("Imported 0 photos.\n30 photos had been")


def test_an_import_that_was_interrupted_goes_on(there: Household, here: Household) -> None:
    populate(there, PHOTOS)
    file = there.folder / "gallery.parquet"
    told(there, "export", str(file))
    assert here.ctl("up").returncode == 9  # it runs, though nothing is watched
    with file.open("rb") as stream:
        gallery = importing.opened(stream)
        images = [image_json.of_image(row) for row in next(gallery.rows())]
        models = [image_json.of_model(model) for model in gallery.manifest.models]
    here.client.post("/v1/import", {"models": models, "images": images, "new_ids": False})
    said = told(here, "import", str(file))
    assert said.startswith("Imported 500 photos.\n500 photos had been known before.\n")
    os.rename(there.photos, here.photos)
    told(here, "up", str(here.photos))
    assert nothing_was_decoded(here)
    there.photos.mkdir()
    assert {int(name[5:8]) + 1 for name in here.ids()} == set(here.ids().values())


def test_a_file_that_is_no_export_changes_nothing_and_starts_nothing(
    here: Household, album: list[Path]
) -> None:
    refused = here.ctl("import", str(here.folder / "no"))
    assert (refused.returncode, b"cannot be read" in refused.stderr) == (9, True)
    assert here.ctl("status").returncode == 3
    refused = here.ctl("import", str(album[0]))
    assert (refused.returncode, refused.stdout) == (9, b"")
    assert b"cannot be imported: it is neither Parquet nor npz." in refused.stderr
