"""Says of one file whether it can be found, and if not, why not."""

from __future__ import annotations

import asyncio
import os
import stat
from enum import StrEnum
from typing import NamedTuple

from imgsimd.errors import FaultKind
from imgsimd.gallery.records import Record
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import enclosing, quoted, text
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.survey import Survey
from imgsimd.skips import Reason
from imgsimd.types import FilePath, FileState, Hidden
from imgsimd.watching import scan
from imgsimd.watching.path_selection import PathSelection
from imgsimd.words import percent


class Standing(StrEnum):
    """Whether a file can be found, for programs."""

    INDEXED = "indexed"
    PENDING = "pending"
    """It waits to be looked at, or to be embedded."""
    FAILED = "failed"
    HIDDEN = "hidden"
    """It is known, but not found now."""
    SKIPPED = "skipped"
    """It is in a watched folder, and no photo that is indexed."""
    UNWATCHED = "unwatched"
    """It is in no watched folder; nobody has looked whether it is there."""
    FOLDER = "folder"
    MISSING = "missing"
    """It is in a watched folder, but not there, and not known."""


class Account(NamedTuple):
    """What is known of the file at a path."""

    path: FilePath
    standing: Standing
    reason: str = ""
    """Why, in a sentence for the user; empty if there is nothing to say."""
    kind: str = ""
    """Why, for programs: an `errors.FaultKind`, a `skips.Reason`, or one of the words below."""
    root: FilePath | None = None
    """The watched folder that it lies in."""
    state: FileState | None = None
    """As it was last seen."""
    record: Record | None = None


GONE, LEFT_OUT, AWAY, EXPECTED = "gone", "left_out", "away", "expected"
OFFLINE, UNWATCHED = "offline", "unwatched"
"""Kinds of hidden images."""
_HIDDEN = {
    Hidden.GONE: (
        GONE,
        "Its file is gone. It is forgotten soon, unless the file turns up again, or so many are "
        "gone that `imgsimctl status` asks about them.",
    ),
    Hidden.LEFT_OUT: (
        LEFT_OUT,
        "It is left out by `ignore`, by a built-in pattern, or by a file such as `.nomedia`.",
    ),
    Hidden.AWAY: (AWAY, "It is a symbolic link that leads to nothing at present."),
    Hidden.EXPECTED: (EXPECTED, "It was imported, and its file has not been seen here yet."),
}
_SKIPPED = {
    Reason.VIDEO: "It is a video, by its name.",
    Reason.PICTURE: "It is a picture of a kind that imgsimd cannot read, by its name.",
    Reason.DOCUMENT: "It is a document, by its name.",
    Reason.SIDECAR: "It holds settings that belong to a photo, by its name.",
    Reason.ARCHIVE: "It is an archive, by its name.",
    Reason.OTHER: "It is no picture, by its name: see the setting `extensions`.",
    Reason.NO_EXTENSION: "Its name has no extension: see the setting `any_extension`.",
    Reason.LEFT_OUT: _HIDDEN[Hidden.LEFT_OUT][1],
    Reason.FOLDER_LEFT_OUT: "Its folder is left out by `ignore`, by a built-in pattern, or by a "
    "file such as `.nomedia`.",
    Reason.LINK: "It is a symbolic link, or lies behind one, that is not followed or leads to no "
    "photo: see the setting `follow_links`.",
    Reason.NO_FILE: "It is a pipe, a socket or a device.",
    Reason.NO_PICTURE: "Its content is no picture.",
}


class Accounts:
    """Runs on the event loop; whatever touches the disk runs in threads."""

    def __init__(self, gallery: GalleryThread, roots: ConfiguredRoots, survey: Survey) -> None:
        self._gallery = gallery
        self._roots = roots
        self._survey = survey

    async def of(self, path: FilePath) -> Account:
        """What is known of the file at this path. Raises CatalogError."""
        record = await self._gallery.do(lambda gallery: gallery.records.at(path))
        root = enclosing(path, self._roots.paths)
        is_offline = root is not None and path.startswith(self._roots.offline())
        if record is not None:
            return _of_record(record, root, is_offline)
        if root is None:
            return Account(path, Standing.UNWATCHED, self._unwatched(path), UNWATCHED)
        if is_offline:
            return Account(path, Standing.HIDDEN, _offline(root), OFFLINE, root)
        return await asyncio.to_thread(_of_unknown, path, root, self._survey)

    def _unwatched(self, path: FilePath) -> str:
        if not self._survey.selection.has_ending(path):
            return "It is in no watched folder, and no photo by its name."
        folder = quoted(os.path.dirname(path))
        return f"It is in no watched folder. To index it: imgsimctl watch {folder}"


def _of_record(record: Record, root: FilePath | None, is_offline: bool) -> Account:
    standing, reason, kind = _standing(record, root, is_offline)
    image = record.image
    return Account(image.path, standing, reason, kind, root, image.state, record)


def _standing(record: Record, root: FilePath | None, is_offline: bool) -> tuple[Standing, str, str]:
    if root is None:
        reason = "Its folder isn't watched any more. `imgsimctl watch` with that folder shows it."
        return Standing.HIDDEN, reason, UNWATCHED
    if is_offline:
        return Standing.HIDDEN, _offline(root), OFFLINE
    if record.image.is_missing:
        kind, reason = _HIDDEN[Hidden(record.image.is_missing)]
        return Standing.HIDDEN, reason, kind
    if record.failure and record.failure.kind == FaultKind.NO_PHOTO:
        return Standing.SKIPPED, _SKIPPED[Reason.NO_PICTURE], Reason.NO_PICTURE
    if record.failure:
        return Standing.FAILED, record.failure.reason, record.failure.kind
    if record.waits or not record.is_searchable:
        earlier = " Until then, searches find it as it was before." * record.is_searchable
        return Standing.PENDING, f"It waits to be indexed.{earlier}", ""
    share = record.metadata.get("read")
    if isinstance(share, float) and share < 1:
        reason = f"It is damaged: only {percent(share)} of it could be read."
        return Standing.INDEXED, reason, FaultKind.DAMAGED
    return Standing.INDEXED, "", ""


def _offline(root: FilePath) -> str:
    return f"The watched folder {text(root)} is offline: see `imgsimctl roots`."


def _of_unknown(path: FilePath, root: FilePath, survey: Survey) -> Account:
    """Blocks as long as the disk does."""
    try:
        status = os.lstat(path)
    except OSError:
        return Account(path, Standing.MISSING, "There is no such file.", root=root)
    if stat.S_ISDIR(status.st_mode):
        return Account(path, Standing.FOLDER, "It is a folder.", root=root)
    state = scan.look(path, survey.links)
    why = _why_skipped(path, root, status, survey)
    if why is None:
        reason = "It was not looked at yet."
        return Account(path, Standing.PENDING, reason, root=root, state=state)
    return Account(path, Standing.SKIPPED, _SKIPPED[why], why, root, state)


def _why_skipped(
    path: FilePath, root: FilePath, status: os.stat_result, survey: Survey
) -> Reason | None:
    """None if it is a photo to index."""
    choice = PathSelection(root, survey.selection)
    if choice.is_beyond_link(path):
        return Reason.LINK
    rules = choice.rules(os.path.dirname(path))
    if rules is None:
        return Reason.FOLDER_LEFT_OUT
    if not survey.selection.takes(root, path, rules):
        return survey.selection.skipped(root, path, rules)[0]
    if stat.S_ISLNK(status.st_mode):
        return Reason.LINK if survey.links.state(path) is None else None
    return None if stat.S_ISREG(status.st_mode) else Reason.NO_FILE
