"""Compares disk, catalog, index and shared store, and says where they differ."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.maintenance import flaws, shared_rows
from imgsimd.maintenance.finding import MOST_EXAMPLES, Finding
from imgsimd.pushing.sharing import Sharing
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.types import FilePath


async def check(
    gallery: GalleryThread,
    indexer: Indexer,
    reconciler: Reconciler,
    file: Path,
    sharing: Sharing | None,
) -> list[Finding]:
    """What differs between the disk, the catalog (`file`), the index and, if the gallery is shared,
    the store that other machines share. Changes nothing.

    Raises CatalogError. A store that cannot be used is a finding, `store`.
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
    differs = await shared_rows.check(gallery, sharing) if sharing else []
    return [*_findings(found.items()), *differs]


def _findings(found: Iterable[tuple[str, list[FilePath]]]) -> Iterator[Finding]:
    for what, examples in found:
        if examples:
            shown = [os.fsdecode(example) for example in sorted(examples)[:MOST_EXAMPLES]]
            yield Finding(what, len(examples), shown)
