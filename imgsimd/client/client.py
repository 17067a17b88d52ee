"""The client of the daemon: what can be asked, as methods with typed answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Unpack
from weakref import WeakSet

from imgsimd.client import discovery, json_fields
from imgsimd.client.json_fields import Fields, Json, of_another_program
from imgsimd.client.limits import MOST_IMAGES, MOST_PATHS
from imgsimd.client.matches import SimilarResult
from imgsimd.client.pictures import Picture, Source, picture, picture_or_error
from imgsimd.client.question import Question
from imgsimd.client.sending import naming
from imgsimd.client.status import Status
from imgsimd.client.wanted import Conditions, Wanted, conditions_as_json
from imgsimd.client.weighted import Asked, unweighted
from imgsimd.closing import Closing
from imgsimd.errors import NoDaemonError, NotInTimeError, StoppedError
from imgsimd.prometheus import PREFIX
from imgsimd.words import counted

if TYPE_CHECKING:
    from datetime import datetime

    from imgsimd.client.comparisons import Comparison
    from imgsimd.client.counts import CountsResult, Division
    from imgsimd.client.duplicates import (
        DuplicatesResult,
        DuplicatesWish,
        OnProgress,
        PairApart,
    )
    from imgsimd.client.each_question import EachResult
    from imgsimd.client.file_records import FileRecord
    from imgsimd.client.images import ImageRecord, ImagesResult, Order
    from imgsimd.client.results import (
        AcceptedRoot,
        CheckResult,
        Failure,
        ForgetResult,
        HostInfo,
        ImportResult,
        ModelInfo,
        ModelRemoval,
        RelocateResult,
        Skip,
    )
    from imgsimd.client.transport import Transport

WAIT_SECONDS = 60.0
"""The longest that one request waits for the daemon to be at rest."""
SPARE_SECONDS = 30.0
"""How much later than it should the answer to such a request may come."""
StrPath = str | os.PathLike[str]


class Client(Closing):
    """Asks the daemon. There is one connection for each request, so a client can outlive the
    daemon, and be used in several threads.

    Every method raises NotRunningError where no daemon runs, StoppedError where it ends before it
    has answered, NoDaemonError where it cannot be reached, NotInTimeError where it takes too long,
    and RequestError, or another ImgsimdError, where it refuses or fails.
    """

    def __init__(self, socket: StrPath | None = None, timeout: float | None = 30) -> None:
        """Without a `socket`, the daemon of this user is found as imgsimctl finds it; raises
        ConfigError where the configuration cannot be read.

        `timeout` is in seconds and bounds each wait for the daemon; None waits for ever. Jobs that
        may take minutes (check, rebuild, backup, forget, relocate, accept_root) have no limit.
        """
        self._socket = _at(socket)
        self._quick = self._transport(timeout)
        self._unlimited = self._transport(None)
        self._streams: WeakSet[Generator[object, None, None]] = WeakSet()

    def close(self) -> None:
        """Ends the events that are still listened to. Nothing else stays open between requests."""
        for stream in list(self._streams):
            stream.close()

    def _transport(self, timeout: float | None) -> Transport:
        from imgsimd.client.transport import Transport  # http.client: 10 ms, not needed for --help

        return Transport(self._socket, timeout)

    # What it does

    def status(self) -> Status:
        """How the daemon is."""
        return Status.of(self._quick.get("/v1/status"))

    def check_health(self) -> None:
        """Raises UnhealthyError if something does not work; its `problems` say what. Raises
        RequestError where another program answers, whatever that says."""
        Fields(self._quick.get("/v1/health")).text("state")

    def metrics(self) -> str:
        """The daemon's numbers in Prometheus's text format. Raises RequestError where another
        program answers."""
        answer = self._quick.download("/v1/metrics").decode(errors="replace")
        if not answer.startswith(f"# HELP {PREFIX}"):
            raise of_another_program()
        return answer

    def events(self, waiting: bool = False) -> Iterator[Status]:
        """The status, now and whenever it changes, without end. Who is `waiting` for all to be
        indexed need not wait until the machine has less to do.

        Asks at once; there is no timeout between two. Raises StoppedError when the daemon ends; if
        another version takes its place, its status follows.
        """
        path = "/v1/events?waiting=true" if waiting else "/v1/events"
        return self._events(path, self._stream(path))

    def _stream(self, path: str) -> Generator[dict[str, object], None, None]:
        stream = self._quick.events(path)
        self._streams.add(stream)
        return stream

    def _events(
        self, path: str, stream: Generator[dict[str, object], None, None]
    ) -> Iterator[Status]:
        while True:
            try:
                yield from map(Status.of, stream)
                return  # the client was closed
            except StoppedError as end:
                yield self._status_of_another(end)
            stream = self._stream(path)

    def wait(self, timeout: float | None = None) -> Status:
        """Returns when every photo is indexed and every change noticed, or when indexing is paused:
        then `pending` photos are left.

        Raises NotInTimeError after `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = WAIT_SECONDS if end is None else max(0.0, end - time.monotonic())
            try:
                current = self._wait(min(left, WAIT_SECONDS))
            except StoppedError as end_of_one:
                current = self._status_of_another(end_of_one)
            if current.is_at_rest:
                return current
            if end is not None and time.monotonic() >= end:
                pending = counted(current.pending, "photo")
                raise NotInTimeError(
                    f"Timed out after {timeout:g} seconds, with {pending} pending."
                )

    def _status_of_another(self, end: StoppedError) -> Status:
        """The status of a daemon that has taken the place of one that stopped, after an update.
        Raises the error if there is none."""
        try:
            return self.status()
        except NoDaemonError:
            raise end from None

    def _wait(self, seconds: float) -> Status:
        transport = self._transport(seconds + SPARE_SECONDS)
        return Fields(transport.get("/v1/wait", timeout=seconds)).inner("status", Status.of)

    def pause(self, until: datetime | None = None) -> None:
        """Stops indexing up to this moment, or without one until `resume`, or until the daemon is
        started again. A moment without a time zone is local time."""
        self._quick.post("/v1/pause", _up_to(until))

    def resume(self, until: datetime | None = None) -> None:
        """Goes on indexing, even on battery and under load: up to this moment, or without one
        until the battery is left, and until all is indexed."""
        self._quick.post("/v1/resume", _up_to(until))

    def reload(self) -> None:
        """Has the daemon read its configuration again. Raises ConfigError; the old settings stay
        in force then."""
        self._quick.post("/v1/reload")

    # Questions

    def similar(self, *pictures: Asked, k: int = 10, **wanted: Unpack[Wanted]) -> SimilarResult:
        """The `k` photos that look most like the pictures, best first, of those that are `wanted`.
        Several pictures count as one, and are left out themselves.

        Each is the path of a file, the bytes of one, a Picture, or one of these Weighted. One that
        the daemon does not know is sent to it. Raises BadPictureError where it is no readable
        picture, and BadPicturesError where several are not.
        """
        return self.question(*pictures).ask(k, **wanted)

    def same(self, source: Source, k: int = 10, **wanted: Unpack[Wanted]) -> SimilarResult:
        """The photos that show this very picture, at most `k`: those with the verdict `same`, then
        those with `probably`, the surest first. Otherwise as `similar`."""
        options: Wanted = {**wanted, "same": True}
        return self.question(source).ask(k, **options)

    def compare(self, one: Source, other: Source, verify: bool = True) -> Comparison:
        """How alike two pictures are; if `verify`, also whether the one shows the very picture that
        the other shows. Files with the same bytes are not looked at any closer.

        Raises BadPictureError.
        """
        from imgsimd.client import comparing

        return comparing.compare(self._quick, picture(one), picture(other), verify)

    def similar_to_each(
        self, *pictures: Source, others: Sequence[Asked] = (), k: int = 10, **wanted: Unpack[Wanted]
    ) -> Iterator[EachResult]:
        """For each picture what `similar` returns, or the BadPictureError that it would raise, in
        their order. `others` belong to every question. Asks about hundreds with one request."""
        from imgsimd.client.each_question import EachQuestion

        sources = list(map(picture_or_error, pictures))
        readable = [source for source in sources if isinstance(source, Picture)]
        common = list(map(unweighted, others))
        results = EachQuestion(self._quick, readable, common).ask(k, **wanted)
        return (next(results) if isinstance(each, Picture) else each for each in sources)

    def question(self, *pictures: Asked) -> Question:
        """As `similar`, for several questions about the same pictures: each is sent at most once.
        Raises BadPictureError where there is no such file."""
        return Question(self._quick, list(map(unweighted, pictures)))

    def show(self, path: StrPath) -> FileRecord:
        """What is known of the file at this path, whether it is indexed or not; of a link, what is
        known of the link."""
        from imgsimd.client.file_records import FileRecord

        folder, name = os.path.split(os.path.abspath(path))
        question = {"path": os.path.join(os.path.realpath(folder), name)}
        return FileRecord.of(self._quick.post("/v1/show", question))

    def images(
        self,
        order: Order = "added",
        after: str | None = None,
        limit: int = 100,
        **conditions: Unpack[Conditions],
    ) -> ImagesResult:
        """Indexed photos, the newest first; at most `limit`, up to 1,000. `after` is the `next` of
        an earlier result. What is added meanwhile makes no photo come twice, or not at all."""
        from imgsimd.client.images import ImagesResult

        asked = {**conditions_as_json(conditions), "order": order, "after": after, "limit": limit}
        return ImagesResult.of(self._quick.post("/v1/images", asked))

    def records(self, ids: Iterable[int]) -> dict[int, ImageRecord]:
        """What is known of the photos with these ids; those that are not there now are absent."""
        wanted = list(ids)
        parts = [wanted[n : n + MOST_IMAGES] for n in range(0, len(wanted), MOST_IMAGES)]
        return {image.id: image for part in parts for image in self._records(part)}

    def _records(self, ids: Sequence[int]) -> Sequence[ImageRecord]:
        from imgsimd.client.images import ImagesResult

        return ImagesResult.of(self._quick.post("/v1/images", {"ids": ids})).images

    def counts(
        self,
        by: Division,
        parent: StrPath | None = None,
        ids: Iterable[int] | None = None,
        **conditions: Unpack[Conditions],
    ) -> CountsResult:
        """How many photos lie in each folder, or are of each month, format or camera: of those with
        these ids (at most 10,000), or of all. The folders are those in the folder `parent`, or else
        the watched ones."""
        from imgsimd.client.counts import CountsResult

        asked = {
            **conditions_as_json(conditions),
            "by": by,
            "parent": _real(parent),
            "ids": None if ids is None else list(ids),
        }
        return CountsResult.of(self._quick.post("/v1/counts", asked))

    def duplicates(
        self, on_progress: OnProgress | None = None, **wish: Unpack[DuplicatesWish]
    ) -> DuplicatesResult:
        """Photos that are there more than once, in groups of which one is the photo to keep.

        The first time this takes minutes for 100,000 photos, later only as long as new photos need;
        `on_progress` hears how far it is.
        """
        from imgsimd.client import duplicates

        asked = duplicates.as_json(wish)
        return duplicates.search(self._quick, asked, on_progress or duplicates.ignore)

    def not_duplicates(self, *photos: StrPath) -> int:
        """Remembers that no two of these photos are duplicates, whatever their names will be. How
        many pairs these are."""
        return self._apart(photos, undo=False)

    def forget_not_duplicates(self, *photos: StrPath) -> int:
        """Forgets that. How many pairs there were."""
        return self._apart(photos, undo=True)

    def _apart(self, photos: Sequence[StrPath], undo: bool) -> int:
        question = {"paths": list(map(os.path.realpath, photos)), "undo": undo}
        return Fields(self._quick.post("/v1/not-duplicates", question)).whole("pairs")

    def pairs_apart(self) -> tuple[PairApart, ...]:
        """All photos of which that is remembered."""
        from imgsimd.client.duplicates import PairApart

        return json_fields.each(self._quick.get("/v1/not-duplicates"), PairApart.of)

    def thumbnail(self, image: int, pixels: int = 384) -> bytes:
        """A JPEG of the photo with this id; its longer side has so many pixels, from 16 to 4096, or
        as many as it has."""
        return self._quick.download(f"/v1/images/{image}/thumbnail", pixels=pixels)

    def thumbnail_of(self, source: Source, pixels: int = 384) -> bytes:
        """A small JPEG of a picture, which is sent. Raises BadPictureError."""
        asked = picture(source)
        with asked.opened() as content, naming(asked):
            return self._quick.upload_for_bytes(f"/v1/thumbnails?pixels={pixels}", content)

    def models(self) -> tuple[ModelInfo, ...]:
        """The models that can be used, and others of which vectors are stored."""
        from imgsimd.client.results import ModelInfo

        return json_fields.each(self._quick.get("/v1/models"), ModelInfo.of)

    def remove_model(
        self, name: str, only_vectors: bool = False, confirm: bool = False, after: int = 0
    ) -> ModelRemoval:
        """Removes a model and its vectors, or only these. Unless `confirm`, only says what that
        would be. It takes about a second; if there is a `next`, more is left to do: then call
        again, with it as `after`."""
        from imgsimd.client.results import ModelRemoval

        question = {"name": name, "only_vectors": only_vectors, "confirm": confirm, "after": after}
        return ModelRemoval.of(self._unlimited.post("/v1/models/remove", question))

    def hosts(self) -> tuple[HostInfo, ...]:
        """The machines that share the gallery, this one first. Raises RequestError (`not_shared`)
        if it is not shared, and StoreError."""
        from imgsimd.client.results import HostInfo

        return json_fields.each(self._unlimited.get("/v1/hosts"), HostInfo.of)

    def remove_host(self, host: str, confirm: bool = False) -> HostInfo:
        """Removes a machine, by its name or number, and all that the server has of it. Unless
        `confirm`, only says which one that is. Raises as `hosts` does."""
        from imgsimd.client.results import HostInfo

        question = {"host": host, "confirm": confirm}
        return HostInfo.of(self._unlimited.post("/v1/hosts/remove", question))

    # Watched folders. The configuration names them; imgsimctl edits it.

    def accept_root(self, folder: StrPath, even_if_replaced: bool = True) -> AcceptedRoot:
        """Has the daemon read its configuration, to which `folder` has been added, and recognise
        what has moved there.

        If it is not a folder that has moved, and `even_if_replaced`, whatever folder is there now
        is taken for the one that was watched.
        """
        from imgsimd.client.results import AcceptedRoot

        question = {"path": os.path.abspath(folder), "accept": even_if_replaced}
        return AcceptedRoot.of(self._unlimited.post("/v1/roots", question))

    def relocate(self, old: StrPath, new: StrPath) -> RelocateResult:
        """Has the daemon read its configuration, in which folder `old` has become `new`: photos
        that are there now keep their ids."""
        from imgsimd.client.results import RelocateResult

        question = {"old": os.path.abspath(old), "new": os.path.abspath(new)}
        return RelocateResult.of(self._unlimited.post("/v1/relocate", question))

    def rescan(self, folder: StrPath | None = None) -> None:
        """Looks for missed changes, in the background: in a folder, or in all that are watched."""
        self._quick.post("/v1/rescan", {"path": _real(folder)})

    def forget(self, folder: StrPath | None = None, confirm: bool = False) -> ForgetResult:
        """Forgets photos that are gone, in a folder or in all that are watched; of a folder that is
        not watched, all. Unless `confirm`, only says what that would be. No file is touched."""
        from imgsimd.client.results import ForgetResult

        question = {"path": _real(folder), "confirm": confirm}
        return ForgetResult.of(self._unlimited.post("/v1/forget", question))

    def skipped(self) -> tuple[Skip, ...]:
        """What lies in the watched folders and is not indexed."""
        from imgsimd.client.results import Skip

        return json_fields.each(self._quick.get("/v1/skipped"), Skip.of)

    def failed(self) -> tuple[Failure, ...]:
        """The pictures that cannot be read, and those that are damaged, and why."""
        from imgsimd.client.results import Failure

        return json_fields.each(self._quick.get("/v1/failed"), Failure.of)

    def retry(self, paths: Sequence[StrPath] = ()) -> int:
        """Tries failed pictures again: those at or below the paths, or all. How many."""
        places = list(map(os.path.realpath, paths))
        parts = [places[n : n + MOST_PATHS] for n in range(0, len(places), MOST_PATHS)]
        return sum(map(self._retry, parts or [[]]))

    def _retry(self, paths: Sequence[str]) -> int:
        return Fields(self._quick.post("/v1/failed", {"paths": paths})).whole("retried")

    # What is stored

    def check(self) -> CheckResult:
        """Compares disk, catalog, index and, if there is one, the store that machines share;
        changes nothing."""
        from imgsimd.client.results import CheckResult

        return CheckResult.of(self._unlimited.get("/v1/check"))

    def rebuild(self) -> None:
        """Repairs what `check` may find; the disk is looked at in the background. Raises StoreError
        where a store that machines share cannot be used: the rest is done then, and this later."""
        self._unlimited.post("/v1/rebuild")

    def backup(self, stream: IO[bytes]) -> None:
        """Writes a copy of the database as it is now. Raises OSError where the stream cannot be
        written."""
        self._unlimited.download_into(stream, "/v1/backup")

    def take_images(
        self, images: Sequence[Json], models: Sequence[Json], by: str, new_ids: bool = False
    ) -> ImportResult:
        """Adds photos that another gallery knows, at most MOST_FOREIGN, by ascending id: see
        `POST /v1/import` in the API's document. `by` is the hash of their contents."""
        from imgsimd.client.results import ImportResult

        question = {"images": images, "models": models, "hash": by, "new_ids": new_ids}
        return ImportResult.of(self._unlimited.post("/v1/import", question))

    def end_import(
        self, last_id: int, roots: Sequence[str], not_duplicates: Sequence[Json]
    ) -> None:
        """Ends that: see `POST /v1/import/end`. At most MOST_FOREIGN folders and MOST_DECISIONS."""
        question = {"last_id": last_id, "roots": roots, "not_duplicates": not_duplicates}
        self._unlimited.post("/v1/import/end", question)


def _up_to(moment: datetime | None) -> dict[str, str] | None:
    return None if moment is None else {"until": moment.astimezone().isoformat(timespec="seconds")}


def _at(socket: StrPath | None) -> Callable[[], Path]:
    """Says where the socket is, whenever it is asked: it can move."""
    if socket is None:
        return partial(discovery.socket, discovery.find())
    chosen = Path(socket)
    return lambda: chosen


def _real(folder: StrPath | None) -> str | None:
    return None if folder is None else os.path.realpath(folder)
