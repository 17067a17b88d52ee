"""Leaving photos out, and letting them in again, is always reported: one real daemon."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError
from tests.support.household import Household, indexed, until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """A running daemon with two photos, one of which lies in a private folder."""
    with indexed(tmp_path_factory.mktemp("home"), album[:1]) as home:
        home.add(album[1], "Private/a.jpg")
        until(lambda: home.status()["images"] == 2)
        yield home


def configured(home: Household, text: str) -> list[str]:
    """Reloads these settings; the notes once nothing is pending."""
    home.configure(text)
    home.client.post("/v1/reload")
    notes: list[str] = home.settle()["notes"]
    return notes


def test_photos_of_a_folder_with_a_marker_are_hidden_at_once_and_kept(
    shared_home: Household, album: list[Path]
) -> None:
    """Most of the folder: as if they were deleted, but nobody is asked about that."""
    home = shared_home
    home.add(album[2], *(f"most/{number}.jpg" for number in range(120)), "gone.jpg")
    until(lambda: home.settle()["images"] == 123)
    ids, decoded = home.ids(), home.status()["decoded"]
    for name, text in ((".nomedia", ""), (".imgsimdignore", "*\n")):
        (home.photos / "most" / name).write_text(text)
        until(lambda: home.status()["images"] == 3)
        reason = home.settle()["roots"][0]["reason"]
        assert reason.startswith("120 images hidden, but kept, because a setting or a file such as")
        (home.photos / "gone.jpg").unlink()
        until(lambda: home.status()["images"] == 2)
        home.add(album[3], "other.jpg")
        until(lambda: known(home) == 123)  # its time of grace is over, and no other is forgotten
        (home.photos / "most" / name).unlink()
        (home.photos / "other.jpg").rename(home.photos / "gone.jpg")
        until(lambda: home.settle()["images"] == 123)
        kept = {name: number for name, number in home.ids().items() if name != "gone.jpg"}
        assert kept.items() <= ids.items()
    assert home.status()["decoded"] == decoded + 1
    assert home.status()["roots"][0]["reason"] == ""


def known(home: Household) -> int:
    """How many images the catalog has, hidden ones, too."""
    with closing(sqlite3.connect(f"file:{home.state}/gallery.db?mode=ro", uri=True)) as catalog:
        return int(catalog.execute("SELECT count(*) FROM images").fetchone()[0])


def test_excluded_photos_are_forgotten_when_their_files_go_or_a_user_says_so(
    shared_home: Household, album: list[Path]
) -> None:
    home = shared_home
    before = known(home)
    home.add(album[4], "drafts/a.jpg", "drafts/b.jpg", "drafts/c.jpg")
    until(lambda: home.settle()["images"] == before + 3)
    (home.photos / ".imgsimdignore").write_text("/drafts\n")
    until(lambda: home.settle()["images"] == before)
    assert known(home) == before + 3
    (home.photos / "drafts/a.jpg").unlink()
    assert home.ctl("rescan").returncode == 0
    until(lambda: known(home) == before + 2)
    forgotten = home.ctl("forget", "--confirm")
    assert b"2" in forgotten.stdout
    assert known(home) == before
    (home.photos / ".imgsimdignore").unlink()
    until(lambda: home.settle()["images"] == before + 2)
    shutil.rmtree(home.photos / "drafts")
    until(lambda: known(home) == before)


def test_a_marker_in_the_watched_folder_itself_is_reported(shared_home: Household) -> None:
    marker = shared_home.photos / ".nomedia"
    marker.touch()
    until(lambda: shared_home.settle()["images"] == 0)
    assert f"{marker} is there, so all of the folder" in shared_home.ctl("up").stdout.decode()
    marker.unlink()
    until(lambda: shared_home.settle()["images"])


def test_a_private_folder_given_by_its_whole_path_is_not_searchable(shared_home: Household) -> None:
    ids = shared_home.ids()
    for path in (f"{shared_home.photos}/Private", "~/Pictures/Private/"):
        assert configured(shared_home, f'ignore = ["{path}"]') == []
        assert "Private/a.jpg" not in shared_home.ids()
        assert configured(shared_home, "") == []
        assert shared_home.ids() == ids


def test_a_pattern_that_matches_nothing_is_reported(shared_home: Household) -> None:
    text = 'ignore = ["private", "*.raw.jpg.x"]'
    (note,) = configured(shared_home, text)[:1]
    assert "`private`" in note
    shared_home.config.write_text(f'roots = ["{shared_home.photos}", "/nowhere"]\n{text}')
    shared_home.client.post("/v1/reload")
    assert note in shared_home.settle()["notes"], "a folder that is offline hinders nothing"
    for command in ("status", "up"):
        said = shared_home.ctl(command).stdout.decode()
        assert "`private`" in said
        assert "`*.raw.jpg.x`" in said
    (shared_home.photos / "private").mkdir()
    until(lambda: "`private`" not in str(shared_home.status()["notes"]))


def test_a_setting_without_effect_is_refused_by_name(shared_home: Household) -> None:
    images = shared_home.settle()["images"]
    for text, words in {
        'ignore = ["../Private"]': "`../Private` leads out",
        f'ignore = ["{shared_home.photos}"]': "`roots`",
        'ignore = ["*"]': "leave out everything",
        "extensions = []": "leaves out everything",
        'extensions = ["xcf"]': "cannot read drawings and layered pictures",
        "[worker]\ndeadline_seconds = inf": "worker.deadline_seconds",
    }.items():
        shared_home.configure(text)
        with pytest.raises(ConfigError, match=words):
            shared_home.client.post("/v1/reload")
        assert words in shared_home.status()["trouble"]
    assert configured(shared_home, 'extensions = ["*.jpg, .PNG"]') == []
    assert shared_home.status()["images"] == images


def test_a_setting_that_waits_for_a_restart_is_reported(shared_home: Household) -> None:
    home = shared_home
    (note,) = configured(home, f'state_dir = "{home.folder}/elsewhere"')
    assert note.startswith(
        "`state_dir` has changed, and takes effect after a restart. Run: imgsimctl down"
    )
    (note,) = configured(
        home, 'socket = "/tmp/s"\n[index]\nbackend = "milvus"\n[worker]\nthreads = 1'
    )
    assert note.startswith("`socket`, `worker.threads`, `index.backend` have changed")
    assert configured(home, "") == []


def test_a_setting_with_its_old_name_is_obeyed_and_status_says_how_to_rename_it(
    shared_home: Household,
) -> None:
    old = shared_home.config.read_text().replace("grace_seconds", "grace")
    shared_home.config.write_text(old)
    shared_home.client.post("/v1/reload")
    assert b"`watching.grace` to `watching.grace_seconds`" in shared_home.ctl("status").stdout
    shared_home.config.write_text(f"{old}grace_seconds = 1\n")
    with pytest.raises(ConfigError, match=r"Remove `watching\.grace`"):
        shared_home.client.post("/v1/reload")
    assert configured(shared_home, "") == []
