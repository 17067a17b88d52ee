"""The daemon's numbers for Prometheus."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response

from imgsimd import process
from imgsimd.control import openapi
from imgsimd.control.strict_json import StrictRoute
from imgsimd.embedding.kept_worker import WorkerTally
from imgsimd.errors import CatalogError, FaultKind
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.health import Health, RootStatus, State, Status
from imgsimd.histogram import Histogram
from imgsimd.indexing.indexer import Indexer
from imgsimd.indexing.pauses import Reason
from imgsimd.problems import KINDS
from imgsimd.prometheus import CONTENT_TYPE, Metric, Sample, counter, gauge, gauges, text, up
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.types import RootState

_TALLIES = {
    "root_images": "Searchable photos in it.",
    "root_pending_images": "Photos in it to index.",
    "root_failed_images": "Pictures and folders in it that cannot be read.",
    "root_damaged_images": "Searchable photos in it of which only a part could be read.",
}
"""The metric for each field of RootTally, in its order."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the gallery tells of itself."""

    failed: Mapping[str, int]
    """Pictures, by the kind of fault."""
    vector_bytes: int


def routes(
    health: Health,
    gallery: GalleryThread,
    indexer: Indexer,
    reconciler: Reconciler,
    similar: Similar,
    same: Same,
) -> APIRouter:
    """All numbers at once."""
    router = APIRouter(route_class=StrictRoute)
    began = time.time()

    @router.get("/metrics", response_class=Response, responses=openapi.METRICS)
    async def metrics() -> Response:
        """The daemon's numbers in Prometheus's text format."""
        status = await health.status()
        parts = [
            [up(True), *_of_program(status, began)],
            _of_work(status, indexer.tally),
            _of_problems(status),
            _of_roots(status.roots),
            await _of_storage(gallery, reconciler, status),
            [_of_questions(similar.times, same.times)],
        ]
        return Response(text(list(chain.from_iterable(parts))), media_type=CONTENT_TYPE)

    return router


def _of_program(status: Status, began: float) -> Iterator[Metric]:
    info = {"version": status.version, "model": status.model, "next_model": status.next_model or ""}
    yield gauge("info", "Always 1; version and model are in the labels.", 1, **info)
    yield gauge("start_time_seconds", "When the daemon started, since the epoch.", began)
    memory = {"daemon": status.rss_bytes, "worker": process.resident_bytes_of_children()}
    what = "Memory in use, by process; `worker` stands for all that the daemon has started."
    yield gauges("resident_memory_bytes", what, "process", memory)
    times = os.times()
    seconds = {"daemon": times.user + times.system}
    seconds["worker"] = times.children_user + times.children_system
    samples = [Sample(value, {"process": each}) for each, value in seconds.items()]
    what = "Processor time, by process; that of a worker is added when it ends."
    yield Metric("cpu_seconds_total", "counter", what, samples)


def _of_work(status: Status, tally: WorkerTally) -> Iterator[Metric]:
    yield gauge("images", "Searchable photos.", status.images)
    yield gauge("pending", "Photos to index, and paths to look at.", status.pending)
    states = {each: float(each == status.state) for each in get_args(State)}
    yield gauges("state", "1 for what the daemon is doing.", "state", states)
    reasons = {pause.reason for pause in status.paused}
    paused = {each: float(each in reasons) for each in get_args(Reason)}
    yield gauges("paused", "1 for why nothing is indexed now.", "reason", paused)
    if status.seconds_remaining is not None:
        what = "Until nothing is pending; absent while unknown."
        yield gauge("remaining_seconds", what, status.seconds_remaining)
    if status.newest_at is not None:
        what = "When a photo was indexed last, since the epoch."
        yield gauge("last_indexed_timestamp_seconds", what, status.newest_at)
    if status.shared is not None:
        what = "Photos to push to the server that several machines share, or to remove there."
        yield gauge("shared_rows_waiting", what, status.shared.waiting)
    yield gauge("damaged_images", "Searchable photos of which only a part could be read.",
                status.damaged)  # fmt: skip
    yield counter("finished_images_total", "Photos indexed or refused.", status.finished)
    yield counter("decoded_pictures_total", "Pictures decoded for embedding.", status.decoded)
    yield gauge("worker_running", "Whether the worker process runs.", status.has_worker)
    yield counter("worker_starts_total", "Tries to start a worker process.", tally.starts)
    yield counter("worker_crashes_total",
                  "Worker processes that did not start, crashed, or were killed as too slow.",
                  tally.crashes)  # fmt: skip


