"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.embedding import drawing
from tests.household import Household


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Thirty drawn pictures of ten kinds; not to be changed."""
    return drawing.fill(tmp_path_factory.mktemp("album"), count=30)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """An empty home with a photo folder; a daemon is started by the test."""
    household = Household(tmp_path)
    yield household
    household.close()
