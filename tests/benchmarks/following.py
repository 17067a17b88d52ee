"""The disk followed at scale: start, rescan and renames among 100,000 images.

python -m tests.benchmarks.following [COUNT]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from imgsimd.errors import RequestError
from tests.benchmarks.populating import populate
from tests.household import Household, until

COUNT = 100_000
RENAMES = 10_000
RUNS = 5


def bare_scan(top: Path) -> int:
    """What any scan must do at least: list every folder and stat every file."""
    found, folders = 0, [os.fsencode(top)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    found += 1
    return found


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        populate(home, count)
        home.config.write_text(f'roots = ["{home.photos}"]')  # with the default settings
        try:
            report(home, count)
        finally:
            home.close()


def report(home: Household, count: int) -> None:
    def is_idle() -> bool:
        time.sleep(0.04)  # asking costs the daemon a little, too
        return bool(home.status()["state"] == "idle")

    def idle() -> None:
        until(is_idle, 120)

    def rescan() -> None:
        home.client.post("/v1/rescan", {})
        idle()

    def is_found(path: Path) -> bool:
        time.sleep(0.04)
        try:
            return bool(home.similar(path, 1))
        except RequestError:
            return False

    start = time.perf_counter()
    home.start()
    print(f"exec to answering socket        {time.perf_counter() - start:7.2f} s")
    until(lambda: home.status()["images"] == count, 120)
    print(f"exec to all searchable          {time.perf_counter() - start:7.2f} s")
    idle()
    bare = min(seconds(lambda: bare_scan(home.photos)) for _ in range(RUNS))
    ours = min(seconds(rescan) for _ in range(RUNS))
    print(f"bare scandir and stat           {bare:7.2f} s")
    print(f"rescan, nothing changed         {ours:7.2f} s   {ours / bare:.1f} times the bare one")
    decoded = home.status()["decoded"]
    target = home.photos / "renamed"
    target.mkdir()
    files = sorted(home.photos.rglob("*.jpg"))[:RENAMES]
    moved = seconds(lambda: [file.rename(target / file.name) for file in files])
    edges = [target / file.name for file in (files[0], files[-1])]
    visible = seconds(lambda: until(lambda: all(map(is_found, edges)), 120))
    print(f"{RENAMES} files renamed in        {moved:7.2f} s   visible {visible:.2f} s later")
    idle()
    again = target.with_name("again")
    target.rename(again)
    visible = seconds(lambda: until(lambda: all(is_found(again / e.name) for e in edges), 120))
    print(f"their folder renamed                        visible {visible:.2f} s later")
    idle()
    status = home.status()
    print(f"decoded meanwhile               {status['decoded'] - decoded:7}")
    vectors = count * 256 * 4 / 2**20
    print(
        f"daemon                          {status['rss_bytes'] / 2**20:7.0f} MiB"
        f" of which vectors {vectors:.0f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
