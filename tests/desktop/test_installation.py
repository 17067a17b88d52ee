"""Entries come and go, and what users have written stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.desktop import installation
from imgsimd.desktop.part import Part, State
from imgsimd.desktop.places import Places, find
from imgsimd.errors import ConfigError
from tests.support import desktop


@pytest.fixture(autouse=True)
def nothing_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return desktop.places(tmp_path / "home")


def parts(places: Places) -> list[Part]:
    return [part for program in installation.programs(places) for part in program.parts]


def files(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def install(places: Places) -> list[str]:
    found = [program for program in installation.programs(places) if program.is_found]
    return list(installation.install(places, found))


def uninstall(places: Places) -> list[str]:
    return list(installation.uninstall(places, installation.programs(places)))


def states(places: Places) -> set[State]:
    return {part.state() for part in parts(places)}


def test_everything_is_installed_once_and_leaves_nothing_behind(places: Places) -> None:
    before = files(places.data.parents[1])
    assert states(places) == {State.MISSING}
    assert install(places) == []
    assert states(places) == {State.INSTALLED}
    after = files(places.data.parents[1])
    assert len(after) == len(before) + len(parts(places))
    assert install(places) == []
    assert files(places.data.parents[1]) == after
    assert uninstall(places) == []
    assert files(places.data.parents[1]) == before


def test_only_what_is_found_is_installed(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    places = Places(folder / "data", folder / "config", (), folder / "imgsimctl")
    assert install(places) == []
    assert {path.removeprefix(str(folder)) for path in files(folder)} == {
        "/data/applications/imgsimd.desktop",
        "/data/icons/hicolor/scalable/apps/imgsimd.svg",
    }


def test_a_program_on_path_is_found(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(tmp_path / "data", tmp_path / "config", (), places.imgsimctl)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "nemo").touch(mode=0o755)
    found = {each.name for each in installation.programs(places) if each.is_found}
    assert found == {"the desktop", "Nemo"}


def test_entries_of_another_place_are_outdated_and_brought_up_to_date(places: Places) -> None:
    install(places)
    moved = desktop.places(places.data.parents[1], "other")
    icon, *others = parts(moved)
    assert icon.state() is State.INSTALLED
    assert {part.state() for part in others} == {State.OUTDATED}
    assert install(moved) == []
    assert states(moved) == {State.INSTALLED}
    assert uninstall(places) == []
    assert states(moved) == {State.MISSING}


def test_what_somebody_else_wrote_or_changed_is_kept(places: Places) -> None:
    own = [part.path for part in parts(places) if part.path.name != "uca.xml"]
    for path in own:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# mine\n")
    assert len(install(places)) == len(own)
    for path in own:
        assert path.read_text() == "# mine\n"
        path.unlink()
    install(places)
    for path in own:
        path.write_text(path.read_text() + "# changed\n")
    before = files(places.data)
    assert len(install(places)) == len(own)
    assert all("so it was kept" in sentence for sentence in uninstall(places))
    assert files(places.data) == before


def test_nothing_is_written_or_removed_through_a_link(places: Places, tmp_path: Path) -> None:
    install(places)
    paths = [part.path for part in parts(places)]
    uninstall(places)
    (tmp_path / "target").write_text("a photo, for example")
    for path in paths:
        path.symlink_to(tmp_path / "target")
    install(places)
    uninstall(places)
    assert all(path.is_symlink() for path in paths)
    assert (tmp_path / "target").read_text() == "a photo, for example"


def test_a_folder_in_the_place_of_a_file_is_kept(places: Places) -> None:
    for part in parts(places):
        part.path.mkdir(parents=True)
    assert len(install(places)) == len(parts(places))
    uninstall(places)
    assert all(part.path.is_dir() for part in parts(places))


def test_a_script_that_lost_its_mode_is_outdated(places: Places) -> None:
    install(places)
    script = places.data / "nautilus/scripts/Find similar photos"
    script.chmod(0o644)
    assert State.OUTDATED in states(places)
    install(places)
    assert script.stat().st_mode & 0o111


def test_the_user_may_have_other_base_directories(tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "d"),
        "XDG_CONFIG_HOME": str(tmp_path / "c"),
        "XDG_CONFIG_DIRS": f"relative:{tmp_path / 's'}",
    }
    found = find(tmp_path / "imgsimctl", environ)
    assert (found.data, found.config) == (tmp_path / "d", tmp_path / "c")
    assert found.system_config == (tmp_path / "s",)


def test_a_command_whose_path_is_not_utf_8_is_refused_in_words(tmp_path: Path) -> None:
    places = desktop.places(tmp_path / "caf\udce9")
    with pytest.raises(ConfigError, match=r"caf\\xe9.* is not UTF-8"):
        installation.programs(places)
