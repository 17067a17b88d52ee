"""What is said of groups of duplicates, and of the search for them."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.client import copy_words
from imgsimd.client.duplicates import SIMILAR, DuplicateGroup, DuplicateMember
from imgsimd.words import counted, of_bytes

TITLES = {"exact": "The same file", "copy": "The same picture", "similar": "Similar"}
"""By tier."""
_STAGES = {
    "waiting": "Waiting for another search",
    "reading": "Reading what is known",
    "nearing": "Looking for photos that are near each other",
    "verifying": "Comparing pictures",
    "grouping": "Forming groups",
}


def stage(name: str, done: int, total: int) -> str:
    """What a search does now, and how far it is."""
    text = _STAGES.get(name, name)
    if name == "nearing" and total:
        return f"{text}: {100 * done // total} %"
    return f"{text}: {done:,} of {total:,}" if total else f"{text}: {done:,}" if done else text


def total(groups: Sequence[DuplicateGroup]) -> str:
    """How many groups and copies there are, and what can be gained."""
    certain = [group for group in groups if group.tier != SIMILAR]
    facts = []
    if certain:
        number = sum(len(group.copies) for group in certain)
        size = of_bytes(sum(group.reclaimable_bytes for group in certain))
        facts.append(f"{counted(len(certain), 'group')} with {copies(number)}, {size} to gain")
    if len(certain) < len(groups):
        similar = counted(len(groups) - len(certain), "group")
        facts.append(f"{similar} of photos that look alike")
    return "; ".join(facts) + "."


def copies(number: int) -> str:
    """`1 copy`, `1,187 copies`."""
    return f"{number:,} {'copy' if number == 1 else 'copies'}"


def difference(member: DuplicateMember) -> str:
    """What was done to a copy, as far as that is known and is not seen in its size."""
    if member.same_inode:
        return "hard link"
    if member.transform is None:
        return ""
    parts = [
        part
        for part in copy_words.described(member.transform).split(", ")
        if not part.startswith(("smaller", "larger", "unchanged"))
    ]
    return ", ".join(parts)
