"""A photo whose name another one takes keeps its id, if it turns up again. The names that are
given meanwhile are not those of photos, so nobody sees where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.following import QUICK, followed

PATIENT = QUICK.model_copy(update={"grace_seconds": 60})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.jpg").write_bytes(name.encode() * 10)
    return folder


@pytest.mark.parametrize(
    ("moves", "after"),
    [
        (["a.jpg a", "b.jpg a.jpg", "a b.jpg"], "bac"),
        (["a.jpg a", "b.jpg a.jpg", "c.jpg b.jpg", "a c.jpg"], "bca"),
        (["a.jpg a", "b.jpg b", "c.jpg a.jpg", "a b.jpg", "b c.jpg"], "cab"),
    ],
)
async def test_photos_that_change_names_keep_their_ids_whenever_somebody_looks(
    root: Path, moves: list[str], after: str
) -> None:
    async with followed(root, watching=PATIENT) as scene:
        ids = await scene.ids()
        for move in moves:
            old, new = move.split()
            (root / old).rename(root / new)
            await scene.rest()
        expected = {
            f"{now}.jpg": ids[f"{then}.jpg"] for now, then in zip("abc", after, strict=True)
        }
        await scene.until_ids(expected)
        assert await scene.shown() == set(expected)


async def test_a_photo_that_another_one_has_replaced_is_forgotten_after_the_grace(
    root: Path,
) -> None:
    async with followed(root, watching=PATIENT) as scene:
        ids = await scene.ids()
        (root / "b.jpg").rename(root / "a.jpg")
        await scene.rest()
        assert await scene.shown() == {"a.jpg", "c.jpg"}
        known = await scene.ids()
        assert (known["a.jpg"], set(known.values())) == (ids["b.jpg"], set(ids.values()))
        scene.watching = QUICK
        scene.configure(root)
        await scene.until_ids({"a.jpg": ids["b.jpg"], "c.jpg": ids["c.jpg"]})


@pytest.mark.long
async def test_a_photo_that_is_replaced_long_after_others_had_gone_is_kept_as_long(
    root: Path,
) -> None:
    async with followed(root, watching=QUICK.model_copy(update={"grace_seconds": 8})) as scene:
        ids = await scene.ids()
        (root / "c.jpg").unlink()
        await scene.until_known("a.jpg", "b.jpg")
        os.rename(root / "a.jpg", root / "a")
        os.rename(root / "b.jpg", root / "a.jpg")
        await scene.rest()
        os.rename(root / "a", root / "b.jpg")
        await scene.until_ids({"a.jpg": ids["b.jpg"], "b.jpg": ids["a.jpg"]})
