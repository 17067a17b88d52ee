"""What others do with a machine, as /proc/pressure and /proc/stat tell it."""

from __future__ import annotations

import os
from pathlib import Path

from imgsimd.machine.load import Load
from imgsimd.machine.pressure import Pressure
from imgsimd.machine.processor_use import ProcessorUse

CORES = 2
_TICKS = os.sysconf("SC_CLK_TCK")


class Others:
    """A machine with two cores, what its programs do, and a clock. Shares are from 0 to 1."""

    def __init__(self, folder: Path) -> None:
        self.pressure, self.stat = folder / "pressure", folder / "stat"
        self.pressure.mkdir()
        self.stalls = {"cpu": 0.0, "memory": 0.0, "io": 0.0}
        """The share of the time in which tasks wait for each."""
        self.use, self.niced, self.own = 0.0, 0.0, 0.0
        """What other programs use of all cores, what those use that give way, and what we use."""
        self.now, self.used = 1000.0, 5.0
        self._totals = dict.fromkeys(self.stalls, 50.0)
        self._seconds = dict.fromkeys(("busy", "nice", "idle"), 100.0)
        self.pass_time(1.0)

    def load(self) -> Load:
        return Load(Pressure(self.pressure), ProcessorUse(self.stat))

    def pass_time(self, seconds: float) -> None:
        """Goes on so long as it does now."""
        self.now += seconds
        self.used += seconds * CORES * self.own
        busy, nice = self.use + self.own, self.niced
        for name, share in (("busy", busy), ("nice", nice), ("idle", 1 - busy - nice)):
            self._seconds[name] += seconds * CORES * share
        for resource, share in self.stalls.items():
            self._totals[resource] += seconds * share
        self._write()

    def _write(self) -> None:
        ticks = {name: round(seconds * _TICKS) for name, seconds in self._seconds.items()}
        busy = f"{ticks['busy']} {ticks['nice']} 0 {ticks['idle']} 0 0 0 0 0 0"
        self.stat.write_text(f"cpu  {busy}\ncpu0 1 2 3 4 5 6 7 8 9 10\nctxt 1\n")
        for resource, share in self.stalls.items():
            rest = f"avg60=0.00 avg300=0.00 total={round(self._totals[resource] * 1e6)}"
            lines = [f"{kind} avg10={share * 100:.2f} {rest}\n" for kind in ("some", "full")]
            (self.pressure / resource).write_text("".join(lines))
