"""The items of a HEIF container (ISO/IEC 23008-12), as HEIC and AVIF files are: pictures, the tiles
that they are put together from, thumbnails, and blocks of metadata.

The bytes come from anywhere: whatever they are, nothing is raised, and nothing beyond them is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from imgsimd.decoding import faults
from imgsimd.decoding.iso_boxes import Box, Numbers, boxes

MOST_ENTRIES = 20_000
"""Of each table of one file so many are looked at; a picture of 160 megapixels has 600 tiles."""

_HOLE = bytes(256)
"""Disks lose 512 bytes or more at a time."""


@dataclass(slots=True)
class Item:
    """What the tables say of an item."""

    kind: bytes = b""
    """`hvc1` and `av01` are pictures, `grid` is put together from others, `Exif` is metadata."""
    extents: list[tuple[int, int]] = field(default_factory=list)
    """Where in the file its parts begin and end; that may be behind the file's end."""
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Names and contents, in the order in which they are to be applied."""

    def property(self, name: bytes) -> bytes:
        """The content of the first property of this name; empty if there is none."""
        return next((content for each, content in self.properties if each == name), b"")


@dataclass(slots=True)
class Items:
    """All items of a file, by their numbers."""

    items: dict[int, Item] = field(default_factory=dict)
    references: list[tuple[bytes, int, list[int]]] = field(default_factory=list)
    """Of which kind, from which item, to which items."""
    primary: int = 0
    """The one that is the picture."""

    def item(self, number: int) -> Item:
        """The item of this number; an empty one if there is none."""
        return self.items.get(number, Item())

    def referring(self, kind: bytes, to: int) -> Iterator[int]:
        """The items that refer to this one: its thumbnails by `thmb`, its metadata by `cdsc`."""
        return (each for what, each, targets in self.references if what == kind and to in targets)

    def share(self, size: int) -> float:
        """How much of the picture's bytes is in a file of this size, from 0 to 1."""
        extents = [extent for part in self.parts(self.primary) for extent in part.extents]
        whole = sum(end - start for start, end in extents)
        there = sum(max(0, min(end, size) - start) for start, end in extents)
        return there / whole if whole else 1.0

    def parts(self, number: int) -> Iterator[Item]:
        """The item itself, and all that it is put together from."""
        sources = {each: targets for kind, each, targets in self.references if kind == b"dimg"}
        waiting, seen = [number], {number}
        for each in waiting:
            yield self.item(each)
            new = [part for part in dict.fromkeys(sources.get(each, ())) if part not in seen]
            seen.update(new)
            waiting.extend(new)


def check_whole(content: bytes, items: Items) -> None:
    """Raises BadPictureError for a file that ends before its picture does, or that lost a part of
    it; what is behind the picture may be missing."""
    if _meta(content).end > len(content):
        raise faults.cut_off()
    share = items.share(len(content))
    if share < 1:
        raise faults.cut_off(share)
    if _has_hole(content, items):
        raise faults.damaged(content)


def _has_hole(content: bytes, items: Items) -> bool:
    """Whether some of the picture was lost, as on a disk that was recovered. In HEVC three zeros
    never follow each other (ITU-T H.265, 7.4.2), and in AV1 never many."""
    extents = [
        extent
        for item in items.parts(items.primary)
        if item.kind in (b"hvc1", b"av01")
        for extent in item.extents
    ]
    if sum(end - start for start, end in extents) > len(content):  # they overlap: no camera's
        return False
    return any(content.find(_HOLE, start, end) >= 0 for start, end in extents)


