"""A question to one machine is answered from the photos of all that share a gallery with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from imgsimd.closeness import Closeness
from imgsimd.gallery.conditions import Conditions
from imgsimd.gallery.thread import GalleryThread
from imgsimd.milvus.messages import ReadHosts
from imgsimd.search.query import Filter, Query, Question, UnknownHostError, UnverifiableError
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.shared_ids import host_of
from imgsimd.types import FilePath, Match
from imgsimd.vectors import VectorForm
from tests.support import library
from tests.support.fake_milvus import FakeMilvus
from tests.support.shared_galleries import Machine, path

HERE, THERE = range(1, 151), range(151, 301)
"""The photos of each machine."""
ANYTHING = Filter()


class Galleries(NamedTuple):
    """The photos of two machines that share a gallery, and all of them in one."""

    milvus: FakeMilvus
    laptop: Machine
    nas: Machine
    alone: GalleryThread


@pytest.fixture(params=[library.FORM, library.CODED], ids=["float32", "int8"])
async def galleries(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Galleries]:
    form: VectorForm = request.param
    milvus, alone = FakeMilvus(), GalleryThread()
    made = Galleries(milvus, Machine(milvus, 3, "laptop"), Machine(milvus, 9, "nas"), alone)
    await alone.open(tmp_path / "alone.db")
    await alone.do(library.begin, form=form)
    for machine, words in ((made.laptop, HERE), (made.nas, THERE)):
        await machine.open(tmp_path, form)
        await machine.add(*words)
        await machine.push()
        await alone.do(lambda g, w=words: library.work_off(g, library.add(g, *w)))  # type: ignore[misc] # mypy knows no defaults
    yield made
    for gallery in (made.laptop.gallery, made.nas.gallery, alone):
        await gallery.close()


def about(word: int, k: int = 10, wanted: Filter = ANYTHING, rerank: bool = True) -> Question:
    return Question([Query(path(word))], k, wanted, rerank=rerank)


def as_if_alone(match: Match) -> tuple[int, FilePath, float, int]:
    return match.rank, match.path, match.distance, match.exact_rank


async def test_the_answer_is_that_of_one_gallery_with_all_photos(galleries: Galleries) -> None:
    together, alone = galleries.laptop.similar(), Similar(galleries.alone)
    for word, k in ((5, 10), (77, 299), (150, 1)):
        for question in (about(word, k), about(word, k, rerank=False)):
            found, expected = await together.ask(question), await alone.ask(question)
            assert list(map(as_if_alone, found.matches)) == list(map(as_if_alone, expected.matches))
            assert (found.is_reranked, found.is_weak) == (expected.is_reranked, expected.is_weak)
            there = {path(number) for number in THERE}
            for match in found.matches:
                assert match.host == ("nas" if match.path in there else None)
                assert host_of(match.id) == (galleries.nas.host if match.host else 0)


async def test_photos_of_one_scene_stay_in_front_wherever_they_are(galleries: Galleries) -> None:
    exact = await Similar(galleries.alone).ask(about(5, 20, rerank=False))
    close = Closeness(similar_distance=exact.matches[11].distance)
    found = await galleries.laptop.similar(close).ask(about(5, 20))
    assert [m.path for m in found.matches[:12]] == [m.path for m in exact.matches[:12]]


async def test_a_limit_and_conditions_are_for_photos_of_all_machines(galleries: Galleries) -> None:
    together, alone = galleries.laptop.similar(), Similar(galleries.alone)
    few = Conditions(not_under=(path(3), path(200)))  # each a folder that has nothing in it
    nobody = Conditions(under=(b"/elsewhere",))
    farthest = (await alone.ask(about(5, 150, rerank=False))).matches[-1].distance
    for wanted in (Filter(max_distance=farthest), Filter(conditions=few)):
        question = about(5, 299, wanted)
        found, expected = await together.ask(question), await alone.ask(question)
        assert list(map(as_if_alone, found.matches)) == list(map(as_if_alone, expected.matches))
    assert not (await together.ask(about(5, 299, Filter(conditions=nobody)))).matches


async def test_only_the_machines_that_are_named_are_searched(galleries: Galleries) -> None:
    similar = galleries.laptop.similar()
    for hosts, words in (
        (("nas",), set(THERE)),
        (("laptop",), set(HERE) - {5}),
        (("laptop", "nas"), {*HERE, *THERE} - {5}),
    ):
        found = await similar.ask(about(5, 300, Filter(hosts=hosts)))
        assert {match.path for match in found.matches} == set(map(path, words))


async def test_an_unknown_machine_is_an_error_that_names_the_known_ones(
    galleries: Galleries,
) -> None:
    nobody = about(5, wanted=Filter(hosts=("nas", "tower")))
    answers = await galleries.laptop.similar().ask_each([about(6), nobody])
    assert not isinstance(answers[0], Exception), "it asks for all"
    assert isinstance(answers[1], UnknownHostError)
    assert "No machine called tower shares this gallery" in str(answers[1])
    assert "laptop, nas" in str(answers[1])
    with pytest.raises(UnknownHostError, match="It is not shared with other machines"):
        await Similar(galleries.alone).ask(nobody)


async def test_of_own_photos_alone_nobody_else_is_asked(galleries: Galleries) -> None:
    requests = list[object]()
    galleries.milvus.before = requests.append
    found = await galleries.laptop.similar().ask(about(5, 300, Filter(is_own=True)))
    assert {match.path for match in found.matches} == {path(word) for word in HERE if word != 5}
    assert not any(isinstance(request, ReadHosts) for request in requests)


async def test_the_same_file_on_another_machine_is_put_together_with_the_one_here(
    galleries: Galleries,
) -> None:
    await galleries.nas.add(5, 6)
    await galleries.nas.push()
    similar = galleries.laptop.similar()
    collapsed = await similar.ask(
        replace(about(5, 300, Filter(include_queries=True)), collapse=True)
    )
    assert len(collapsed.matches) == 300
    together = {
        match.path: [(other.path, other.host) for other in collapsed.alike[match.id]]
        for match in collapsed.matches
        if collapsed.alike[match.id]
    }
    assert together == {path(word): [(path(word), "nas")] for word in (5, 6)}
    assert not collapsed.distant


async def test_what_is_verified_is_of_this_machine(galleries: Galleries) -> None:
    similar = galleries.laptop.similar()
    same = Same(similar, None, None)  # type: ignore[arg-type] # it is refused before
    with pytest.raises(UnverifiableError, match="Only photos of the machine that is asked"):
        await same.verify(about(5, wanted=Filter(hosts=("nas",))))
