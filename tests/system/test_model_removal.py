"""`imgsimctl model remove`: gives the space of a model back, and takes nothing that is needed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd.config import DEFAULT_MODEL
from imgsimd.models.install import describe, install, workspace
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.words import of_bytes
from tests.support.household import Household, indexed, until

pytestmark = pytest.mark.long

USED = DEFAULT_MODEL
PHOTOS = 12


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    with indexed(tmp_path_factory.mktemp("home"), album[:PHOTOS]) as household:
        yield household


@pytest.fixture
def home(running: Household) -> Iterator[Household]:
    """Its photos have vectors by the built-in model, which is in use, and by `twin`."""
    add(running, "twin")
    use(running, "twin")
    use(running, USED)
    yield running
    use(running, USED)
    for file in (running.state / "models").iterdir():
        file.unlink()
    running.ctl("model", "remove", "twin", "--confirm")


def add(home: Household, name: str) -> None:
    """Installs the built-in network under another name."""
    built_in = find(USED, BUILT_IN)
    with workspace(home.state / "models", name) as folder:
        made = Path(shutil.copy(built_in.file, folder / f"{name}.tflite"))
        values = {"description": "", "weights": "", "precision": "int8", "resize": "area"}
        described = describe(made, {**values, "size": 224, "dimension": built_in.dimension})
        install(described, home.state / "models")


def use(home: Household, name: str) -> None:
    assert home.ctl("model", "use", name).returncode == 0
    until(lambda: home.settle()["model"] == name)


def models(home: Household) -> dict[str, dict[str, Any]]:
    answer = json.loads(home.ctl("model", "list", "--json").stdout)
    return {model["name"]: model for model in cast(list[dict[str, Any]], answer)}


def files(home: Household) -> set[str]:
    return set(os.listdir(home.state / "models"))


def refused(home: Household, *arguments: str) -> str:
    """The error of a removal that changes nothing."""
    before = files(home), models(home)
    result = home.ctl("model", "remove", *arguments)
    assert result.returncode == 8, result
    assert (files(home), models(home)) == before
    return result.stderr.decode()


def test_it_says_what_it_would_give_back_and_removes_it_when_it_is_confirmed(
    home: Household,
) -> None:
    size = sum((home.state / "models" / name).stat().st_size for name in files(home))
    result = home.ctl("model", "remove", "twin")
    twin = models(home)["twin"]
    assert result.stdout.decode() == (
        f"To remove: the file of twin ({of_bytes(size)}) and the vectors of 12 photos "
        f"({of_bytes(twin['vector_bytes'])}).\n"
    )
    assert b"Nothing removed yet. Add --confirm to do it." in result.stderr
    assert files(home) == {"twin.tflite", "twin.toml"}

    before = home.similar(home.photos / os.listdir(home.photos)[0])
    result = home.ctl("model", "remove", "twin", "--confirm", "--json")
    said = json.loads(result.stdout)
    assert (said["file_bytes"], said["vectors"]) == (size, PHOTOS)
    assert said["vector_bytes"] == twin["vector_bytes"] == PHOTOS * 4 * twin["dimension"]
    assert files(home) == set()
    assert "twin" not in models(home)
    assert home.similar(home.photos / os.listdir(home.photos)[0]) == before
    assert "There is nothing to remove of a model 'twin'" in refused(home, "twin", "--confirm")


def test_what_is_needed_is_refused_with_what_to_do(home: Household) -> None:
    assert f"{USED} is in use. Switch to another model" in refused(home, USED, "--yes")
    text = home.config.read_text()
    home.config.write_text(text.replace(USED, "twin"))
    assert "twin is in use" in refused(home, "twin", "--confirm"), "it will be, from the next start"
    home.config.write_text(text)
    use(home, "twin")
    assert "twin is in use" in refused(home, "twin", "--confirm")
    assert f"imgsimctl model remove {USED} --vectors" in refused(home, USED, "--confirm")
    assert "nothing to remove of a model 'other'" in refused(home, "other")
    assert "nothing to remove of a model '../twin'" in refused(home, "../twin")


def test_of_the_built_in_model_only_the_vectors_are_removed(home: Household) -> None:
    use(home, "twin")
    result = home.ctl("model", "remove", USED, "--vectors", "--confirm")
    assert result.stdout.decode().startswith(f"Removed the vectors of 12 photos by {USED} (12 kB).")
    assert (models(home)[USED]["installed"], models(home)[USED]["vectors"]) == (True, 0)
    use(home, USED)
    assert models(home)[USED]["vectors"] == PHOTOS


def test_vectors_are_listed_and_removed_when_the_files_are_gone(home: Household) -> None:
    for name in files(home):
        (home.state / "models" / name).unlink()
    left = models(home)["twin"]
    assert (left["installed"], left["vectors"], left["bytes"]) == (False, PHOTOS, 0)
    assert b"removed; only its vectors are left" in home.ctl("model", "list").stdout
    assert home.ctl("model", "use", "twin").returncode == 8
    assert home.ctl("model", "remove", "twin", "--confirm").returncode == 0
    assert "twin" not in models(home)


def test_files_that_a_user_has_put_there_are_never_removed(home: Household) -> None:
    description = home.state / "models" / "twin.toml"
    text = description.read_text().partition("\n")[2]
    description.write_text(text)
    said = refused(home, "twin", "--confirm")
    assert "twin was not added by `imgsimctl model add`" in said
    assert str(description) in said


def test_a_broken_description_is_removed_with_the_rest(home: Household) -> None:
    description = home.state / "models" / "twin.toml"
    description.write_text(description.read_text() + "\n= broken")
    assert home.ctl("model", "remove", "twin", "--confirm").returncode == 0
    assert (files(home), "twin" in models(home)) == (set(), False)


def test_after_a_kill_in_the_middle_the_same_command_removes_the_rest(home: Household) -> None:
    command = [str(home.scripts / "imgsimctl"), "model", "remove", "twin", "--confirm"]
    removing = subprocess.Popen(command, env=home.environ, stderr=subprocess.DEVNULL)
    until(lambda: "twin.tflite" not in files(home))
    home.stop(signal.SIGKILL)
    removing.wait()
    home.start()
    home.settle()
    assert home.ctl("model", "remove", "twin", "--confirm").returncode in (0, 8)
    assert (files(home), "twin" in models(home)) == (set(), False)
