"""Nothing is left out, or let in, in silence: one real daemon is told what to leave out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError
from tests.household import Household, indexed, until


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


def test_a_private_folder_given_by_its_whole_path_is_not_searchable(shared_home: Household) -> None:
    ids = shared_home.ids()
    for path in (f"{shared_home.photos}/Private", "~/Pictures/Private/"):
        assert configured(shared_home, f'ignore = ["{path}"]') == []
        assert "Private/a.jpg" not in shared_home.ids()
        assert configured(shared_home, "") == []
        assert shared_home.ids() == ids


def test_a_pattern_that_matches_nothing_is_said(shared_home: Household) -> None:
    (note,) = configured(shared_home, 'ignore = ["private", "*.raw.jpg.x"]')[:1]
    assert "'private'" in note
    for command in ("status", "up"):
        said = shared_home.ctl(command).stdout.decode()
        assert "'private'" in said
        assert "'*.raw.jpg.x'" in said
    (shared_home.photos / "private").mkdir()
    until(lambda: "'private'" not in str(shared_home.status()["notes"]))


def test_a_setting_without_effect_is_refused_by_name(shared_home: Household) -> None:
    for text, words in {
        'ignore = ["../Private"]': "'../Private' leads out",
        f'ignore = ["{shared_home.photos}"]': "`roots`",
        'ignore = ["*"]': "leave out everything",
        "extensions = []": "leaves out everything",
        'extensions = ["heic"]': "cannot read HEIC pictures",
        "[worker]\ndeadline = inf": "worker.deadline",
    }.items():
        shared_home.configure(text)
        with pytest.raises(ConfigError, match=words):
            shared_home.client.post("/v1/reload")
        assert words in shared_home.status()["trouble"]
    assert configured(shared_home, 'extensions = ["*.jpg, .PNG"]') == []
    assert shared_home.status()["images"] == 2


def test_a_setting_that_waits_for_a_restart_is_said(shared_home: Household) -> None:
    home = shared_home
    (note,) = configured(home, f'state_dir = "{home.folder}/elsewhere"')
    assert note.startswith("`state_dir` has changed, and takes effect after `imgsimctl down`")
    home.config.write_text(f'roots = ["{home.photos}"]\nsocket = "/tmp/s"\n[worker]\nthreads = 1')
    home.client.post("/v1/reload")
    (note,) = home.status()["notes"]
    assert note.startswith("`socket`, `worker.threads` have changed")
    assert configured(home, "") == []
