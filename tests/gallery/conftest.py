"""What the tests of the gallery have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.gallery.gallery import Gallery
from tests.support.library import opened


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    """It shows ROOT, and has no images yet."""
    return opened(tmp_path)
