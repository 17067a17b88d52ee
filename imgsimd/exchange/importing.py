"""The process that reads an exported gallery, and has the daemon take it.

python -m imgsimd.exchange.importing FILE

All of the file is looked at first. Then it is sent in parts, each of which is stored for good: if
that is interrupted, the same import goes on where it ended.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from imgsimd.client import Client
from imgsimd.client.limits import MOST_DECISIONS, MOST_FOREIGN
from imgsimd.errors import ConfigError
from imgsimd.exchange import faiss_file, image_json, npz_gallery, telling
from imgsimd.exchange.checking import Checks
from imgsimd.exchange.layout import BrokenExportError, Manifest, Model, Row, broken
from imgsimd.words import printable, reason

MOST_MEMORY = 3 * 2**30
"""Bytes of address space: twice what 200,000 photos need, which is as much as any number does. A
Parquet file may hold a small page that becomes gigabytes."""
REQUEST_BYTES = 2**20
"""Of one request, about: to read it takes the daemon ten milliseconds."""
OTHER_BYTES = 1000
"""Of an image without its vectors, in a request: twice what most need."""
PARQUET, SQLITE = b"PAR1", b"SQLi"
"""How a Parquet file begins, and a database."""


class File(Protocol):
    """An exported gallery of any format."""

    manifest: Manifest

    def rows(self) -> Iterator[list[Row]]:
        """All images by ascending id."""


@dataclass
class Counts:
    """What has become of the images."""

    added: int = 0
    known: int = 0
    different: int = 0
    refused: list[int] = field(default_factory=list)


def main() -> None:
    """Imports the file, and tells how far it is."""
    (name,) = sys.argv[1:]
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    telling.run(lambda: _import(name))


def _import(name: str) -> dict[str, object]:
    try:
        with open(name, "rb") as stream:
            file = opened(stream)
            check(file)
            return _take(file, Client())
    except BrokenExportError as error:
        raise ConfigError(f"{printable(name)} cannot be imported: {error}.") from error
    except OSError as error:
        raise ConfigError(f"{printable(name)} cannot be read: {reason(error)}.") from error


def opened(stream: IO[bytes]) -> File:
    """The file, of the format that its content has. Raises ConfigError."""
    head = os.pread(stream.fileno(), 4, 0)
    if head == PARQUET:
        from imgsimd.exchange.parquet_file import ParquetGallery  # pyarrow: a quarter of a second

        return ParquetGallery(stream)
    if head == npz_gallery.MAGIC:
        return npz_gallery.NpzGallery(stream)
    if head == faiss_file.MAGIC:
        raise broken("an index has no paths; .parquet and .npz have everything")
    if head == SQLITE:
        raise broken("it is a database; `imgsimctl restore` puts a backup back")
    raise broken("it is neither Parquet nor npz")


def check(file: File) -> None:
    """Raises ConfigError if anything in it cannot be."""
    progress, done = telling.Progress("Checking", file.manifest.images), 0
    checks = Checks(file.manifest)
    checks.check_manifest()
    for page in checks.checked(file.rows()):
        done += len(page)
        progress(done)


def _take(file: File, client: Client) -> dict[str, object]:
    manifest = file.manifest
    counts = Counts()
    _send(file, client, counts, "Importing", lambda row: True)
    renumbered, counts.refused = set(counts.refused), []
    if renumbered:
        _send(file, client, counts, "Giving new ids", lambda row: row["id"] in renumbered, True)
    decisions = [image_json.of_decision(*each) for each in manifest.not_duplicates]
    roots = [os.fsdecode(root) for root in manifest.roots[:MOST_FOREIGN]]
    client.end_import(manifest.last_id, roots, decisions[:MOST_DECISIONS])
    for start in range(MOST_DECISIONS, len(decisions), MOST_DECISIONS):
        client.end_import(0, [], decisions[start : start + MOST_DECISIONS])
    return {
        "images": manifest.images,
        "added": counts.added,
        "known": counts.known,
        "different": counts.different,
        "renumbered": len(renumbered),
        "roots": roots,
        "models": [model.name for model in manifest.models],
    }


def _send(
    file: File,
    client: Client,
    counts: Counts,
    stage: str,
    is_wanted: Callable[[Row], bool],
    new_ids: bool = False,
) -> None:
    models, done = [image_json.of_model(model) for model in file.manifest.models], 0
    progress = telling.Progress(stage, file.manifest.images)
    most = _most_at_once(file.manifest.models, client.status().max_bytes)
    for page in file.rows():
        images = [image_json.of_image(row) for row in page if is_wanted(row)]
        for start in range(0, len(images), most):
            part = images[start : start + most]
            taken = client.take_images(part, models, file.manifest.hash, new_ids)
            counts.added += taken.added
            counts.known += taken.known
            counts.different += taken.different
            counts.refused += taken.refused
        done += len(page)
        progress(done)


def _most_at_once(models: Sequence[Model], max_bytes: int) -> int:
    """How many images one request holds, so that it is neither too large for the daemon, nor keeps
    it from answering others."""
    vector_bytes = sum(model.form.size for model in models)
    image_bytes = OTHER_BYTES + vector_bytes * 4 // 3  # base64 has four letters for three
    return max(1, min(MOST_FOREIGN, min(REQUEST_BYTES, max_bytes) // image_bytes))


if __name__ == "__main__":
    main()
