"""What is said of what the daemon does, and of how it is."""

from __future__ import annotations

import re

import pytest

from imgsimd.client import Status, status_words
from tests.support.statuses import NOW, before, problem, root, status

PAUSED = {"reason": "user", "sentence": "Indexing is paused. Do this.", "until": None}


@pytest.mark.parametrize(
    ("current", "sentence"),
    [
        (status(state="starting"), "Starting: looking at the watched folders."),
        (status(), "There are no photos yet."),
        (status(roots=[root("/q", "offline")]), "No photo is searchable now."),
        (status(images=1, failed=3), "All is indexed: 1 photo is searchable."),
        (status(images=40_112), "All is indexed: 40,112 photos are searchable."),
        (status(state="scanning"), "Looking for changes."),
        (
            status(state="scanning", images=1204, pending=7000, per_second=140.2),
            "Looking for changes, and indexing 1,204 of 8,204, 140/s.",
        ),
        (
            status(
                state="indexing", images=31_200, failed=4, pending=8908, per_second=140.2,
                seconds_remaining=63.6,
            ),
            "Indexing 31,204 of 40,112, 140/s, about 1 min left.",
        ),
        (status(state="indexing", images=3, pending=7), "Indexing 3 of 10."),
        (
            status(state="indexing", pending=700, per_second=0.25, seconds_remaining=2800),
            "Indexing 0 of 700, 0.2/s, about 45 min left.",
        ),
        (
            status(
                state="indexing", images=98, pending=42, next_model="vgg16", per_second=20.0,
                next_model_seen=60, next_model_of=100,
            ),
            "Changing to the model vgg16, indexing 60 of 100, 20/s.",
        ),
        (status(state="paused", images=3, paused=[PAUSED]), "Indexing is paused. Do this."),
        (
            status(state="paused", pending=1, paused=[PAUSED]),
            "1 photo is pending. Indexing is paused. Do this.",
        ),
    ],
)  # fmt: skip
def test_it_is_said_what_is_done_and_how_long_it_takes(current: Status, sentence: str) -> None:
    assert status_words.doing(current) == sentence


def test_if_nothing_is_wrong_the_numbers_are_told() -> None:
    healthy = status(
        images=9, failed=4, roots=[root(), root("/q")], newest="/p/a.jpg",
        newest_at=before(seconds=12), skipped={"files": 8, "summary": "8 videos"},
    )  # fmt: skip
    assert status_words.being(healthy, NOW) == [
        "Healthy: 2 folders, newest photo 12 s ago, 4 failed, 8 skipped."
    ]
    assert status_words.remarks(healthy) == [
        "Not indexed: 8 videos. `imgsimctl skipped` lists them."
    ]


def test_what_is_wrong_comes_first_each_with_its_remedy() -> None:
    ill = status(
        roots=[root(), root("/q", "offline")],
        problems=[
            problem("error", "It fails.", "Read the log."),
            problem("warning", "/q is offline.", "Connect the disk."),
            problem("info", "It is so.", "See there."),
        ],
    )  # fmt: skip
    assert status_words.being(ill, NOW) == [
        "Error: It fails. Read the log.",
        "Warning: /q is offline. Connect the disk.",
        "2 folders, 1 of them offline.",
    ]
    assert status_words.remarks(ill) == ["It is so. See there."]


def test_it_is_said_where_photos_are_shared_and_what_is_not_there_yet() -> None:
    def told(waiting: int) -> list[str]:
        shared = {"name": "attic", "number": 7, "uri": "http://s:1", "waiting": waiting}
        return status_words.remarks(status(roots=[root()], shared={**shared, "trouble": ""}))

    assert told(0) == ["Shared at http://s:1 as attic."]
    assert told(1) == ["Shared at http://s:1 as attic. 1 change waits to be pushed."]
    assert told(1200) == ["Shared at http://s:1 as attic. 1,200 changes wait to be pushed."]


def test_without_a_folder_it_is_said_how_to_watch_one() -> None:
    assert status_words.being(status(), NOW) == [status_words.NO_FOLDER]
    assert status_words.being(status(state="starting"), NOW) == []


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (root(), "watched"),
        (
            root(
                pending=1200, failed=2, damaged=3, skipped={"files": 4, "summary": ""},
                last_look=before(hours=2),
            ),
            "watched, 1,200 pending, 2 failed, 3 damaged, 4 skipped, looked at 2 h ago",
        ),
        (root(state="polled", poll_seconds=300.0), "polled every 5 min"),
        (root(state="polled"), "polled"),
        (root(state="degraded", poll_seconds=300.0), "partly watched, polled every 5 min"),
        (root(state="degraded", poll_seconds=None), "partly watched"),
        (root(state="offline", last_look=before(hours=2)), "offline, its photos are kept"),
        (root(state="unheard-of"), "unheard-of"),
    ],
)  # fmt: skip
def test_it_is_said_how_a_folder_is(folder: dict[str, object], words: str) -> None:
    (found,) = status(roots=[folder]).roots
    assert ", ".join(status_words.of_folder(found, NOW)) == words


def test_the_kernels_limit_is_told_where_it_is_near() -> None:
    assert status_words.remarks(status(watches=100, watch_limit=8192)) == []
    (told,) = status_words.remarks(status(watches=7900, watch_limit=8192))
    assert "7,900 folders" in told
    assert told.endswith("sudo sysctl fs.inotify.max_user_watches=16384")


def test_a_daemon_without_a_list_of_problems_is_understood() -> None:
    old = status(roots=[root("/q", "offline", reason="it is gone")], notes=["a note"], trouble="t")
    assert status_words.remarks(old) == ["/q is offline: it is gone", "a note", "t"]


def test_it_is_told_until_when_the_battery_is_ignored() -> None:
    (told,) = status_words.remarks(status(pause_ignored_until="2026-05-01T14:30:00+02:00"))
    assert re.match(r"Until 20\d\d-\d\d-\d\d \d\d:\d\d, neither battery nor load pauses", told)
