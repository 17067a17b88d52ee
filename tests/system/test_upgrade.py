"""Another version is installed while the daemon runs: real wheels in a real environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.household import Household, until
from tests.support.wheels import RELEASE_0_2_0, Environment, built, call, sources

pytestmark = pytest.mark.long

NEXT = "0.3.1"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`old` is 0.2.0, `now` what is tested here, and `next` the same with another version."""
    folder = tmp_path_factory.mktemp("wheels")
    old = built(sources(folder / "old", RELEASE_0_2_0), folder)
    current = sources(folder / "now")
    now = built(current, folder)
    call(current, NEXT)
    return {"old": old, "now": now, "next": built(current, folder)}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


@pytest.fixture
def home(tmp_path: Path, environment: Environment, album: list[Path]) -> Iterator[Household]:
    """Six photos; nothing is installed yet."""
    (tmp_path / "home").mkdir()
    home = Household(tmp_path / "home", scripts=environment.bin)
    for picture in album[:6]:
        home.add(picture, picture.name)
    yield home
    home.close()


def test_the_daemon_becomes_the_version_that_is_installed(
    home: Household, environment: Environment, wheels: dict[str, Path]
) -> None:
    environment.install(wheels["now"])
    home.start()
    home.settle()
    before, ids = home.status(), home.ids()
    environment.install(wheels["next"])
    until(lambda: home.status()["version"] == NEXT)
    after = home.settle()
    assert after["pid"] == before["pid"]
    assert (home.ids(), after["decoded"], after["problems"]) == (ids, 0, [])
