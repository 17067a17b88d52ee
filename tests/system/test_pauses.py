"""When indexing is paused, the daemon as a whole: on battery, and when the user says so."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from imgsimd.errors import NotInTimeError
from tests.support.household import Household, until
from tests.support.power import AC_OUT, DISCHARGING, fill
from tests.support.seclusion import alone, mount

pytestmark = pytest.mark.user
WAITS = "Indexing waits for mains power. Continue now with `imgsimctl resume`."
SUPPLIES = Path("/sys/class/power_supply")


def is_paused(home: Household, pending: int) -> bool:
    status = home.status()
    return (status["state"], status["pending"]) == ("paused", pending)


@alone
def test_on_battery_nothing_is_embedded_and_all_questions_are_answered(
    home: Household, album: list[Path]
) -> None:
    if not SUPPLIES.is_dir():
        pytest.skip(f"needs {SUPPLIES}")
    fake = home.folder / "power_supply"
    fake.mkdir()
    mount("--bind", fake, SUPPLIES)
    home.is_considerate = True
    home.configure("[pause]\nunder_load = false")
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    fill(fake, {"AC": AC_OUT, "BAT0": DISCHARGING})
    assert (home.status()["state"], home.status()["paused"]) == ("idle", [])
    (later,) = home.add(album[1], "b.jpg")
    until(lambda: is_paused(home, 1))
    assert home.status()["paused"] == [{"reason": "battery", "sentence": WAITS, "until": None}]
    decoded = home.status()["decoded"]

    for asked in (home.photos / "a.jpg", album[2], later):
        result = home.ctl("similar", "--json", "--include-self", str(asked))
        assert json.loads(result.stdout)["matches"][0]["path"] == f"{home.photos}/a.jpg"
    assert home.status()["decoded"] == decoded + 2, "the two that were asked about"
    for command in ("wait", "up"):
        result = home.ctl(command)
        assert result.returncode == NotInTimeError.exit_code
        assert result.stderr.decode().endswith(f"imgsimctl: 1 photo is pending. {WAITS}\n")
    assert f"{WAITS}\n" in home.ctl("status").stdout.decode()

    assert home.ctl("resume", "--for", "1h").returncode == 0
    assert home.settle()["images"] == 2
    home.add(album[3], "c.jpg")
    assert home.settle()["images"] == 3, "for an hour"
    assert home.ctl("pause").returncode == 0
    assert home.ctl("resume").returncode == 0
    home.add(album[4], "d.jpg")
    assert home.settle()["images"] == 4, "until the battery is left"


def test_a_pause_with_an_end_outlives_the_daemon(home: Household, album: list[Path]) -> None:
    home.start()
    said = home.ctl("pause", "--for", "2h").stdout.decode()
    (pause,) = home.status()["paused"]
    end = datetime.fromisoformat(pause["until"])
    assert timedelta(hours=1.9) < end - datetime.now().astimezone() <= timedelta(hours=2)
    assert said == (
        f"Indexing is paused until {end:%Y-%m-%d %H:%M}. Continue earlier with `imgsimctl resume`. "
        "Searching still works.\n"
    )
    home.stop()
    home.add(album[0], "a.jpg")
    home.start()
    until(lambda: is_paused(home, 1))
    assert home.status()["paused"] == [pause]
    assert home.ctl("resume").returncode == 0
    assert home.settle()["images"] == 1
    assert home.ctl("pause").returncode == 0
    home.stop()
    home.start()
    assert home.settle()["paused"] == [], "one without an end does not"


@pytest.mark.long
def test_a_pause_ends_by_itself(home: Household, album: list[Path]) -> None:
    home.start()
    assert home.ctl("pause", "--for", "2s").returncode == 0
    home.add(album[0], "a.jpg")
    until(lambda: home.status()["images"] == 1)
    assert home.status()["paused"] == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--for", "2h", "--until", "8:00"], "--for and --until both say when it ends"),
        (["--for", "90"], "--for: 90 has no unit: write 90m for minutes, or 90h for hours."),
        (["--until", "2026-01-01"], "--until: 2026-01-01 has passed already."),
        (["--until", "soon"], "--until: 'soon' is not understood as a moment: write 8:00,"),
    ],
)
def test_an_end_that_is_none_is_refused_and_nothing_changes(
    served: Household, options: list[str], reason: str
) -> None:
    for command in ("pause", "resume"):
        result = served.ctl(command, *options)
        assert (result.returncode, result.stdout) == (2, b"")
        assert reason in " ".join(result.stderr.decode().split())
    assert served.status()["paused"] == []
