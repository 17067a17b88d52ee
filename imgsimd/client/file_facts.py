"""What is known of a file and the picture in it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from imgsimd.words import camera, of_bytes, percent

if TYPE_CHECKING:
    from imgsimd.client.file_records import FileRecord


def state(record: FileRecord) -> Iterator[tuple[str, str]]:
    """Whether the photo can be found, and why not, each with its name."""
    yield "state", record.state
    if record.reason:
        yield "why", record.reason[0].upper() + record.reason[1:]


def facts(record: FileRecord) -> Iterator[tuple[str, str]]:
    """What the file is and what its headers say, each with its name."""
    yield from _of_file(record)
    yield from _of_picture(record)


def _of_file(record: FileRecord) -> Iterator[tuple[str, str]]:
    if record.id is not None:
        yield "id", str(record.id)
    size = record.bytes
    if size is not None:
        yield "size", of_bytes(size) + (f" ({size:,} bytes)" if size >= 1000 else "")
    if record.modified:
        yield "modified", _time(record.modified)


def _of_picture(record: FileRecord) -> Iterator[tuple[str, str]]:
    size = f"{record.pixels[0]} x {record.pixels[1]}" if record.pixels else ""
    if record.format or size:
        yield "picture", ", ".join(filter(None, [record.format, size]))
    if record.taken:
        yield "taken", _time(record.taken)
    if record.camera:
        yield "camera", camera(record.camera.make or "", record.camera.model or "")
    if record.place:
        yield "place", f"{record.place.latitude:.6f}, {record.place.longitude:.6f}"
    if record.vector:
        stored = "stored" if record.vector.stored else "none"
        yield "vector", f"{stored} ({record.vector.model})"
    if record.read is not None and record.read < 1:
        yield "readable", percent(record.read)


def _time(iso: str) -> str:
    return iso.replace("T", " ")
