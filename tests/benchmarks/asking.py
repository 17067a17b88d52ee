"""Where the time of one `imgsimctl similar` goes, among 10,000 images.

    python -m tests.benchmarks.asking

Medians of several runs, in milliseconds of wall time, each step beside what it adds to the one
before. The images are files of a few bytes with random vectors, but for the picture asked about.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from imgsimd.embedding import drawing
from tests.benchmarks.populating import populate
from tests.household import Household, until

IMAGES = 10_000
RUNS = 15


def median(action: Callable[[], object]) -> float:
    action()
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, IMAGES)
        (inside,) = drawing.fill(home.photos / "drawn", 1)
        outside = drawing.fill(home.folder / "outside", 2)[1]
        home.configure("[worker]\nkeep_alive = 0.01")
        home.start()
        until(lambda: home.status()["images"] == IMAGES + 1)
        try:
            report(home, inside, outside)
        finally:
            home.close()


def report(home: Household, inside: Path, outside: Path) -> None:
    def python(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    def cold() -> None:
        until(lambda: not home.status()["worker"])
        assert home.ctl("similar", str(outside)).returncode == 0

    question = {"queries": [{"path": str(inside)}], "k": 10}
    rows = [
        ("the interpreter", median(python("pass"))),
        ("  + imgsimctl's imports", median(python("import imgsimd.cli.main"))),
        ("  + parsing a command: `imgsimctl version`", median(lambda: home.ctl("version"))),
        ("`imgsimctl --help`", median(lambda: home.ctl("--help"))),
        ("`similar`, indexed picture", median(lambda: home.ctl("similar", str(inside)))),
        ("  of it in the daemon: socket and search",
         median(lambda: home.client.post("/v1/similar", question))),
        ("`similar`, outside picture, no worker running", median(cold)),
    ]  # fmt: skip
    home.stop()
    home.configure()
    home.start()
    content = outside.read_bytes()
    rows += [
        ("`similar`, outside picture, warm worker",
         median(lambda: home.ctl("similar", str(outside)))),
        ("  of it in the daemon: decode and embed",
         median(lambda: home.client.upload("/v1/vectors", content))),
    ]  # fmt: skip
    for name, milliseconds in rows:
        print(f"{name:48} {milliseconds:7.1f} ms")
    print(f"daemon, {home.status()['images']} images: {home.status()['rss_bytes'] / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
