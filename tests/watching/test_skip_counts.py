"""The counts of what is not indexed follow the scans, and stay small."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

from imgsimd.skips import Reason, Skip
from imgsimd.watching.skip_counts import SkipCounts

ROOT = b"/photos"
VIDEOS = Skip(Reason.VIDEO, "mp4", 3, b"a.mp4")
NOTES = Skip(Reason.DOCUMENT, "txt", 1, b"n.txt")


def note(counts: SkipCounts, top: bytes, *unchanged: bytes, **found: Sequence[Skip]) -> None:
    """A scan that has found these in the folders of these names."""
    folders = {b"/photos/%s/" % name.encode(): (ROOT, skips) for name, skips in found.items()}
    counts.note(top, folders, unchanged)


def test_a_scan_replaces_what_was_found_below_its_top_but_in_unchanged_folders() -> None:
    counts = SkipCounts()
    note(counts, b"/photos/", a=[VIDEOS], b=[VIDEOS, NOTES], c=[NOTES])
    assert {skip.extension: skip.files for skip in counts.of(ROOT)} == {"mp4": 6, "txt": 2}
    note(counts, b"/photos/", b"/photos/c/", b=[NOTES])
    assert {skip.extension: skip.files for skip in counts.of(ROOT)} == {"txt": 2}
    (skip,) = counts.with_examples(ROOT)
    assert skip.example == b"/photos/b/n.txt"
    note(counts, b"/photos/")
    assert counts.of(ROOT) == []


def test_extensions_without_end_are_counted_together() -> None:
    counts = SkipCounts()
    logs = [Skip(Reason.OTHER, f"{number:05}", 1, b"log") for number in range(10_000)]
    note(counts, b"/photos/", a=logs)
    assert len(counts.of(ROOT)) < 300
    assert sum(skip.files for skip in counts.of(ROOT)) == 10_000
    assert len(counts.with_examples(ROOT)) == len(counts.of(ROOT))
    note(counts, b"/photos/")
    assert counts.of(ROOT) == []


def test_twenty_thousand_folders_of_other_files_take_a_few_megabytes() -> None:
    counts = SkipCounts()
    folders = [b"/photos/some folder/%05d/" % number for number in range(20_000)]
    tracemalloc.start()
    try:
        skips = [VIDEOS, NOTES]
        counts.note(
            b"/photos/",
            {
                path: (ROOT, [s._replace(files=n % 40 + 1) for s in skips])
                for n, path in enumerate(folders)
            },
            (),
        )
        counts.of(ROOT)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 8 * 2**20
