"""The configuration file is edited with care: comments stay, and mistakes lose nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import DEVNULL

import pytest

from imgsimd.cli import config_file
from imgsimd.errors import ConfigError, ModelError
from tests.support.household import SCRIPTS, Household
from tests.support.patience import DEADLINE
from tests.support.seclusion import alone, obey_modes

pytestmark = pytest.mark.user

TEXT = """# my photos
roots = [
    "/photos",  # the NAS
]
model = "efficientnet-lite0" # small

[worker]
keep_alive_seconds = 5.0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    return path


def test_a_root_is_added_and_comments_are_kept(file: Path) -> None:
    with config_file.adding_root(file, "/more"):
        text = file.read_text()
    assert file.read_text() == text
    assert tomllib.loads(text)["roots"] == ["/photos", "/more"]
    assert all(comment in text for comment in ("# my photos", "# the NAS", "# small"))


def test_a_root_that_is_there_is_not_added_twice(file: Path) -> None:
    with config_file.adding_root(file, "/photos"):
        assert file.read_text() == TEXT


def test_a_root_is_removed(file: Path) -> None:
    with config_file.removing_root(file, "/photos"):
        assert tomllib.loads(file.read_text())["roots"] == []
    assert "# my photos" in file.read_text()
    with pytest.raises(ConfigError, match="not watched"):
        enter(config_file.removing_root(file, "/photos"))


def test_a_root_is_removed_by_the_typed_path_before_any_other_path_to_it(
    file: Path, tmp_path: Path
) -> None:
    """Two paths may lead to one folder; removing one of them keeps the other."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to("real")
    file.write_text(f'roots = ["{real}", "{link}/", "/else/../photos"]')
    for typed, left in (
        (link, [str(real), "/else/../photos"]),
        (link, ["/else/../photos"]),
        (Path("/photos"), []),
    ):
        with config_file.removing_root(file, str(typed)):
            assert list(config_file.roots(file)) == left
    file.write_text(f'roots = ["{link}"]')
    with pytest.raises(ConfigError, match=f"part of {real}"):
        enter(config_file.removing_root(file, str(real / "inner")))


def test_a_moved_root_keeps_its_position_in_the_file(file: Path) -> None:
    with config_file.moving_root(file, "/photos", "/new/photos"):
        assert file.read_text() == TEXT.replace('"/photos"', '"/new/photos"')
    with config_file.moving_root(file, "/photos/inner", "/elsewhere"):
        assert file.read_text() == TEXT.replace('"/photos"', '"/new/photos"'), "it is no root"


def test_a_moved_root_is_in_the_file_once_or_not_at_all_if_another_covers_it(
    file: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to("/new")
    for before, after in (
        (["/photos", "/more", "/new"], ["/new", "/more"]),
        (["/photos", "/disk/../new"], ["/disk/../new"]),
        (["/photos", str(link)], [str(link)]),
        (["/photos", "/photos/"], ["/new"]),
    ):
        file.write_text(f"roots = {before}".replace("'", '"'))
        with config_file.moving_root(file, "/photos", "/new"):
            assert list(config_file.roots(file)) == after
    file.write_text('roots = ["/photos", "/disk"]')
    with config_file.moving_root(file, "/photos", "/disk/photos"):
        assert list(config_file.roots(file)) == ["/disk"]


def test_patterns_with_the_path_of_a_moved_folder_leave_out_the_same_in_its_new_place(
    file: Path,
) -> None:
    """A pattern that may also mean something else stays before the new one."""
    patterns = [
        '"/home/photos/Private", # mine',
        '"!/home/photos/Private/ok/",',
        '"/home/phot*/raw",',
        '"photos/drafts",',
        '"raw", "*.png", "2020/raw", "/elsewhere/Private",',
        '"//home/photos/./x", "/home/photos", "..",',
    ]
    file.write_text('roots = ["/home/photos"]\nignore = [\n  ' + "\n  ".join(patterns) + "\n]\n")
    with config_file.moving_root(file, "/home/photos", "/new [1]") as edits:
        assert "# mine" in file.read_text()
        assert tomllib.loads(file.read_text())["ignore"] == [
            r"/new \[1\]/Private",
            r"!/new \[1\]/Private/ok/",
            *("/home/phot*/raw", r"/new \[1\]/raw"),
            *("photos/drafts", r"/new \[1\]/drafts"),
            *("raw", "*.png", "2020/raw", "/elsewhere/Private"),
            *(r"/new \[1\]/x", "/home/photos", ".."),
        ]
    assert edits[0] == r"In `ignore`, `/new \[1\]/Private` replaces `/home/photos/Private`."
    assert edits[2] == r"In `ignore`, `/new \[1\]/raw` was added after `/home/phot*/raw`."
    assert len(edits) == 5
    text = file.read_text()
    with config_file.moving_root(file, "/home/photos", "/new [1]") as edits:
        assert (file.read_text(), edits) == (text, [])


def test_a_pattern_for_a_folder_that_stays_watched_is_kept_beside_the_new_one(file: Path) -> None:
    file.write_text('roots = ["/photos"]\nignore = ["/photos/trip/Private"]\n')
    with config_file.moving_root(file, "/photos/trip", "/disk/trip"):
        ignore = tomllib.loads(file.read_text())["ignore"]
        assert ignore == ["/photos/trip/Private", "/disk/trip/Private"]


def test_the_model_is_set(file: Path) -> None:
    with config_file.setting_model(file, "vgg16"):
        assert tomllib.loads(file.read_text())["model"] == "vgg16"
    assert "# small" in file.read_text()


def test_whether_lists_have_thumbnails_is_set(file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    for place in (file, new):
        enter(config_file.setting_preview(place, True))
        assert tomllib.loads(place.read_text())["terminal"] == {"preview": True}
        enter(config_file.setting_preview(place, False))
        assert tomllib.loads(place.read_text())["terminal"] == {"preview": False}
    assert "# small" in file.read_text()


def test_a_terminal_that_is_no_section_is_left_alone(file: Path) -> None:
    file.write_text("terminal = 3\n")
    with pytest.raises(ConfigError, match="`terminal` in it is no section"):
        enter(config_file.setting_preview(file, True))
    assert file.read_text() == "terminal = 3\n"


def test_an_edit_that_the_daemon_refuses_is_undone_completely(file: Path, tmp_path: Path) -> None:
    new = tmp_path / "deep" / "config.toml"
    seen: list[str] = []
    for place, before, edit in (
        (file, TEXT, config_file.adding_root(file, "/more")),
        (file, TEXT, config_file.setting_model(file, "vgg16")),
        (file, TEXT, config_file.removing_root(file, "/photos")),
        (file, TEXT, config_file.moving_root(file, "/photos", "/new")),
        (new, None, config_file.adding_root(new, "/more")),
        (new, None, config_file.setting_model(new, "vgg16")),
    ):
        refuse(edit, lambda place=place: seen.append(place.read_text()))  # type: ignore[misc]
        assert seen[-1] != before
        assert (place.read_text() if place.exists() else None) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "deep"]


def test_what_an_editor_wrote_before_the_daemon_refused_is_kept(file: Path) -> None:
    """Only our own change is taken back; the file need not be as it was."""

    def write() -> None:
        text = file.read_text() + "threads = 3\n"
        file.write_text(text.replace("[", '["/theirs", ', 1))

    for edit in (
        config_file.adding_root(file, "/more"),
        config_file.setting_model(file, "vgg16"),
        config_file.removing_root(file, "/photos"),
    ):
        file.write_text(TEXT)
        refuse(edit, write)
        values = tomllib.loads(file.read_text())
        assert sorted(values.pop("roots")) == ["/photos", "/theirs"]
        assert values == {
            "model": "efficientnet-lite0",
            "worker": {"keep_alive_seconds": 5.0, "threads": 3},
        }


def test_simultaneous_edits_are_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    code = """
import pathlib, sys
from imgsimd.cli import config_file
for number in range(5):
    with config_file.adding_root(pathlib.Path(sys.argv[1]), f"/{sys.argv[2]}/{number}"):
        pass
