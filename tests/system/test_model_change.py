"""The model is changed while everybody goes on: asks, adds photos, or chooses again."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from imgsimd.config import DEFAULT_MODEL
from imgsimd.models.model_files import Model, find
from tests.support.household import Household, children, until
from tests.support.model_questions import Judge, Questions
from tests.support.patchworks import patchworks
from tests.support.small_networks import install

pytestmark = pytest.mark.long

COUNT = 600
ROOM = 300_000
"""Bytes of a file: enough for a picture that is asked about, and not for the database."""
EVERY = 0.03
"""Seconds between two questions."""


class Change:
    """A gallery of patchworks and some drawn pictures, indexed by the model `a`. `b` gives as many
    numbers, `c` more."""

    def __init__(self, home: Household, album: list[Path], count: int) -> None:
        self.home = home
        folder = home.state / "models"
        self.models: list[Model] = [
            install(folder, "a", 1), install(folder, "b", 2), install(folder, "c", 3, 40),
        ]  # fmt: skip
        patchworks(home.photos / "many", count)
        self.photos = [home.add(each, f"few/{each.name}")[0] for each in album[:20]]
        self.outside = home.folder / "outside.jpg"
        picture = np.asarray(cv2.imread(str(album[1])))
        cv2.imwrite(str(self.outside), cv2.resize(picture, None, fx=0.7, fy=0.7))
        self.use("a")
        home.start()
        home.settle()

    @property
    def questions(self) -> Questions:
        return Questions(self.home, self.photos[0], self.outside, self.home.photos / "few")

    @property
    def judge(self) -> Judge:
        return Judge(self.home, self.models, self.home.photos / "few")

    def use(self, name: str) -> None:
        """As `imgsimctl model use` does. With one thread, a change takes a while."""
        self.home.configure(f'model = "{name}"\n[worker]\nthreads = 1')
        if self.home.process is not None:
            self.home.client.post("/v1/reload")

    def stored(self, name: str) -> int:
        """How many photos have a vector of this model."""
        file = f"file:{self.home.state}/gallery.db?mode=ro"
        sql = """SELECT count(*) FROM embeddings e JOIN models m ON m.id = e.model_id
            WHERE m.name = ?"""
        with closing(sqlite3.connect(file, uri=True)) as db:
            return int(db.execute(sql, [name]).fetchone()[0])

    def has(self, name: str) -> bool:
        """Whether this photo is searchable."""
        return name in self.home.ids()

    def ends(self, name: str) -> None:
        """Waits until this model serves, and nothing waits for another one."""
        until(lambda: (s := self.home.settle())["model"] == name and not s["next_model"])


def test_a_gallery_of_the_earlier_default_migrates_in_the_background(
    home: Household, album: list[Path]
) -> None:
    """After an update: the settings never named a model."""
    before, after = "efficientnet-lite0", DEFAULT_MODEL
    patchworks(home.photos / "many", 90)
    photos = [home.add(each, f"few/{each.name}")[0] for each in album[:10]]
    outside = home.folder / "outside.jpg"
    outside.write_bytes(album[1].read_bytes() + b"another file")
    home.configure(f'model = "{before}"')
    home.start()
    home.settle()
    home.stop()
    home.configure()
    home.start()
    home.client.post("/v1/pause")
    until(lambda: home.status()["images"] == 100)
    assert (home.status()["model"], home.status()["next_model_of"]) == (before, 100)
    with Questions(home, photos[0], outside, home.photos / "few").meanwhile(EVERY) as asked:
        home.client.post("/v1/resume")
        until(lambda: home.settle()["model"] == after)
        until(lambda: asked.models[after] > 5)
    models = [find(name, home.state) for name in (before, after)]
    judge = Judge(home, models, home.photos / "few")
    assert asked.failures == []
    assert judge.mixed(asked.answers) == []
    assert judge.incomplete(asked.answers) == []
    assert asked.models.keys() == {before, after}


@pytest.fixture
def change(home: Household, album: list[Path]) -> Callable[[int], Change]:
    return lambda count: Change(home, album, count)


def test_every_question_is_answered_by_one_model_alone(change: Callable[[int], Change]) -> None:
    made = change(COUNT)
    questions = made.questions
    for name in ("b", "c", "a"):
        with questions.meanwhile(EVERY) as asked:
            made.use(name)
            made.ends(name)
    judge = made.judge
    assert asked.failures == []
    assert judge.mixed(asked.answers) == []
    assert judge.incomplete(asked.answers) == []
    assert asked.models.keys() == {"a", "b", "c"}
    assert asked.refused


def test_a_change_can_be_taken_back_and_taken_up_again(change: Callable[[int], Change]) -> None:
    made = change(COUNT)
    questions = made.questions
    with questions.meanwhile(EVERY) as asked:
        made.use("b")
        until(lambda: made.stored("b") > 50)
        made.use("a")
        made.ends("a")
        kept = made.stored("b")
        made.use("b")
        until(lambda: made.stored("b") > kept)
        made.use("c")
        made.ends("c")
    assert asked.failures == []
    assert made.judge.mixed(asked.answers) == []
    assert made.judge.incomplete(asked.answers) == []
    assert asked.models.keys() == {"a", "c"}
    assert kept <= made.stored("b") < COUNT, "nothing is thrown away"


def test_photos_come_change_and_go_during_a_change(change: Callable[[int], Change]) -> None:
    made = change(COUNT)
    new = patchworks(made.home.folder / "new", 20, seed=1)
    with made.questions.meanwhile(5 * EVERY) as asked:
        made.use("b")
        for number, picture in enumerate(new):
            made.home.add(picture, f"new/{number}.jpg")
            made.home.add(picture, f"many/{number:05d}.jpg")
            (made.home.photos / f"many/{number + 100:05d}.jpg").unlink()
        until(lambda: len(made.home.ids()) == COUNT + 20)
        made.ends("b")
    assert asked.failures == []
    assert made.home.status()["images"] == COUNT + 20
    assert made.judge.mixed([a for a in asked.answers if a.model == "b"]) == []
    checked = made.home.ctl("check", "--json")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("victim", ["daemon", "worker"])
def test_a_change_goes_on_after_a_kill(change: Callable[[int], Change], victim: str) -> None:
    made = change(COUNT)
    made.use("b")
    before = made.home.status()["decoded"]
    until(lambda: made.stored("b") > 50)
    if victim == "daemon":
        made.home.stop(signal.SIGKILL)
        before = 0
        made.home.start()
    else:
        assert made.home.process
        for worker in children(made.home.process.pid):
            os.kill(worker, signal.SIGKILL)
    assert made.home.status()["model"] == "a"
    made.ends("b")
    status = made.home.status()
    assert (status["images"], status["failed"]) == (COUNT + 20, 0)
    assert status["decoded"] - before < COUNT + 200, "what was stored is kept"


def test_a_model_that_does_not_work_keeps_no_photo_from_the_one_that_answers(
    change: Callable[[int], Change],
) -> None:
    made = change(50)
    file = made.models[1].file
    content = file.read_bytes()
    file.write_bytes(content[:-100] + bytes(100))
    made.use("b")
    (trouble,) = until(lambda: [p for p in made.home.status()["problems"] if "b" in p["sentence"]])
    assert trouble["severity"] == "error"
    assert "The change to the model b waits, and a goes on answering" in trouble["sentence"]
    for number, picture in enumerate(patchworks(made.home.folder / "new", 3, seed=1)):
        made.home.add(picture, f"new/{number}.jpg")
        until(partial(made.has, f"new/{number}.jpg"))
    file.write_bytes(content)
    made.ends("b")
    assert made.home.status()["problems"] == []


def test_a_model_that_is_gone_at_the_start_keeps_the_other_answering(
    change: Callable[[int], Change],
) -> None:
    made = change(50)
    description = made.home.state / "models/b.toml"
    text = description.read_text()
    made.home.client.post("/v1/pause")
    made.use("b")
    made.home.stop()
    description.unlink()
    made.home.start()
    until(lambda: made.home.status()["images"] == 70)
    (trouble,) = (p for p in made.home.status()["problems"] if p["code"] == "reload_failed")
    assert "Unknown model 'b'." in trouble["sentence"]
    assert "a goes on answering." in trouble["sentence"]
    description.write_text(text)
    made.home.client.post("/v1/reload")
    made.ends("b")
    assert made.home.status()["problems"] == []


def test_a_change_ends_though_the_model_that_answers_was_removed(
    change: Callable[[int], Change],
) -> None:
    made = change(COUNT)
    made.use("b")
    until(lambda: made.stored("b") > 50)
    for suffix in (".toml", ".tflite"):
        (made.home.state / f"models/a{suffix}").unlink()
    made.home.client.post("/v1/reload")
    assert made.home.similar(made.photos[0]), "what is stored still answers"
    made.ends("b")
    assert made.home.status()["images"] == COUNT + 20


def test_a_change_waits_while_the_disk_takes_no_more(change: Callable[[int], Change]) -> None:
    made = change(COUNT)
    questions = made.questions
    assert made.home.process
    pid = made.home.process.pid
    made.use("b")
    until(lambda: made.stored("b") > 50)
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    with questions.meanwhile(EVERY) as asked:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM, limits[1]))
        until(lambda: "indexing_failed" in {p["code"] for p in made.home.status()["problems"]})
        kept = made.stored("b")
        status = made.home.status()
        assert (status["model"], status["next_model"]) == ("a", "b")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        made.ends("b")
    assert kept < COUNT
    assert asked.failures == []
    assert made.judge.mixed(asked.answers) == []
    assert made.home.status()["images"] == COUNT + 20
    assert made.home.status()["problems"] == []