def read(content: bytes) -> Items:
    """The items of this file; none where it has no `meta` box."""
    meta = _meta(content)
    inside = {box.name: box for box in boxes(content, meta.start + 4, meta.end)}
    found = Items()
    if b"pitm" in inside:
        found.primary = _primary(content, inside[b"pitm"])
    if b"iinf" in inside:
        found.items = _kinds(content, inside[b"iinf"])
    if b"iloc" in inside:
        _read_places(content, inside[b"iloc"], inside.get(b"idat"), found)
    if b"iprp" in inside:
        _read_properties(content, inside[b"iprp"], found)
    if b"iref" in inside:
        found.references = list(_references(content, inside[b"iref"]))
    return found


def _versioned(content: bytes, box: Box) -> tuple[Numbers, int, int]:
    """The numbers of a box that begins with its version and flags; these two."""
    numbers = Numbers(content, box)
    return numbers, numbers.number(1), numbers.number(3)


def _primary(content: bytes, box: Box) -> int:
    numbers, version, _ = _versioned(content, box)
    return numbers.number(4 if version else 2)


def _kinds(content: bytes, box: Box) -> dict[int, Item]:
    numbers, version, _ = _versioned(content, box)
    numbers.number(4 if version else 2)  # how many follow
    items = {}
    for entry in boxes(content, numbers.at, box.end):
        inside, entry_version, _ = _versioned(content, entry)
        number = inside.number(4 if entry_version > 2 else 2)
        items[number] = Item(inside.rest()[2:6])
    return items


def _read_places(content: bytes, box: Box, data: Box | None, found: Items) -> None:
    """`iloc` says where items are: in the file, or in the box `idat`."""
    numbers, version, _ = _versioned(content, box)
    sizes = numbers.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> bits & 15 for bits in (12, 8, 4, 0))
    count = numbers.number(4 if version > 1 else 2)
    extents = 0
    for _ in range(min(count, MOST_ENTRIES)):
        item = found.item(numbers.number(4 if version > 1 else 2))
        method = numbers.number(2) & 15 if version else 0
        numbers.number(2)  # another file, which nobody has
        base = numbers.number(base_size) + (data.start if method == 1 and data else 0)
        for _ in range(min(numbers.number(2), MOST_ENTRIES)):
            extents += 1
            if not numbers.has_more() or extents > MOST_ENTRIES:
                return
            numbers.number(index_size if version else 0)
            start = base + numbers.number(offset_size)
            item.extents.append((start, start + numbers.number(length_size)))


def _read_properties(content: bytes, box: Box, found: Items) -> None:
    """`ipco` has the properties, `ipma` says which items they belong to."""
    tables = list(boxes(content, box.start, box.end))
    properties = [
        (each.name, content[each.start : each.end])
        for table in tables
        if table.name == b"ipco"
        for each in boxes(content, table.start, table.end)
    ]
    for table in tables:
        if table.name == b"ipma":
            _associate(content, table, properties, found)


def _associate(
    content: bytes, box: Box, properties: list[tuple[bytes, bytes]], found: Items
) -> None:
    numbers, version, flags = _versioned(content, box)
    size = 2 if flags & 1 else 1
    for _ in range(min(numbers.number(4), MOST_ENTRIES)):
        if not numbers.has_more():
            return
        item = found.item(numbers.number(4 if version else 2))
        for _ in range(numbers.number(1)):
            index = numbers.number(size) & (0x7FFF if size == 2 else 0x7F)
            if 0 < index <= len(properties):
                item.properties.append(properties[index - 1])


def _references(content: bytes, box: Box) -> Iterator[tuple[bytes, int, list[int]]]:
    _, version, _ = _versioned(content, box)
    size = 4 if version else 2
    for entry in boxes(content, box.start + 4, box.end):
        numbers = Numbers(content, entry)
        source, count = numbers.number(size), numbers.number(2)
        there = (min(entry.end, len(content)) - numbers.at) // size
        yield entry.name, source, [numbers.number(size) for _ in range(min(count, there))]


def _meta(content: bytes) -> Box:
    found = (box for box in boxes(content, 0, len(content)) if box.name == b"meta")
    return next(found, Box(b"meta", len(content), len(content)))
