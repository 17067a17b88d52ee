"""Both vector stores with the same vectors in the same run: in this process, and in Milvus.

    python -m tests.benchmarks.stores

The server is milvus-lite on this machine, which is written in Python: its times say what imgsimd
and the way to a server cost at most, and nothing about a cluster. A question asks for as many as
`similar` puts in order. Rows are flushed before the questions, as the daemon does it for this
server.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from hypothesis.stateful import invariant

from imgsimd.config import DEFAULT_MODEL
from imgsimd.gallery.vectors.base import Elsewhere, Search, VectorStore
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collection as MilvusCollection
from imgsimd.milvus.messages import Drop, Flush, Host, Open, Upsert, WriteHost
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.search.reranking import NODES
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from imgsimd.vectors import StoredAs, VectorForm, Vectors
from tests.benchmarks import table
from tests.benchmarks.searching import units
from tests.benchmarks.table import Row
from tests.benchmarks.timing import median_ms, seconds
from tests.gallery.vectors.contract import Contract, keeps_contract
from tests.milvus.pushing import PushingContract
from tests.support.milvus_server import milvus_server
from tests.support.milvus_store import HERE, PREFIX, PushedStore, empty, row

SIZES = (10_000, 100_000)
TOGETHER = 16
PART = 2_000
ROUNDS = 5
SECONDS = 600.0
"""For each request: this is slow, and is to be measured."""
HOSTS = (1, 2, 4, 8, 16)
OF_EACH = 5_000
EXAMPLES = 4
"""Sequences of steps with the real server, which takes seconds for one."""


def rows() -> Iterator[Row]:
    """Everything."""
    with tempfile.TemporaryDirectory() as folder, milvus_server(Path(folder)) as server:
        link = Link(server.link, SECONDS)
        try:
            yield from _promises(link)
            yield from _of_hosts(link)
            for form in (VectorForm(256), find(DEFAULT_MODEL, BUILT_IN).form):
                yield from _of_form(link, form)
        finally:
            link.close()


# The contract


class _Counted:
    """Counts the steps after which everything promised held."""

    steps = 0

    @invariant()
    def count(self) -> None:
        _Counted.steps += 1


class _Local(_Counted, Contract):
    pass


class _Remote(_Counted, PushingContract):
    pass


def _promises(link: Link) -> Iterator[Row]:
    forms: tuple[StoredAs, ...] = ("float32", "int8")
    for stored_as in forms:
        name = f"contract_{stored_as}"
        make = partial(_empty_store, link, name)
        remote = _kept(make, stored_as, _Remote, EXAMPLES)
        local = _kept(FaissFlat, stored_as, _Local, None)
        yield Row(f"promises of a store that hold, {stored_as}", remote, local)
        link.ask(Drop(name))


def _empty_store(link: Link, name: str, form: VectorForm) -> PushedStore:
    return PushedStore(link, empty(link, name, form))


def _kept(
    make: Callable[[VectorForm], VectorStore],
    stored_as: StoredAs,
    contract: type[Contract],
    examples: int | None,
) -> str:
    """Raises what a broken promise raises."""
    _Counted.steps = 0
    keeps_contract(make, stored_as, is_shortened=False, contract=contract, examples=examples)
    kinds = len(contract.setup_state().rules) + len(contract.setup_state().initializers)
    return f"all, in {_Counted.steps:,} steps of {kinds} kinds"


# One host


def _of_form(link: Link, form: VectorForm) -> Iterator[Row]:
    collection = MilvusCollection(f"{PREFIX}_{form.stored_as}", form)
    link.ask(Open(collection))
    local, remote, rng = FaissFlat(form), PushedStore(link, collection), np.random.default_rng(0)
    for before, size in zip((0, *SIZES), SIZES, strict=False):
        yield from _filled(local, remote, before, units(rng, size - before, form.dimension))
        name = f"among {size:,} x {form.dimension} as {form.stored_as}"
        asked = [Search(query, NODES) for query in units(rng, TOGETHER, form.dimension)]
        _compare(local, remote, asked)
        yield from _questions(f"a question {name}", local, remote, asked[:1])
        yield from _questions(f"- {TOGETHER} questions together", local, remote, asked)
    link.ask(Drop(collection.name))


def _filled(local: FaissFlat, remote: PushedStore, before: int, vectors: Vectors) -> Iterator[Row]:
    """Adds the vectors to both."""
    here = there = 0.0
    for start in range(0, len(vectors), PART):
        part = vectors[start : start + PART]
        ids = [ImageId(before + start + place) for place in range(1, len(part) + 1)]
        here += seconds(partial(local.add, ids, part))
        remote.add(ids, part)
        there += seconds(partial(remote.push, ids))
    there += seconds(lambda: remote.milvus.ask(Flush(remote.collection.name)))
    form, count = local.form, len(vectors)
    yield Row(
        f"add {count:,} x {form.dimension} as {form.stored_as} to {before:,}",
        f"{count / there:,.0f}/s",
        f"{count / here:,.0f}/s",
        here / there,
    )


def _questions(
    name: str, local: FaissFlat, remote: PushedStore, asked: Sequence[Search]
) -> Iterator[Row]:
    there = median_ms(lambda: remote.search_many(asked), ROUNDS)
    here = median_ms(lambda: local.search_many(asked), ROUNDS)
    yield Row(name, f"{there:,.0f} ms", f"{here:,.1f} ms", there / here)


def _compare(local: FaissFlat, remote: PushedStore, asked: Sequence[Search]) -> None:
    """Speed counts only for the same answers."""
    for one, other in zip(local.search_many(asked), remote.search_many(asked), strict=True):
        assert [each.id for each in one] == [each.id for each in other]


# Many hosts


def _of_hosts(link: Link) -> Iterator[Row]:
    """Questions about all hosts, beside questions about one that has as many vectors."""
    form, rng = VectorForm(256), np.random.default_rng(1)
    many, single = (MilvusCollection(f"{PREFIX}_{name}", form) for name in ("many", "single"))
    for collection in (many, single):
        link.ask(Open(collection))
    link.ask(WriteHost(PREFIX, Host(HERE, "here", "here")))
    question = Search(units(rng, 1, form.dimension)[0], NODES, elsewhere=Elsewhere())
    alone = Search(question.query, NODES)
    all_here, of_many = PushedStore(link, single), PushedStore(link, many)
    first = 0.0
    for number in range(max(HOSTS)):
        vectors = units(rng, OF_EACH, form.dimension)
        ids = [ImageId(number * OF_EACH + place) for place in range(1, OF_EACH + 1)]
        all_here.add(ids, vectors)
        all_here.push(ids)
        _add_host(link, of_many, number, vectors)
        if number + 1 in HOSTS:
            for collection in (many, single):
                link.ask(Flush(collection.name))
            there = median_ms(lambda: of_many.prepare([question]).run(), ROUNDS)
            here = median_ms(lambda: all_here.search_many([alone]), ROUNDS)
            first = first or there
            yield Row(
                f"a question about {number + 1} hosts with {OF_EACH:,} x {form.dimension} each",
                f"{there:,.0f} ms, {there / first:.1f} times as long as about one",
                f"one host with as many: {here:,.0f} ms",
                there / here,
            )
    for collection in (many, single):
        link.ask(Drop(collection.name))


def _add_host(link: Link, of_many: PushedStore, number: int, vectors: Vectors) -> None:
    """The first one is this host; the others are somewhere else."""
    if number == 0:
        ids = [ImageId(place) for place in range(1, len(vectors) + 1)]
        of_many.add(ids, vectors)
        of_many.push(ids)
        return
    host = HostNumber(HERE + number)
    link.ask(WriteHost(PREFIX, Host(host, f"host {number}", f"gallery {number}")))
    stored = map(of_many.form.to_bytes, vectors)
    their_rows = [row(shared(host, ImageId(n)), vector) for n, vector in enumerate(stored, 1)]
    link.ask(Upsert(of_many.collection, their_rows))


def main() -> None:
    print(f"Load at the start: {os.getloadavg()[0]:.1f}.", flush=True)
    table.show(rows())
    print(f"Load at the end: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
