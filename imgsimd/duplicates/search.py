"""One search for duplicates, from what the catalog knows to groups.

1. Read which photos there are, by content. Those with one content are the exact groups.
2. Find which contents are near each other by their vectors (`nearing`).
3. Compare the pictures of those pairs (`comparing`), unless that was done before, or something else
   says that they are no duplicates (`vetoes`).
4. Form groups around keepers (`stars`) of what is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from imgsimd.closeness import Closeness
from imgsimd.duplicates.comparing import Comparing, PairVerifier
from imgsimd.duplicates.copies import Copies
from imgsimd.duplicates.decided import Decided
from imgsimd.duplicates.exact import find_exact
from imgsimd.duplicates.group import Group, Member, is_same_file, reclaimable
from imgsimd.duplicates.limits import Limits
from imgsimd.duplicates.lookalikes import find_lookalikes
from imgsimd.duplicates.progress import Tell
from imgsimd.duplicates.shelf import Shelf, read
from imgsimd.duplicates.stars import Star
from imgsimd.duplicates.vetoes import FolderRule
from imgsimd.duplicates.wish import Tier, Wish
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.not_duplicates import Decision
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.types import ContentHash, ImageId

_TOGETHER = 1000


async def search(
    gallery: GalleryThread,
    verifier: PairVerifier,
    closeness: Callable[[Served], Closeness],
    wish: Wish,
    tell: Tell,
) -> list[Group]:
    """The groups, the one with the most to gain first, those that only look alike last.
    `closeness` returns that of a model.

    Raises CatalogError, WorkerError or ModelError.
    """
    inventory = await read(gallery, wish, tell)
    shelf = Shelf(gallery, wish, inventory)
    rule = FolderRule(wish.folders, wish.also_in)
    decided = Decided(await gallery.do(_decisions))
    exact = [star async for star in find_exact(shelf, rule, decided, tell)]
    groups = [_group(Tier.EXACT, star, shelf) for star in exact]
    if set(wish.tiers) != {Tier.EXACT}:
        comparing = Comparing(gallery, verifier, inventory, wish.is_about_all, shelf.model)
        await comparing.load()
        limits = await Limits.of(closeness(shelf.model), shelf.vectors, len(inventory))
        copies = Copies(shelf, comparing, rule, decided, limits, tell)
        await copies.compare_all()
        same = [star async for star in copies.find()]
        more = [_group(Tier.COPY, star, shelf) for star in same]
        if Tier.SIMILAR in wish.tiers:
            gone = {member.id for star in same for member in star.members}
            alike = await find_lookalikes(shelf, comparing, rule, decided, limits, tell, gone)
            more += [_group(Tier.SIMILAR, star, shelf) for star in alike]
        groups += [await _measured(group, shelf, comparing) for group in more]
    groups = [group for group in groups if group.tier in wish.tiers]
    return sorted(await _new(gallery, groups) if wish.only_new else groups, key=_rank)


def _group(tier: Tier, star: Star, shelf: Shelf) -> Group:
    keeper, others = star.keeper, star.members
    members = [Member(photo, is_same_file=is_same_file(keeper, photo)) for photo in others]
    reason = shelf.ranking.reason(keeper, others)
    return Group(
        tier, reason, [Member(keeper, is_keeper=True), *members], reclaimable(keeper, others)
    )


async def _measured(group: Group, shelf: Shelf, comparing: Comparing) -> Group:
    """The group, with the distance of each member, and what came of comparing it."""
    photos = [member.photo for member in group.members[1:]]
    distances = await shelf.distances(group.keeper, photos)
    members = [
        replace(
            member,
            distance=distance,
            verification=comparing.outcome(member.photo.content, group.keeper.content),
        )
        for member, distance in zip(group.members[1:], distances, strict=True)
    ]
    return replace(group, members=[group.members[0], *members])


async def _new(gallery: GalleryThread, groups: Sequence[Group]) -> list[Group]:
    """Those with a photo that nobody has been shown in a group, as it is now."""
    seen: set[tuple[ImageId, ContentHash]] = set()
    ids = [member.photo.id for group in groups for member in group.members]
    for start in range(0, len(ids), _TOGETHER):
        seen |= await gallery.do(_seen, ids[start : start + _TOGETHER])
    return [
        group
        for group in groups
        if any((each.photo.id, each.photo.content) not in seen for each in group.members)
    ]


def _rank(group: Group) -> tuple[bool, int, str, bytes]:
    return group.tier is Tier.SIMILAR, -group.reclaimable_bytes, group.tier, group.keeper.path


# On the gallery's thread


def _decisions(gallery: Gallery) -> list[Decision]:
    return gallery.duplicates.decisions()


def _seen(gallery: Gallery, ids: Collection[ImageId]) -> set[tuple[ImageId, ContentHash]]:
    return gallery.duplicates.seen(ids)
