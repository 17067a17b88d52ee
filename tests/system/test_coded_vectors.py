"""A model whose vectors are stored as int8, in a real daemon: from the worker to the answer."""

from __future__ import annotations

import json
import math
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.household import Household
from tests.support.small_networks import install

pytestmark = pytest.mark.long

DIMENSION = 100


def household(folder: Path) -> Household:
    """One that uses the model, not yet started."""
    home = Household(folder)
    install(home.state / "models", "coded", 1, DIMENSION, "int8")
    home.configure('model = "coded"')
    return home


@pytest.fixture
def home(tmp_path: Path, album: list[Path]) -> Iterator[Household]:
    """Twelve photos, indexed; and, beside them, a copy of the first."""
    (tmp_path / "one").mkdir()
    home = household(tmp_path / "one")
    for photo in album[:12]:
        home.add(photo, photo.name)
    shutil.copyfile(album[0], home.folder / "elsewhere.jpg")
    home.start()
    home.settle()
    yield home
    home.close()


def stored(home: Household) -> dict[int, bytes]:
    with closing(sqlite3.connect(f"file:{home.state}/gallery.db?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT image_id, vector FROM embeddings"))


def asked(home: Household, *arguments: str) -> Any:
    done = home.ctl(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_photo_that_is_asked_about_from_elsewhere_is_found_at_distance_0(home: Household) -> None:
    vectors = stored(home)
    assert len(vectors) == 12
    assert {len(vector) for vector in vectors.values()} == {DIMENSION}
    copy = home.folder / "elsewhere.jpg"
    match = asked(home, "similar", str(copy), "-k", "1")["matches"][0]
    assert match["distance"] == 0
    assert asked(home, "compare", str(copy), match["path"], "--no-verify")["distance"] == 0
    given = cast(dict[str, Any], home.client.upload("/v1/vectors", copy.read_bytes()))["vector"]
    assert math.hypot(*given) == pytest.approx(1, abs=0.02)
    question = {"queries": [{"vector": given}], "k": 1}
    found = cast(dict[str, Any], home.client.post("/v1/similar", question))
    assert found["matches"][0]["distance"] == 0


def test_it_is_sound_and_answers_the_same_after_a_kill(home: Household, album: list[Path]) -> None:
    photo = home.photos / album[3].name
    before = home.similar(photo)
    home.stop(signal.SIGKILL)
    home.start()
    home.settle()
    assert home.similar(photo) == before
    check = home.ctl("check")
    assert check.returncode == 0, check.stdout


@pytest.mark.parametrize("kind", ["parquet", "npz"])
def test_what_is_exported_is_imported_as_the_same_bytes(
    home: Household, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"gallery.{kind}"
    assert home.ctl("export", str(file)).returncode == 0
    (tmp_path / "other").mkdir()
    other = household(tmp_path / "other")
    other.start()
    try:
        done = other.ctl("import", str(file))
        assert done.returncode == 0, done.stderr
        assert stored(other) == stored(home)
    finally:
        other.close()