"""
    commands = [[sys.executable, "-c", code, str(file), str(number)] for number in range(8)]
    running = [subprocess.Popen(command) for command in commands]
    assert [process.wait(DEADLINE) for process in running] == [0] * 8
    roots = tomllib.loads(file.read_text())["roots"]
    assert sorted(roots) == [f"/{process}/{number}" for process in range(8) for number in range(5)]
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


@alone
def test_a_read_only_folder_is_no_error_if_nothing_changes(file: Path) -> None:
    file.parent.chmod(0o555)
    obey_modes()
    with config_file.adding_root(file, "/photos"):
        pass
    with pytest.raises(ConfigError, match="Permission denied"):
        enter(config_file.adding_root(file, "/more"))
    assert file.read_text() == TEXT


@pytest.mark.parametrize("text", ["roots = [", "roots = 5", b"\xff"])
def test_a_file_that_cannot_be_edited_stays_as_it_is(file: Path, text: str | bytes) -> None:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=r"config\.toml"):
        enter(config_file.adding_root(file, "/more"))
    assert file.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_a_link_to_the_file_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    enter(config_file.setting_model(link, "vgg16"))
    assert link.is_symlink()
    assert tomllib.loads(file.read_text())["model"] == "vgg16"


def test_a_name_that_the_file_cannot_hold_is_reported_with_a_remedy(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"was not changed: .* Rename the folder"):
        enter(config_file.adding_root(file, "/more/\udcff"))
    assert file.read_text() == TEXT


def test_a_file_that_cannot_be_written_is_reported_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be"):
        enter(config_file.setting_model(tmp_path / "file" / "config.toml", "vgg16"))


def enter(edit: AbstractContextManager[object]) -> None:
    """The daemon takes the edit."""
    with edit:
        pass


def refuse(edit: AbstractContextManager[object], meanwhile: Callable[[], object]) -> None:
    """The daemon does not take the edit."""
    try:
        with edit:
            meanwhile()
            raise ModelError
    except ModelError:
        pass


def test_simultaneous_commands_all_have_their_effect(home: Household) -> None:
    """Ten folders are added, one is removed, and one is refused, which affects none of the
    others."""
    folders = [home.folder / f"d{number}" for number in range(10)]
    for folder in folders:
        folder.mkdir()
    home.start()
    arguments = [["watch", str(folder)] for folder in folders]
    arguments[5:5] = [["watch", "/"], ["unwatch", str(home.photos)]]
    commands = [
        subprocess.Popen(
            [SCRIPTS / "imgsimctl", *each], env=home.environ, stdout=DEVNULL, stderr=DEVNULL
        )
        for each in arguments
    ]
    codes = [command.wait(DEADLINE) for command in commands]
    assert [bool(code) for code in codes] == [each == ["watch", "/"] for each in arguments]
    watched = sorted(map(str, folders))
    assert sorted(tomllib.loads(home.config.read_text())["roots"]) == watched
    status = home.settle()
    assert sorted(root["path"] for root in status["roots"]) == watched
    assert status["trouble"] == "", "what was refused is forgotten"
