"""Why indexing is paused, and for how long. Files are real; clocks are moved by the tests."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from imgsimd.config import Pause as PauseSettings
from imgsimd.errors import CatalogError
from imgsimd.indexing.pause_ends import Ends, KeptEnds
from imgsimd.indexing.pauses import STEADY_SECONDS, Pauses
from imgsimd.machine.power_supply import PowerSupplies
from tests.support.load import Others
from tests.support.power import AC_IN, AC_OUT, CHARGING, DISCHARGING, fill

HOUR = timedelta(hours=1)


class Machine:
    """A laptop, its clocks, and a daemon's reasons to rest on it."""

    def __init__(self, folder: Path) -> None:
        self.supplies = folder / "power_supply"
        self.file = folder / "pause.json"
        self.refusal: Exception | None = None
        """Raised when something is to be kept."""
        self.wall = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
        self.monotonic = 1000.0
        self.supplies.mkdir()
        self.others = Others(folder)
        self.plug_in()
        self.start()

    def start(self) -> None:
        """The daemon starts, anew if it has run before."""
        kept = KeptEnds(self.file, self._check)
        self.pauses = Pauses(
            PauseSettings(), kept, PowerSupplies(self.supplies), self.others.load(),
            lambda: self.wall, lambda: self.monotonic,
        )  # fmt: skip

    def plug_in(self) -> None:
        fill(self.supplies, {"AC": AC_IN, "BAT0": CHARGING})

    def unplug(self) -> None:
        fill(self.supplies, {"AC": AC_OUT, "BAT0": DISCHARGING})

    def suspend(self, time: timedelta) -> None:
        """The clock on the wall goes on, the monotonic one does not."""
        self.wall += time

    def reasons(self) -> list[str]:
        return [pause.reason for pause in self.pauses.reasons(pending=1)]

    async def allows(self, after: float = 1.0) -> bool:
        """Whether work may go on so many seconds later."""
        self.wall += timedelta(seconds=after)
        self.monotonic += after
        self.others.pass_time(after)
        return await self.pauses.allow(self.others.used)

    async def allows_under_load(self) -> bool:
        """Whether work may go on when others have used the processors for some time."""
        self.others.use, self.others.stalls["cpu"] = 0.9, 0.5
        for _ in range(10):
            await self.allows()
        return await self.allows()

    def _check(self) -> None:
        if self.refusal:
            raise self.refusal


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def test_on_battery_nothing_is_allowed_until_the_mains_are_steady(machine: Machine) -> None:
    assert await machine.allows()
    machine.unplug()
    assert not await machine.allows()
    assert machine.reasons() == ["battery"]
    machine.plug_in()
    assert not await machine.allows()
    machine.unplug()
    assert not await machine.allows(STEADY_SECONDS), "a loose contact"
    machine.plug_in()
    assert not await machine.allows()
    assert await machine.allows(STEADY_SECONDS)
    assert machine.reasons() == []


async def test_the_battery_is_no_reason_where_nothing_is_pending(machine: Machine) -> None:
    machine.unplug()
    assert not await machine.allows()
    assert machine.pauses.reasons(pending=0) == []
    await machine.pauses.pause(None)
    assert [pause.reason for pause in machine.pauses.reasons(pending=0)] == ["user"]


async def test_without_work_the_machine_is_not_looked_at(machine: Machine) -> None:
    machine.unplug()
    await machine.pauses.note_idle()
    assert machine.reasons() == []


async def test_resume_continues_until_the_battery_is_left(machine: Machine) -> None:
    machine.unplug()
    assert not await machine.allows()
    await machine.pauses.resume(None)
    assert await machine.allows()
    assert await machine.allows(86400.0)
    machine.plug_in()
    for _ in range(2):  # all is indexed meanwhile
        machine.monotonic += STEADY_SECONDS
        await machine.pauses.note_idle()
    machine.unplug()
    assert not await machine.allows()


async def test_resume_for_an_hour_lasts_an_hour_whatever_happens(machine: Machine) -> None:
    machine.unplug()
    await machine.pauses.resume(machine.wall + HOUR)
    assert machine.pauses.ignored_until == machine.wall + HOUR
    machine.plug_in()
    assert await machine.allows(STEADY_SECONDS)
    machine.unplug()
    assert await machine.allows()
    machine.start()
    assert await machine.allows(), "also of a daemon that starts anew"
    machine.suspend(HOUR)
    assert not await machine.allows()
    assert machine.pauses.ignored_until is None


async def test_a_pause_ends_by_the_clock_on_the_wall(machine: Machine) -> None:
    await machine.pauses.pause(machine.wall + HOUR)
    (pause,) = machine.pauses.reasons(pending=0)
    assert (pause.reason, pause.until) == ("user", machine.wall + HOUR)
    machine.start()
    assert not await machine.allows()
    machine.suspend(HOUR)
    assert await machine.allows(), "although the other clock says that no time has passed"
    machine.wall -= 2 * HOUR
    machine.start()
    assert not await machine.allows(), "the clock was put back: the moment is ahead again"


