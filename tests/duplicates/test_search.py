"""Groups of duplicates are complete, and do not depend on how the photos came into the gallery."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.duplicates import limits
from imgsimd.duplicates.progress import Stage
from imgsimd.duplicates.wish import Folders, Keep, Preference, Tier, Wish
from imgsimd.errors import RequestError
from imgsimd.gallery.catalog.images import Images
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.catalog.raw_pairs import RAW
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import ContentHash, Plan, Rename
from imgsimd.verification import Verdict as Outcome
from tests.support.library import FORM, vector_of
from tests.support.twins import Made, Twins, twins

ORIGINAL = Made(b"/photos/a/IMG_1.jpg", shot=1, content=1, width=4000)
COPY = Made(b"/photos/b/IMG_1 (1).jpg", shot=1, content=1, width=4000)
SMALL = Made(b"/photos/b/small.jpg", shot=1, content=2, width=400)
THUMB = Made(b"/photos/b/thumb.jpg", shot=1, content=3, width=128)
OTHER = Made(b"/photos/a/IMG_2.jpg", shot=2, content=4)
EVERYTHING = [ORIGINAL, COPY, SMALL, THUMB, OTHER]
GROUPS = [
    ["/photos/a/IMG_1.jpg", "/photos/b/small.jpg", "/photos/b/thumb.jpg"],
    ["/photos/a/IMG_1.jpg", "/photos/b/IMG_1 (1).jpg"],
]
"""With the most to gain first."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Twins]:
    async with twins(tmp_path) as found:
        yield found


async def test_tiers_are_not_mixed_and_the_keeper_comes_first(house: Twins) -> None:
    await house.add(*EVERYTHING)
    found = await house.find()
    assert [[m.photo.path.decode() for m in group.members] for group in found] == GROUPS
    assert [group.tier for group in found] == [Tier.COPY, Tier.EXACT]
    assert [group.reclaimable_bytes for group in found] == [2000, 1000]
    small = found[0].members[1]
    assert small.verification is not None
    assert small.verification.verdict is Outcome.SAME
    assert 0 < small.distance < 0.2
    assert await house.paths(tiers=[Tier.EXACT]) == GROUPS[1:]
    assert await house.paths(tiers=[Tier.COPY]) == GROUPS[:1]


async def test_groups_do_not_depend_on_the_order_of_indexing(tmp_path: Path) -> None:
    photos = [
        Made(b"/photos/%d/%d.jpg" % (n % 3, n), shot=n % 17 % 5, content=n % 17, width=99 + n % 17)
        for n in range(60)
    ]
    seen = []
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        random.Random(seed).shuffle(photos)  # noqa: S311 - not for secrets
        async with twins(folder) as house:
            await house.add(*photos)
            seen.append(await house.paths())
            assert await house.paths() == seen[-1], "a second search finds the same"
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 5 + 17


async def test_nothing_is_compared_twice_and_only_new_photos_are_compared(house: Twins) -> None:
    await house.add(ORIGINAL, SMALL, OTHER)
    await house.find()
    assert len(house.compared) == 1
    await house.find()
    assert len(house.compared) == 1
    await house.add(THUMB)
    assert await house.paths() == GROUPS[:1]
    assert len(house.compared) == 3, "with the original and the small one"


async def test_photos_of_a_burst_are_no_copies_but_similar(house: Twins) -> None:
    burst = [
        Made(b"/photos/%d.jpg" % n, shot=5, content=n, taken=f"2024-05-01T12:00:00.{n}0")
        for n in (1, 2, 3)
    ]
    await house.add(*burst)
    assert await house.paths() == []
    assert house.compared == []
    (group,) = await house.find(tiers=[Tier.SIMILAR])
    assert (group.tier, len(group.members)) == (Tier.SIMILAR, 3)


async def test_copies_are_not_shown_again_among_what_looks_alike(house: Twins) -> None:
    await house.add(*EVERYTHING, Made(b"/photos/twin.jpg", shot=3, content=9, scene=1))
    found = await house.find(tiers=list(Tier))
    assert [group.tier for group in found] == [Tier.COPY, Tier.EXACT, Tier.SIMILAR]
    names = [member.photo.path for member in found[-1].members]
    assert names == [ORIGINAL.path, b"/photos/twin.jpg"]


