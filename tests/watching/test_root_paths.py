"""A configured path means the folder that it leads to now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgsimd.watching import disk_timeout
from imgsimd.watching.root_paths import RootPaths
from tests.support.seclusion import alone, silent_server

pytestmark = pytest.mark.user


async def looked(*names: Path | str, known: RootPaths | None = None) -> RootPaths:
    found = known or RootPaths()
    found.configure(map(os.fsencode, names))
    await found.look()
    return found


def places(names: RootPaths) -> list[str]:
    return list(map(os.fsdecode, names.places))


@pytest.fixture
def real(tmp_path: Path) -> Path:
    folder = tmp_path / "real"
    (folder / "inner").mkdir(parents=True)
    return folder


async def test_a_folder_with_several_names_counts_once(real: Path, tmp_path: Path) -> None:
    link, chain, relative = tmp_path / "link", tmp_path / "chain", tmp_path / "relative"
    link.symlink_to(real)
    chain.symlink_to(link)
    relative.symlink_to("./real/")
    names: list[Path | str] = [
        link,
        chain,
        relative,
        real,
        f"{tmp_path}/link/../real",
        chain / "inner",
    ]
    found = await looked(*names)
    assert places(found) == [str(real)]
    assert found.of(os.fsencode(real)) == [os.fsencode(name) for name in names[:-1]]


async def test_a_root_with_a_similar_name_is_not_nested(tmp_path: Path) -> None:
    assert places(await looked("/x/a", "/x/ab", "/x/a/b")) == ["/x/a", "/x/ab"]


async def test_links_are_followed_again_at_each_look(real: Path, tmp_path: Path) -> None:
    link, disk = tmp_path / "link", tmp_path / "disk"
    found = await looked(link / "inner")
    assert places(found) == [str(link / "inner")], "nothing is there"
    link.symlink_to(real)
    assert places(await looked(link / "inner", known=found)) == [str(real / "inner")]
    link.unlink()
    link.symlink_to(disk)
    assert places(await looked(link / "inner", known=found)) == [str(disk / "inner")], "it dangles"


async def test_a_link_to_the_root_directory_and_a_loop_change_nothing(
    real: Path, tmp_path: Path
) -> None:
    link, loop = tmp_path / "link", tmp_path / "loop"
    link.symlink_to(real)
    loop.symlink_to(loop)
    found = await looked(link, loop)
    link.unlink()
    link.symlink_to("/")
    assert places(await looked(link, loop, known=found)) == [str(real), str(loop)]


@alone
async def test_the_last_place_is_kept_while_a_disk_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_timeout, "ANSWER_SECONDS", 0.1)
    nas, link = tmp_path / "nas", tmp_path / "link"
    nas.mkdir()
    link.symlink_to("nas/photos")

    found = RootPaths()
    found.configure([os.fsencode(link)])
    await found.look()
    with silent_server(nas):
        await found.look()
        assert places(found) == [str(nas / "photos")]
