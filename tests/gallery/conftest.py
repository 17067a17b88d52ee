"""What the tests of the gallery have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.gallery import census
from imgsimd.gallery.gallery import Gallery
from tests.support.library import opened


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    """It shows ROOT, and has no images yet."""
    return opened(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def _counted_each_time() -> Iterator[None]:
    """However busy the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(census, "CHEAP_SECONDS", 60.0)
        yield
