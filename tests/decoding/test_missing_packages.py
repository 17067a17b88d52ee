"""Where a package is not installed, pictures that need it are refused, and others are read."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.embedding import embed, embedding
from tests.support.household import WITHOUT
from tests.support.jpeg_xl import jxl
from tests.support.odd_pictures import heic, photo

PICTURE = photo(240, 180)


@pytest.mark.parametrize("modules", ["_pi_heif imagecodecs", "_pi_heif imagecodecs._jpegxl"])
async def test_a_worker_whose_packages_are_missing_or_broken_names_them_and_reads_other_pictures(
    modules: str, monkeypatch: pytest.MonkeyPatch, album: list[Path]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(WITHOUT))
    monkeypatch.setenv("WITHOUT", modules)
    async with embedding() as embedder:
        refused = [await embed(embedder, each) for each in (heic(PICTURE), jxl(PICTURE))]
        assert isinstance(await embed(embedder, album[0].read_bytes()), np.ndarray)
    pip = f"{sys.executable} -m pip"
    assert refused == [
        f"it is HEIC, which needs the package pi-heif: {pip} install pi-heif",
        f"it is JPEG XL, which needs the package imagecodecs: {pip} install imagecodecs",
    ]