async def test_the_latest_request_counts(machine: Machine) -> None:
    await machine.pauses.resume(machine.wall + HOUR)
    await machine.pauses.pause(machine.wall + HOUR)
    assert machine.pauses.ignored_until is None
    await machine.pauses.pause(None)
    machine.suspend(2 * HOUR)
    assert not await machine.allows()
    machine.start()
    assert await machine.allows(), "a pause without an end ends with the daemon"
    assert not machine.file.exists()


async def test_settings_can_forbid_to_rest(machine: Machine) -> None:
    machine.unplug()
    assert not await machine.allows_under_load()
    assert machine.reasons() == ["battery", "load"]
    machine.pauses.settings = PauseSettings(on_battery=False)
    assert not await machine.allows()
    machine.pauses.settings = PauseSettings(on_battery=False, under_load=False)
    assert await machine.allows()


async def test_under_load_nothing_is_allowed_unless_somebody_waits(machine: Machine) -> None:
    assert not await machine.allows_under_load()
    (pause,) = machine.pauses.reasons(pending=1)
    assert pause.sentence == (
        "Indexing waits because other programs need the processors. "
        "Continue now with `imgsimctl resume`."
    )
    with machine.pauses.awaited():
        assert machine.reasons() == []
        assert await machine.allows()
    assert not await machine.allows_under_load()
    machine.others.use = 0.0
    for _ in range(10):
        await machine.allows()
    assert machine.reasons() == []


async def test_resume_ignores_the_load_until_all_is_indexed(machine: Machine) -> None:
    assert not await machine.allows_under_load()
    await machine.pauses.resume(None)
    assert await machine.allows_under_load()
    await machine.pauses.note_idle()
    assert not await machine.allows_under_load()
    await machine.pauses.resume(machine.wall + HOUR)
    await machine.pauses.note_idle()
    assert await machine.allows_under_load()


async def test_a_rest_to_find_out_whose_disk_accesses_they_are_is_no_pause(
    machine: Machine,
) -> None:
    machine.others.stalls["io"] = 0.6
    assert not await machine.allows()
    assert machine.reasons() == []
    with machine.pauses.awaited():
        assert await machine.allows()


async def test_an_end_that_cannot_be_kept_changes_nothing(machine: Machine) -> None:
    machine.refusal = CatalogError("the disk is gone")
    with pytest.raises(CatalogError):
        await machine.pauses.pause(machine.wall + HOUR)
    assert machine.reasons() == []
    await machine.pauses.pause(None)
    assert machine.reasons() == ["user"]


async def test_whatever_the_disk_says_one_can_go_on(machine: Machine) -> None:
    await machine.pauses.pause(machine.wall + HOUR)
    machine.refusal = CatalogError("the disk is gone")
    await machine.pauses.resume(None)
    assert machine.reasons() == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", "null", "{}", '{"paused_until": 5, "ignored_until": null}', "\xff",
     '{"paused_until": "2026-11-27T12:00:00", "ignored_until": null}', "[" * 100_000,
     '{"paused_until": "9999-12-31T23:59:59-12:00", "ignored_until": null}',
     '{"paused_until": null, "ignored_until": "0001-01-01T00:00:00+12:00"}'],
    ids=range(12),
)  # fmt: skip
def test_a_file_that_says_nothing_is_no_pause(text: str, tmp_path: Path) -> None:
    file = tmp_path / "pause.json"
    file.write_bytes(text.encode("latin-1"))
    assert KeptEnds(file, lambda: None).read() == Ends()


def test_what_could_be_read_for_ever_is_no_pause(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(2**40)
    for name in ("pipe", "folder", "huge", "/dev/zero"):
        assert KeptEnds(tmp_path / name, lambda: None).read() == Ends()


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    kept = KeptEnds(tmp_path / "pause.json", lambda: None)
    ends = Ends(paused_until=datetime(2026, 11, 27, 12, tzinfo=UTC))
    kept.keep(ends)
    assert kept.read() == ends
    assert json.loads((tmp_path / "pause.json").read_text())["ignored_until"] is None
    kept.forget()
    kept.forget()
    assert kept.read() == Ends()


async def test_another_version_that_takes_over_remembers_a_pause_without_end(
    machine: Machine,
) -> None:
    await machine.pauses.pause(None)
    assert machine.pauses.open_ended == "pause"
    machine.start()
    machine.pauses.restore("pause")
    assert machine.reasons() == ["user"]
    assert not await machine.allows()


async def test_it_also_remembers_that_the_battery_counts_for_nothing(machine: Machine) -> None:
    machine.unplug()
    assert not await machine.allows()
    await machine.pauses.resume(None)
    assert machine.pauses.open_ended == "resume"
    machine.start()
    machine.pauses.restore("resume")
    assert await machine.allows()
    machine.plug_in()
    assert await machine.allows(STEADY_SECONDS + 1)
    assert await machine.allows(STEADY_SECONDS + 1)
    machine.unplug()
    assert not await machine.allows()
