"""Where a package is not installed, pictures that need it are refused, and others are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.embedding import embed, embedding
from tests.support.household import WITHOUT
from tests.support.jpeg_xl import jxl
from tests.support.odd_pictures import heic, photo

PICTURE = photo(240, 180)


async def test_a_worker_without_a_package_names_it_and_reads_other_pictures(
    monkeypatch: pytest.MonkeyPatch, album: list[Path]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(WITHOUT))
    monkeypatch.setenv("WITHOUT", "_pi_heif imagecodecs")
    async with embedding() as embedder:
        refused = [await embed(embedder, each) for each in (heic(PICTURE), jxl(PICTURE))]
        assert isinstance(await embed(embedder, album[0].read_bytes()), np.ndarray)
    assert refused == [
        "it is HEIC, which needs the package pi-heif: pip install pi-heif",
        "it is JPEG XL, which needs the package imagecodecs: pip install imagecodecs",
    ]
