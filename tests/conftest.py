"""Fixtures for all tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from imgsimd.samples import drawing
from tests.support import seeded_vgg16
from tests.support.household import Household
from tests.support.serving import served as served  # fixtures
from tests.support.serving import start as start

settings.register_profile("patient", deadline=None)  # a busy machine is no fault
settings.register_profile("thorough", max_examples=10_000, deadline=None)
settings.load_profile("patient")
SHARED = "IMGSIMD_TESTS_SHARED"
"""Environment variable: a folder of this run, for what every process of it uses."""


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder; those that xdist starts inherit it, and that numpy uses
    one core, as in the daemon: the others have tests to run."""
    if not hasattr(config, "workerinput"):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ[SHARED] = tempfile.mkdtemp(prefix="imgsimd-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """A gigabyte: not to be left for later, as pytest does."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED))


FIRST = ("tests/install/", "tests/system/test_vgg16", "tests/system/", "tests/models/")
"""The beginnings of the longest files, in this order."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: one that begins late keeps one process busy when all others have
    ended."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    fitting = (turn for turn, start in enumerate(FIRST) if item.nodeid.startswith(start))
    return next(fitting, len(FIRST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out: with xdist, pytest itself does not."""
    if terminalreporter.config.option.markexpr == "not long":
        terminalreporter.line("Left out: tests that take minutes. To run them: pytest -m long")


@pytest.fixture(scope="session")
def album(shared: Path) -> list[Path]:
    """Thirty drawn pictures of ten kinds; not to be changed."""
    folder = seeded_vgg16.once(shared / "album", lambda empty: drawing.fill(empty, count=30))
    return [folder / name for name in sorted(os.listdir(folder))]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """An empty home with a photo folder; a daemon is started by the test."""
    household = Household(tmp_path)
    yield household
    household.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """A folder that all processes of this run have in common."""
    return Path(os.environ[SHARED])


@pytest.fixture(scope="session")
def seeded_weights(shared: Path) -> Path:
    """A Keras file with weights for VGG16, 470 MB; not to be changed."""
    return seeded_vgg16.weights(shared)


@pytest.fixture(scope="session")
def plain_keras(shared: Path, seeded_weights: Path, album: list[Path]) -> NDArray[np.float32]:
    """What plain Keras, with those weights, says of the album: [30, 4096], not of unit length."""
    return seeded_vgg16.plain_keras(shared, seeded_weights, album)


@pytest.fixture(scope="session")
def vgg16_int8(shared: Path, seeded_weights: Path) -> Path:
    """A folder of models with vgg16, built from those weights; not to be changed."""
    return seeded_vgg16.installed(shared, "int8")


@pytest.fixture(scope="session")
def vgg16_float32(shared: Path, seeded_weights: Path) -> Path:
    """A folder of models with the faithful vgg16, built from those weights; not to be changed."""
    return seeded_vgg16.installed(shared, "float32")
