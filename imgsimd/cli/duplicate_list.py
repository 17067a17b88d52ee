"""How groups of duplicates are printed: for people, as paths, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from imgsimd.cli import pager, render
from imgsimd.cli.cells import Number, PathCell, Words
from imgsimd.client import copy_words
from imgsimd.client.duplicates import DuplicateGroup, DuplicateMember, DuplicatesResult
from imgsimd.words import counted, of_bytes

if TYPE_CHECKING:
    from imgsimd.cli.drawing import Thumbnails
    from imgsimd.cli.preview import Previews

TITLES = {"exact": "The same file", "copy": "The same picture", "similar": "Similar"}


def for_people(result: DuplicatesResult, previews: Previews | None = None) -> None:
    """Print each group, the photo to keep first, and how many there are; beside thumbnails if there
    are previews."""
    pager.begin()
    for group in result.groups:
        if previews:
            with previews.of([member.id for member in group.members]) as thumbnails:
                _print(group, thumbnails)
        else:
            _print(group, None)
        print()
    print(total(result.groups))


def paths(groups: Iterable[DuplicateGroup], nul: bool) -> None:
    """Print the paths of each group, the one to keep first. An empty line, or an empty path where
    each ends with a NUL, stands between two groups."""
    lines: list[str] = []
    for group in groups:
        lines += ["", *(member.path for member in group.members)]
    render.paths(lines[1:], nul)


def copies(groups: Iterable[DuplicateGroup], nul: bool) -> None:
    """Print the paths of all that can go."""
    removable = (member.path for group in groups for member in group.removable)
    render.paths(dict.fromkeys(removable), nul)


def total(groups: Sequence[DuplicateGroup]) -> str:
    """How many groups and copies there are, and what can be gained, in words."""
    certain = [group for group in groups if group.tier != "similar"]
    facts = []
    if certain:
        number = sum(len(group.copies) for group in certain)
        size = of_bytes(sum(group.reclaimable_bytes for group in certain))
        copies = f"{number:,} {'copy' if number == 1 else 'copies'}"
        facts.append(f"{counted(len(certain), 'group')} with {copies}, {size} to gain")
    if len(certain) < len(groups):
        similar = counted(len(groups) - len(certain), "group")
        facts.append(f"{similar} of photos that look alike")
    return "; ".join(facts) + "."


def _print(group: DuplicateGroup, thumbnails: Thumbnails | None) -> None:
    gain = f", {of_bytes(group.reclaimable_bytes)} to gain" if group.reclaimable_bytes else ""
    title = TITLES.get(group.tier, group.tier)
    render.sentence(f"{title}{gain}. Keep the first: {group.reason}.")
    render.rows([_row(member, n == 0) for n, member in enumerate(group.members)], thumbnails)


def _row(member: DuplicateMember, is_keeper: bool) -> Sequence[object]:
    pixels = member.pixels
    size = f"{pixels[0]:.0f} x {pixels[1]:.0f}" if pixels else ""
    after = f"  ({_difference(member)})" if not is_keeper and _difference(member) else ""
    return (
        Words("keep" if is_keeper else "", "green"),
        Number(size),
        Number(of_bytes(member.bytes)),
        PathCell(member.path, after),
    )


def _difference(member: DuplicateMember) -> str:
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