def _of_problems(status: Status) -> Iterator[Metric]:
    count = Counter(problem.code for problem in status.problems)
    samples = [
        Sample(count[kind.code], {"code": kind.code, "severity": kind.severity}) for kind in KINDS
    ]
    yield Metric("problems", "gauge", "Problems that there are now.", samples)
    skipped = Counter[str]()
    for skip in status.skips:
        skipped[skip.reason.value] += skip.files
    yield gauges("skipped_files", "Files that are not indexed.", "reason", skipped)


def _of_roots(roots: Sequence[RootStatus]) -> Iterator[Metric]:
    named = {os.fsdecode(root.path): root for root in roots}
    states = [
        Sample(root.state is state, {"root": name, "state": state.value})
        for name, root in named.items()
        for state in RootState
    ]
    yield Metric("root_state", "gauge", "1 for the state of a watched folder.", states)
    for number, (name, what) in enumerate(_TALLIES.items()):
        counts = {path: root.tally[number] for path, root in named.items()}
        yield gauges(name, what, "root", counts)
    looks = {name: root.last_look for name, root in named.items() if root.last_look is not None}
    what = "When a watched folder was last looked at as a whole, since the epoch."
    yield gauges("root_last_scan_timestamp_seconds", what, "root", looks)
    watches = {name: root.watches for name, root in named.items()}
    yield gauges("root_watches", "Folders in it that the kernel watches.", "root", watches)


async def _of_storage(
    gallery: GalleryThread, reconciler: Reconciler, status: Status
) -> list[Metric]:
    size = await asyncio.to_thread(_database_bytes, os.path.join(status.state_dir, "gallery.db"))
    metrics = [gauge("database_bytes", "The database's files.", size)]
    with suppress(CatalogError):  # `problems` tells of it
        stored = await gallery.do(_stored)
        failed = dict.fromkeys((kind.value for kind in FaultKind), 0)
        failed.update((kind or "unknown", count) for kind, count in stored.failed.items())
        for each in reconciler.unreadable:
            failed[each.kind] = failed.get(each.kind, 0) + 1
        del failed[FaultKind.NO_PHOTO]
        what = "Pictures and folders that cannot be read."
        metrics.append(gauges("failed_images", what, "kind", failed))
        metrics.append(gauge("index_bytes", "The vectors in memory.", stored.vector_bytes))
    return metrics


def _stored(gallery: Gallery) -> _Stored:
    """Runs on the gallery's thread."""
    failed = gallery.failures.by_kind(gallery.visibility.scope)
    return _Stored(failed, gallery.vector_bytes)


def _database_bytes(file: str) -> int:
    total = 0
    for suffix in ("", "-wal"):
        with suppress(OSError):
            total += os.stat(file + suffix).st_size
    return total


def _of_questions(plain: Histogram, verified: Histogram) -> Metric:
    kinds = {"similar": plain, "verified": verified}
    samples = [sample for kind, times in kinds.items() for sample in _samples(times, kind)]
    what = "Time that the answers to questions took."
    return Metric("question_duration_seconds", "histogram", what, samples)


def _samples(times: Histogram, kind: str) -> Iterator[Sample]:
    bounds = [*(f"{bound:g}" for bound in times.bounds), "+Inf"]
    for bound, count in zip(bounds, accumulate(times.counts), strict=True):
        yield Sample(count, {"kind": kind, "le": bound}, "_bucket")
    yield Sample(times.sum, {"kind": kind}, "_sum")
    yield Sample(sum(times.counts), {"kind": kind}, "_count")