async def test_a_raw_file_and_its_pictures_are_no_duplicates(house: Twins) -> None:
    raw = Made(b"/photos/IMG_1.CR2", shot=1, content=7, width=4000, format=RAW)
    developed = Made(b"/photos/IMG_1.jpg", shot=1, content=8, width=4000)
    await house.add(raw, developed)
    assert await house.paths(tiers=list(Tier)) == []
    again = Made(b"/photos/a/IMG_1.jpg", shot=1, content=8, width=4000)
    await house.add(again)
    (group,) = await house.find()
    assert group.keeper.path == developed.path
    assert group.reason == "its raw file lies beside it"


async def test_which_of_some_photos_are_in_another_folder_too(house: Twins) -> None:
    await house.add(*EVERYTHING)
    a, b = b"/photos/a", b"/photos/b"
    assert await house.paths(under=[a], also_in=[b]) == [
        ["/photos/b/IMG_1 (1).jpg", "/photos/a/IMG_1.jpg"]
    ]
    assert await house.paths(under=[b], also_in=[a]) == GROUPS
    assert await house.paths(also_in=[a]) == GROUPS
    assert await house.paths(under=[b]) == [["/photos/b/IMG_1 (1).jpg", *GROUPS[0][1:]]]
    assert await house.paths(not_under=[b]) == []


async def test_folders_can_be_required_to_differ_or_to_be_one(house: Twins) -> None:
    again = Made(b"/photos/a/again.jpg", shot=1, content=1, width=4000, mtime=9)
    await house.add(*EVERYTHING, again)
    assert await house.paths(folders=Folders.ACROSS) == GROUPS
    assert await house.paths(folders=Folders.WITHIN) == [
        ["/photos/b/IMG_1 (1).jpg", *GROUPS[0][1:]],
        ["/photos/a/IMG_1.jpg", "/photos/a/again.jpg"],
    ]


async def test_the_user_can_say_what_to_keep(house: Twins) -> None:
    await house.add(*EVERYTHING)
    preference = Preference(folders=[b"/photos/b"], keep=Keep.SMALLEST)
    assert [names[0] for names in await house.paths(preference=preference)] == [
        "/photos/b/IMG_1 (1).jpg", "/photos/b/IMG_1 (1).jpg",
    ]  # fmt: skip


async def test_what_a_user_told_apart_stays_apart_and_a_third_copy_appears(house: Twins) -> None:
    await house.add(ORIGINAL, SMALL)
    assert await house.duplicates.tell_apart([ORIGINAL.path, SMALL.path]) == 1
    assert await house.paths() == []
    await house.add(THUMB)
    assert await house.paths() == [[GROUPS[0][0], GROUPS[0][2]]]
    (remembered,) = await house.duplicates.decisions()
    assert {*remembered.first, *remembered.second} == {ORIGINAL.path, SMALL.path}
    assert await house.duplicates.take_back([SMALL.path, ORIGINAL.path]) == 1
    assert await house.paths() == GROUPS[:1]


async def test_of_identical_files_that_were_told_apart_one_more_appears(house: Twins) -> None:
    await house.add(ORIGINAL, COPY)
    await house.duplicates.tell_apart([ORIGINAL.path, COPY.path])
    assert await house.paths() == []
    await house.add(Made(b"/photos/third.jpg", shot=1, content=1, width=4000))
    assert [len(names) for names in await house.paths()] == [3]


async def test_only_new_groups_are_shown_on_request(house: Twins) -> None:
    await house.add(ORIGINAL, COPY, SMALL)
    await house.duplicates.set_seen(await house.find(only_new=True))
    assert await house.paths(only_new=True) == []
    assert len(await house.paths()) == 2
    await house.add(THUMB)
    assert await house.paths(only_new=True) == GROUPS[:1]


async def test_hard_links_take_no_room(house: Twins) -> None:
    links = [Made(b"/photos/%d.jpg" % n, shot=1, content=1, inode=7, links=2) for n in (1, 2)]
    await house.add(*links)
    (group,) = await house.find()
    assert group.reclaimable_bytes == 0
    assert group.members[1].is_same_file


