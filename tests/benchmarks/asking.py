"""Where the time of one `imgsimctl similar` goes, among 100,000 images.

    python -m tests.benchmarks.asking

Medians, in milliseconds of wall time, each step beside the whole. The images are empty files with
random vectors, but for the picture that is asked about.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from imgsimd.samples import drawing
from tests.benchmarks import table
from tests.benchmarks.populating import populate
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms
from tests.support.household import Household, until

IMAGES = 100_000


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, IMAGES)
        (inside,) = drawing.fill(home.photos / "drawn", 1)
        outside = drawing.fill(home.folder / "outside", 2)[1]
        try:
            home.configure("[worker]\nkeep_alive_seconds = 0.01")
            _start(home)
            yield from _indexed(home, inside)
            yield from _outside_cold(home, outside)
            home.stop()
            home.configure()
            _start(home)
            yield from _outside_warm(home, outside)
        finally:
            home.close()


def _start(home: Household) -> None:
    home.start()
    until(lambda: home.status()["images"] == IMAGES + 1, 120)
    until(lambda: home.status()["state"] == "idle", 120)


def _indexed(home: Household, inside: Path) -> Iterator[Row]:
    question = {"queries": [{"path": str(inside)}], "k": 10}
    exact = {**question, "exact_order": True}
    whole = median_ms(lambda: home.ctl("similar", str(inside)))
    yield Row("`similar`, indexed picture", f"{whole:.0f} ms", "", None, "<= 120 ms")
    parts = {
        "the interpreter": _python("pass"),
        "with imgsimctl's imports": _python("import imgsimd.cli.main, imgsimd.cli.similar"),
        "with parsing: `imgsimctl version`": lambda: home.ctl("version"),
        "socket and search alone": lambda: home.client.post("/v1/similar", question),
        "the same by distance": lambda: home.client.post("/v1/similar", exact),
    }
    for name, action in parts.items():
        taken = median_ms(action)
        yield Row(f"- {name}", f"{taken:.1f} ms", f"the whole {whole:.0f} ms", taken / whole)
    yield Row("`imgsimctl --help`", f"{median_ms(lambda: home.ctl('--help')):.0f} ms", "")


def _outside_cold(home: Household, outside: Path) -> Iterator[Row]:
    def cold() -> None:
        until(lambda: not home.status()["worker"])
        assert home.ctl("similar", str(outside)).returncode == 0

    name = "`similar`, outside picture, no worker running"
    yield Row(name, f"{median_ms(cold):.0f} ms", "", None, "<= 450 ms")


def _outside_warm(home: Household, outside: Path) -> Iterator[Row]:
    content = outside.read_bytes()
    warm = median_ms(lambda: home.ctl("similar", str(outside)))
    yield Row("`similar`, outside picture, warm worker", f"{warm:.0f} ms", "", None, "<= 160 ms")
    taken = median_ms(lambda: home.client.upload("/v1/vectors", content))
    yield Row("- decode and embed", f"{taken:.1f} ms", f"the whole {warm:.0f} ms", taken / warm)


def _python(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    table.show(rows())
