"""How groups of duplicates are printed: for people, as paths, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from imgsimd.cli import pager, render
from imgsimd.cli.cells import Number, PathCell, Words
from imgsimd.client import duplicate_words
from imgsimd.client.duplicates import DuplicateGroup, DuplicateMember, DuplicatesResult
from imgsimd.words import of_bytes

if TYPE_CHECKING:
    from imgsimd.cli.drawing import Thumbnails
    from imgsimd.cli.preview import Previews


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
    print(duplicate_words.total(result.groups))


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


def _print(group: DuplicateGroup, thumbnails: Thumbnails | None) -> None:
    gain = f", {of_bytes(group.reclaimable_bytes)} to gain" if group.reclaimable_bytes else ""
    title = duplicate_words.TITLES.get(group.tier, group.tier)
    render.sentence(f"{title}{gain}. Keep the first: {group.reason}.")
    render.rows([_row(member, n == 0) for n, member in enumerate(group.members)], thumbnails)


def _row(member: DuplicateMember, is_keeper: bool) -> Sequence[object]:
    pixels = member.pixels
    size = f"{pixels[0]} x {pixels[1]}" if pixels else ""
    difference = "" if is_keeper else duplicate_words.difference(member)
    after = f"  ({difference})" if difference else ""
    return (
        Words("keep" if is_keeper else "", "green"),
        Number(size),
        Number(of_bytes(member.bytes)),
        PathCell(member.path, after),
    )
