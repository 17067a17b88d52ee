"""A model that is not in use answers by what is stored of it, and says how far it is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imgsimd.client import Client
from tests.support.household import Household, until
from tests.support.model_questions import Answer, Judge
from tests.support.patchworks import patchworks
from tests.support.small_networks import install

pytestmark = pytest.mark.long
COUNT = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """`a` has seen all but two photos, `b` is in use, `c` has seen none."""
    made = Household(tmp_path_factory.mktemp("asked"))
    for number, name in enumerate("abc"):
        install(made.state / "models", name, number)
    patchworks(made.photos / "many", COUNT)
    made.add(album[0], "few/first.jpg", "few/copy.jpg")
    made.add(album[1], "few/second.jpg")
    for name in "ab":
        made.configure(f'model = "{name}"')
        if made.process is None:
            made.start()
        made.client.post("/v1/reload")
        until(lambda name=name: made.settle()["model"] == name)  # type: ignore[misc]
    made.add(album[2], "few/third.jpg")
    made.add(album[3], "few/fourth.jpg")
    until(lambda: made.settle()["images"] == COUNT + 5)
    yield made
    made.close()


def asked(home: Household, *arguments: str) -> tuple[dict[str, Any], str]:
    done = home.ctl("similar", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr.decode()


def refused(home: Household, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    done = home.ctl("similar", *arguments)
    assert done.returncode == 8
    return done


@pytest.mark.parametrize("name", ["first.jpg", "third.jpg"], ids=["seen", "not seen"])
@pytest.mark.parametrize("filters", [[], ["--under", "{photos}/many"], ["--collapse"]])
def test_its_vectors_answer(home: Household, name: str, filters: list[str]) -> None:
    photo = home.photos / "few" / name
    filters = [each.format(photos=home.photos) for each in filters]
    result = Client(home.socket).similar
    answer, said = asked(home, str(photo), "--model", "a", *filters)
    assert (answer["model"], answer["embedded"], answer["of"]) == ("a", COUNT + 3, COUNT + 5)
    assert f"Of {COUNT + 5} photos, a has seen {COUNT + 3}." in said
    found = result(photo, model="a", collapse="--collapse" in filters,
                   under=[home.photos / "many"] if "--under" in filters else [])  # fmt: skip
    assert [match.id for match in found.matches] == [m["id"] for m in answer["matches"]]
    kind = "filter" if "--under" in filters else "collapse" if filters else "path"
    models = [install(home.folder / "again", each, "abc".index(each)) for each in "ab"]
    judge = Judge(home, models, home.photos / "many")
    assert judge.mixed([Answer(kind, photo, "a", found.matches)]) == []


def test_the_very_picture_is_found_by_it(home: Household, album: list[Path]) -> None:
    outside = home.folder / "outside.jpg"
    outside.write_bytes(album[0].read_bytes() + b"another file")
    for picture in (str(home.photos / "few/first.jpg"), str(outside)):
        answer, _ = asked(home, "--same", "--model", "a", picture)
        assert answer["model"] == "a"
        assert "same" in {match["verdict"] for match in answer["matches"]}
    several, _ = asked(home, "--each", "--model", "a", "-k", "1", str(outside), picture)
    assert {each["model"] for each in several["answers"]} == {"a"}
    verified, _ = asked(home, "--verify", "--model", "a", str(outside))
    assert {match["verdict"] for match in verified["matches"]} >= {"same", "no"}


def test_what_cannot_be_asked_is_said_in_words(home: Household) -> None:
    photo = str(home.photos / "few/first.jpg")
    unknown = refused(home, photo, "--model", "../no\x1b[31m").stderr.decode()
    assert "Unknown model" in unknown
    assert "a, b, c" in unknown
    assert "\x1b" not in unknown
    unseen = refused(home, photo, "--model", "c").stderr.decode()
    assert "c has not seen any photo" in unseen
    assert "imgsimctl model use c" in unseen
    answer, said = asked(home, photo, "--model", "b")
    assert (answer["embedded"], said) == (None, ""), "it is in use"


def test_what_is_hidden_is_not_found_and_a_removed_model_answers_from_what_is_stored(
    home: Household,
) -> None:
    photo = home.photos / "few/first.jpg"
    away = (home.photos / "few/copy.jpg").rename(home.folder / "copy.jpg")
    until(lambda: away.name not in {Path(m["path"]).name for m in home.similar(photo)})
    answer, _ = asked(home, str(photo), "--model", "a")
    assert away.name not in {Path(match["path"]).name for match in answer["matches"]}
    for suffix in (".toml", ".tflite"):
        (home.state / f"models/a{suffix}").unlink()
    answer, _ = asked(home, str(photo), "--model", "a")
    assert answer["matches"]
    outside = refused(home, str(away), "--model", "a").stderr.decode()
    assert "it can only be asked about photos that it has seen" in outside
    removed = home.ctl("model", "remove", "a", "--vectors", "--confirm")
    assert removed.returncode == 0, removed.stderr
    assert b"Unknown model 'a'. Available: " in refused(home, str(photo), "--model", "a").stderr
