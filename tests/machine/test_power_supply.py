"""What the folder of power supplies says: machines of many kinds, as their kernels show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from imgsimd.machine.power_supply import PowerSupplies
from tests.support.power import (
    AC_IN,
    AC_OUT,
    CHARGING,
    DISCHARGING,
    FULL,
    MOUSE,
    PORT_IN,
    PORT_OUT,
    fill,
)

Machine = Mapping[str, Mapping[str, str]]
ON_BATTERY: dict[str, Machine] = {
    "a laptop": {"AC": AC_OUT, "BAT0": DISCHARGING},
    "a laptop with two batteries": {
        "AC": AC_OUT,
        "BAT0": DISCHARGING,
        "BAT1": {**FULL, "status": "Not charging"},
    },
    "one whose second battery is used": {
        "AC": AC_OUT,
        "BAT0": {**FULL, "status": "Unknown"},
        "BAT1": DISCHARGING,
    },
    "a laptop that has only USB-C": {"port0": PORT_OUT, "port1": PORT_OUT, "BAT0": DISCHARGING},
    "a tablet whose kernel shows its battery alone": {"BAT0": DISCHARGING},
    "firmware that has just noticed the plug": {
        "AC": AC_OUT,
        "BAT0": {**FULL, "status": "Unknown"},
    },
    "a server behind a UPS without current": {"ups": {"type": "UPS", "status": "Discharging"}},
    "a laptop with a mouse that charges": {
        "AC": AC_OUT,
        "BAT0": DISCHARGING,
        "hidpp": {**MOUSE, "status": "Charging"},
    },
    "a battery that does not say whether it is there": {
        "AC": AC_OUT,
        "BAT0": {"type": "Battery", "status": "Discharging"},
    },
}
ON_MAINS: dict[str, Machine] = {
    "a desktop": {},
    "a laptop": {"AC": AC_IN, "BAT0": CHARGING},
    "a laptop that is full": {"AC": AC_IN, "BAT0": FULL},
    "one that charges up to a limit": {"AC": AC_IN, "BAT0": {**FULL, "status": "Not charging"}},
    "a charger too weak for the work": {"AC": AC_IN, "BAT0": DISCHARGING},
    "one of two USB-C ports": {"port0": PORT_OUT, "port1": PORT_IN, "BAT0": CHARGING},
    "a driver that says too much": {
        "port0": {**PORT_IN, "online": "9" * 5000},
        "BAT0": {**CHARGING, "status": "\x1b" * 5000},
    },
    "a programmable charger": {"port0": {**PORT_IN, "online": "2"}, "BAT0": CHARGING},
    "ports that say nothing of the charger": {"port0": PORT_OUT, "BAT0": CHARGING},
    "a desktop with USB-C ports": {"port0": PORT_OUT},
    "a desktop whose mouse runs on its battery": {"hidpp": {**MOUSE, "status": "Discharging"}},
    "a laptop without its battery": {"AC": AC_IN, "BAT0": {"type": "Battery", "present": "0"}},
    "a bay without a battery": {
        "AC": AC_OUT,
        "BAT0": {**DISCHARGING, "present": "0"},
    },
    "a server behind a UPS": {"ups": {"type": "UPS", "status": "Charging"}},
    "a battery of which nothing is known": {"BAT0": {"type": "Battery", "status": "Unknown"}},
    "entries without a type": {"odd": {"online": "0"}, "odder": {"status": "Discharging"}},
    "a driver that answers nonsense": {"AC": {"type": "Mains", "online": "yes"}, "BAT0": FULL},
}


@pytest.mark.parametrize("machine", ON_BATTERY)
def test_a_machine_lives_on_its_battery(machine: str, tmp_path: Path) -> None:
    fill(tmp_path, ON_BATTERY[machine])
    assert PowerSupplies(tmp_path).is_battery_in_use()


@pytest.mark.parametrize("machine", ON_MAINS)
def test_a_machine_does_not(machine: str, tmp_path: Path) -> None:
    fill(tmp_path, ON_MAINS[machine])
    assert not PowerSupplies(tmp_path).is_battery_in_use()


def test_where_there_are_no_power_supplies_there_is_no_battery(tmp_path: Path) -> None:
    assert not PowerSupplies(tmp_path / "nowhere").is_battery_in_use()


def test_what_cannot_be_read_counts_as_not_there(tmp_path: Path) -> None:
    """A folder in the place of a file cannot be read, whoever asks."""
    fill(tmp_path, {"AC": AC_OUT, "BAT0": DISCHARGING, "BAT1": {"type": "Battery"}})
    (tmp_path / "BAT1/status").mkdir()
    assert PowerSupplies(tmp_path).is_battery_in_use()
    (tmp_path / "BAT0/status").unlink()
    (tmp_path / "BAT0/status").mkdir()
    assert not PowerSupplies(tmp_path).is_battery_in_use()


def test_this_machine_can_be_asked() -> None:
    assert PowerSupplies().is_battery_in_use() in (True, False)
