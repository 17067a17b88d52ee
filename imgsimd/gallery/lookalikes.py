"""Which images are probably copies of others: where the photos of a folder that moved lie now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from imgsimd.gallery.catalog.images import MOST_TWINS, Images
from imgsimd.paths import slashed
from imgsimd.types import FilePath, ImageId, Known


def specimens(images: Images, folder: FilePath) -> list[Known]:
    """Some images below the folder, from all over it, as far as that is quickly told."""
    ends, middle = images.sample(folder, 16), images.spread(folder, 64)
    return list({*ends, *middle[:: 1 + len(middle) // 16]})


def lookalikes(
    images: Images, sample: Collection[Known], roots: Sequence[FilePath]
) -> list[tuple[Known, Known]]:
    """Pairs of an image of the sample and one below the roots that has its content, or is its very
    file: at most MOST_TWINS of each content, and of each file."""
    contents = images.contents([image.id for image in sample])
    known = {content for content in contents.values() if content}
    by_content = images.by_content(known, MOST_TWINS)
    by_inode = images.by_inode({i.state.inode: ImageId(0) for i in sample}, MOST_TWINS)
    pairs = {(i, t) for i in sample for t in by_inode if t.state.moved_from(i.state)}
    pairs |= {(i, t) for i in sample for t in by_content.get(contents[i.id] or b"", ())}
    within = tuple(map(slashed, roots))
    return [(i, t) for i, t in pairs if t.path.startswith(within) and not t.is_missing]
