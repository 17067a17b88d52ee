"""Groups of duplicates, as the daemon would answer, of files that are there or are not."""

from __future__ import annotations

import os
from itertools import count

from imgsimd.client.duplicates import DuplicateGroup, DuplicateMember

_IDS = count(1)


def member(path: str, size: int = 1000, mtime_ns: int = 0, linked: bool = False) -> DuplicateMember:
    """A photo of a group, with an id of its own."""
    fields = {
        "path": path, "id": next(_IDS), "distance": 0.1, "verdict": None, "inliers": 0,
        "transform": None, "pixels": [4000, 3000], "bytes": size, "mtime_ns": mtime_ns,
        "format": "JPEG", "taken": None, "same_inode": linked,
    }  # fmt: skip
    return DuplicateMember.of(fields)


def on_disk(path: str) -> DuplicateMember:
    """The same of a file that is there."""
    status = os.stat(path)
    return member(path, status.st_size, status.st_mtime_ns)


def group(*members: DuplicateMember, tier: str = "exact") -> DuplicateGroup:
    """The first member is the keeper."""
    return DuplicateGroup.of(
        {
            "tier": tier,
            "keeper": members[0].path,
            "reason": "it is the oldest",
            "reclaimable_bytes": sum(each.bytes for each in members[1:]),
            "members": [dict(each.json) for each in members],
        }
    )
