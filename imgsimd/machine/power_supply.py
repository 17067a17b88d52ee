"""Whether the machine runs on its battery, by /sys/class/power_supply.

The files are described in Documentation/ABI/testing/sysfs-class-power of Linux. What is asked here
is what `systemd-ac-power` and UPower ask, with what they have learned of batteries that are not the
machine's own and of sockets that say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path("/sys/class/power_supply")
LONGEST_TEXT = 4096
"""Characters of a file: the kernel gives at most a page."""
_STORES = ("Battery", "UPS")
"""Types of supplies that hold energy."""


class Supply(NamedTuple):
    """One entry of the folder; a text is empty where its file is missing or cannot be read."""

    type: str
    """`Battery`, `UPS`, `Mains`, `USB`, `USB_C`, `Wireless`, ..."""
    online: str
    """Of what gives power: `0` if it gives none now, else another number."""
    status: str
    """Of a battery: `Discharging`, `Charging`, `Full`, `Not charging` or `Unknown`."""


class PowerSupplies:
    """What gives power to the machine."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def is_battery_in_use(self) -> bool:
        """Whether the machine runs on a battery; False where there is none, and where nobody
        knows. May block for some milliseconds while the firmware answers."""
        supplies = list(self._supplies())
        sources = [each for each in supplies if each.type not in _STORES]
        if any(each.online.isdecimal() and each.online.strip("0") for each in sources):
            return False
        statuses = {each.status for each in supplies if each.type in _STORES}
        if "Discharging" in statuses:
            return True
        # Some firmware does not know at first what a battery does after the plug was pulled.
        is_unplugged = any(each.type == "Mains" and each.online == "0" for each in sources)
        return is_unplugged and statuses == {"Unknown"}

    def _supplies(self) -> Iterator[Supply]:
        """Those of the machine itself: not the batteries of mice and headphones, nor empty bays."""
        try:
            entries = sorted(self._folder.iterdir())
        except OSError:  # no such class of devices: a desktop, a container
            return
        for entry in entries:
            supply = Supply(_text(entry / "type"), _text(entry / "online"), _text(entry / "status"))
            is_elsewhere = _text(entry / "scope") == "Device"
            if supply.type and not is_elsewhere and _text(entry / "present") != "0":
                yield supply


def _text(file: Path) -> str:
    """A device may be unplugged at any moment, and a driver may refuse an answer."""
    try:
        with file.open(errors="replace") as stream:
            return stream.read(LONGEST_TEXT).strip()
    except OSError:
        return ""
