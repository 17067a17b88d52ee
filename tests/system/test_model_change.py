"""The model is changed while everybody goes on: asks, adds photos, or chooses again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from imgsimd.models.model_files import Model
from tests.support.household import Household, until
from tests.support.model_questions import Judge, Questions
from tests.support.patchworks import patchworks
from tests.support.small_networks import install

COUNT = 1500
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
        """As `imgsimctl model use` does."""
        self.home.configure(f'model = "{name}"')
        if self.home.process is not None:
            self.home.client.post("/v1/reload")

    def ends(self, name: str) -> None:
        """Waits until this model serves, and nothing waits for another one."""
        until(lambda: (s := self.home.settle())["model"] == name and not s["next_model"], 120)


@pytest.fixture
def change(home: Household, album: list[Path]) -> Callable[[int], Change]:
    return lambda count: Change(home, album, count)


@pytest.mark.long
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
    print(asked.kinds, asked.refused, asked.longest)
    assert asked.models.keys() == {"a", "b", "c"}
    assert asked.refused
