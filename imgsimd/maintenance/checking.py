"""Compares disk, catalog and index, and says where they differ."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.maintenance import flaws
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.types import FilePath

MOST_EXAMPLES = 10
"""So many are named of each kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of difference, and how often it occurs."""

    what: str
    count: int
    examples: list[str]
    """Paths (os.fsdecode). If the database itself is damaged, what SQLite says about it."""


async def check(
    gallery: GalleryThread, indexer: Indexer, reconciler: Reconciler, file: Path
) -> list[Finding]:
    """What differs between the disk, the catalog (`file`) and the index. Changes nothing.

    Raises CatalogError.
    """
    found: defaultdict[str, list[FilePath]] = defaultdict(list)
    for flaw in await flaws.of_database(gallery, file):
        found["database"].append(flaw.encode())
    async for flawed in flaws.of_images(gallery):
        for image in flawed:
            found[image.flaw.value].append(image.path or b"image %d" % image.id)
    plan = await reconciler.differences()
    found["unknown"] += plan.new
    back = [image for image in plan.returned if image.is_missing]
    changed = [*await indexer.differing(plan.changed), *back]
    found["changed"] += [image.path for image in changed]
    found["missing"] += [image.path for image in plan.missing]
    return list(_findings(found.items()))


def _findings(found: Iterable[tuple[str, list[FilePath]]]) -> Iterator[Finding]:
    for what, examples in found:
        if examples:
            shown = [os.fsdecode(example) for example in sorted(examples)[:MOST_EXAMPLES]]
            yield Finding(what, len(examples), shown)