async def test_two_shots_of_a_burst_are_not_both_copies_of_a_picture_without_a_time(
    house: Twins,
) -> None:
    larger = Made(b"/photos/larger.jpg", shot=5, content=1, width=900)
    first = Made(b"/photos/first.jpg", shot=5, content=2, taken="2024-05-01T12:00:00.10")
    second = Made(b"/photos/second.jpg", shot=5, content=3, taken="2024-05-01T12:00:00.60")
    await house.add(larger, first, second)
    assert await house.paths() == [["/photos/larger.jpg", "/photos/first.jpg"]]


async def test_one_search_waits_for_another_and_a_cancelled_one_ends(house: Twins) -> None:
    await house.add(ORIGINAL, SMALL)
    house.gate.clear()
    heard: list[Stage] = []
    first = asyncio.create_task(house.find())
    while not house.compared:
        await asyncio.sleep(0)
    second = asyncio.create_task(
        house.duplicates.find(Wish(), lambda progress: heard.append(progress.stage))
    )
    await asyncio.sleep(0)
    assert heard == [Stage.WAITING]
    first.cancel()
    house.gate.set()
    assert len(await second) == 1
    assert heard[-1] is Stage.GROUPING
    assert first.cancelled()


async def test_what_was_near_by_one_model_was_not_compared_for_another(house: Twins) -> None:
    await house.add(ORIGINAL, SMALL)
    house.gate.clear()
    search = asyncio.create_task(house.find())
    while not house.compared:
        await asyncio.sleep(0)
    before = house.gallery.serving
    await house.gallery.do(_serve_another)
    house.gate.set()
    with suppress(RequestError):  # the model was changed meanwhile
        await search
    after = house.gallery.serving
    assert before != after
    assert len(await house.gallery.do(_compared, before)) == 2
    assert await house.gallery.do(_compared, after) == []


def _serve_another(gallery: Gallery) -> None:
    gallery.aim("other", "other", FORM, {"other"})
    model, waiting = gallery.verdicts.waiting(10)
    contents = gallery.images.contents([image.id for image in waiting])
    images = [Examined(i.id, i.state, contents[i.id] or b"") for i in waiting]
    gallery.verdicts.commit(model, [Verdict(i, vector_of(i.content)) for i in images])
    gallery.reach_target()


def _compared(gallery: Gallery, model: Served) -> list[ContentHash]:
    return gallery.duplicates.compared(b"", 10, model, limits.VERSION)


async def test_what_was_said_survives_a_move_and_a_damaged_database(house: Twins) -> None:
    await house.add(ORIGINAL, SMALL)
    await house.duplicates.tell_apart([ORIGINAL.path, SMALL.path])
    (image,) = await house.gallery.of_images(Images.at, [SMALL.path])
    moved = Rename(image.id, b"/photos/c/other.jpg", SMALL.state)
    await house.gallery.do(Gallery.apply, Plan(renamed=[moved]))
    assert await house.paths() == []
    await house.gallery.do(Gallery.recover)
    assert await house.paths() == []
    (remembered,) = await house.duplicates.decisions()
    assert {*remembered.first, *remembered.second} == {ORIGINAL.path, moved.path}


async def test_a_photo_that_cannot_be_compared_is_tried_again(house: Twins) -> None:
    await house.add(ORIGINAL, SMALL)
    house.is_blind = True
    assert await house.paths() == []
    house.is_blind = False
    assert await house.paths() == [GROUPS[0][:2]]


async def test_a_file_that_has_changed_is_no_duplicate_until_it_is_read(house: Twins) -> None:
    await house.add(ORIGINAL, COPY)
    (image,) = await house.gallery.of_images(Images.at, [COPY.path])
    changed = image._replace(state=replace(COPY, mtime=7).state)
    await house.gallery.do(Gallery.apply, Plan(changed=[changed]))
    assert await house.paths() == []


async def test_a_hundred_copies_are_one_group_and_take_as_many_comparisons(house: Twins) -> None:
    copies = [Made(b"/photos/%d.jpg" % n, shot=1, content=n, width=99 + n) for n in range(100)]
    await house.add(*copies)
    assert [len(names) for names in await house.paths()] == [100]
    assert len(house.compared) < 100 * 6
