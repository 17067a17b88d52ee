"""The inotify watches of one root: every folder that is looked into has one, and no other folder
has.

Upstream also watches folders that are left out, does not report folders that it could not watch,
and keeps the watches of a folder that was moved away.
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from watchdog.observers.inotify import InotifyWatchGroup
from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor
from watchdog.observers.inotify_move_event_grouper import (
    GroupedInotifyEvent,
    InotifyMoveEventGrouper,
    PathedInotifyEvent,
)

from imgsimd.types import FilePath
from imgsimd.watching import folder_rules
from imgsimd.watching.folder_rules import RULE_FILES, Rules
from imgsimd.watching.move_pairing import MovePairer
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.selection import Selection
from imgsimd.watching.sorted_paths import SortedPaths
from imgsimd.watching.watch_coverage import Coverage


@dataclass
class RootWatches(InotifyWatchGroup):
    """Upstream's watches of one root, which also remembers what was refused."""

    selection: Selection = field(kw_only=True)
    _move_event_grouper: InotifyMoveEventGrouper = field(default_factory=MovePairer, init=False)
    _refused: dict[FilePath, int] = field(default_factory=dict, init=False)
    """Folders that the kernel refused to watch, with the errno."""
    _aliases: dict[WatchDescriptor, set[FilePath]] = field(default_factory=dict, init=False)
    """Other paths of a folder that is bind-mounted within the root: the kernel has one watch."""
    _folders: SortedPaths = field(default_factory=SortedPaths, init=False)
    """All folders that are watched or refused."""

    def coverage(self) -> Coverage:
        """How much is watched. Takes no lock, since that may be held during a long walk."""
        return Coverage(len(self._active_callbacks_by_path), Counter(list(self._refused.values())))

    def retry(self) -> list[FilePath]:
        """Tries again to watch what was refused; returns the folders that are watched only now.

        Stops at the first refusal because of the limit, so that it costs little.
        """
        gained: list[FilePath] = []
        with self._lock:
            for path in list(self._refused):
                if path not in self._refused:  # it came with the folder above
                    continue
                self._add_callback(path)
                if path in self._active_callbacks_by_path:
                    self._add_all_callbacks(path)
                    gained.append(path)
                elif self._refused.get(path) == errno.ENOSPC:
                    break
        return gained

    def on_event(self, event: InotifyEvent) -> None:
        """As upstream, and the same for each other path of the folder. When a rule file changes,
        the folders below are watched anew."""
        if event.name in RULE_FILES:
            with self._lock:
                if self.is_active and (folder := self._active_callbacks_by_watch.get(event.wd)):
                    self._drop_below(folder)
                    self._add_all_callbacks(folder)
        super().on_event(event)
        if event.wd not in self._aliases:
            return
        with self._lock:
            for folder in self._aliases.get(event.wd, set()).copy():
                path = os.path.join(folder, event.name)
                if event.is_directory and (event.is_create or event.is_moved_to):
                    self._add_all_callbacks(path)
                self._move_event_grouper.put_event(PathedInotifyEvent(event, path))

    def read_event(self) -> GroupedInotifyEvent | None:
        """As upstream, and a folder that was moved away is no longer watched."""
        event = super().read_event()
        if isinstance(event, PathedInotifyEvent) and event.ev.is_moved_from:
            with self._lock:
                if self.is_active and event.ev.is_directory:
                    self._drop(event.path)
                    self._watch_successor(event.path)
        return event

    def _add_all_callbacks(self, path: FilePath) -> None:
        """Watches a folder and those below. Each is watched before it is listed, so that nothing
        that appears in between is missed."""
        choice = PathSelection(self.path, self.selection)
        if not choice.looks_into(path):
            return
        above = () if path == self.path else choice.rules(os.path.dirname(path))
        ahead = [(path, above or ())]
        while ahead:
            folder, rules = ahead.pop()
            self._add_callback(folder)
            ahead += self._folders_in(folder, rules)

    def _add_callback(self, path: FilePath) -> None:
        """Watches one folder. Remembers a refusal; raises OSError if the root itself is refused."""
        try:
            watch = self._inotify_fd.add_callback(path, self.event_mask, self._callback, self._id)
        except OSError as error:
            if path == self.path:
                raise
            self._refused.pop(path, None)
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                self._refused[path] = error.errno or 0
                self._folders.add(path)
            return
        self._refused.pop(path, None)
        before = self._active_callbacks_by_watch.get(watch, path)
        if before != path and _is_same(before, path):
            self._aliases.setdefault(watch, set()).add(before)
        self._replace(path, watch)
        self._active_callbacks_by_path[path] = watch
        self._folders.add(path)
        self._active_callbacks_by_watch[watch] = path

    def _replace(self, path: FilePath, watch: WatchDescriptor) -> None:
        """Ends the watch of another folder that was at the path before."""
        before = self._watch_of(path)
        if before is not None and before != watch and before not in self._aliases:
            self._remove_callbacks([before])

    def _folders_in(self, folder: FilePath, rules: Rules) -> list[tuple[FilePath, Rules]]:
        """The folders in this one that are looked into, with their rules."""
        rule_files, folders = list[bytes](), list[FilePath]()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name in RULE_FILES:
                        rule_files.append(entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except OSError:  # it is gone, or its watch was refused for the same reason
            return []
        inner = folder_rules.inside(folder, rule_files, rules)
        if inner is None:
            return []
        return [(each, inner) for each in folders if self.selection.enters(self.path, each, inner)]

    def _recursive_simulate(self, src_path: FilePath) -> list[InotifyEvent]:
        """Nothing: a new folder is scanned as a whole."""
        return []

    def _move_watches(self, move_src_path: FilePath, move_dst_path: FilePath) -> bool:
        """A renamed folder counts as new, since other folders in it may be left out now."""
        if move_src_path in self._active_callbacks_by_path:
            self._drop(move_src_path)
            self._watch_successor(move_src_path)
        return False

    def _watch_successor(self, path: FilePath) -> None:
        """Watches the folder that may have taken the place of one that was moved away. A file or
        link, which inotify would also accept, is not watched."""
        if os.path.isdir(path) and not os.path.islink(path):
            self._add_all_callbacks(path)

    def _drop(self, path: FilePath) -> None:
        """Ends the watches of the folder and of all below."""
        self._drop_all([*self._folders.below(path), path])

    def _drop_below(self, path: FilePath) -> None:
        """Ends the watches of all below the folder."""
        self._drop_all(self._folders.below(path))

    def _drop_all(self, folders: Sequence[FilePath]) -> None:
        for folder in folders:
            self._refused.pop(folder, None)
            self._folders.discard(folder)
        watches = map(self._watch_of, folders)
        self._remove_callbacks([watch for watch in watches if watch is not None])

    def _watch_of(self, folder: FilePath) -> WatchDescriptor | None:
        """The watch of this folder; None if there is none, or it belongs to a later path of it."""
        watch = self._active_callbacks_by_path.get(folder)
        if watch is None or self._active_callbacks_by_watch.get(watch) != folder:
            return None
        return watch

    def _remove_watch_internally(self, wd: WatchDescriptor) -> None:
        """As upstream, but does nothing if it was removed, or another folder has its path."""
        path = self._active_callbacks_by_watch.pop(wd, None)
        paths = self._aliases.pop(wd, set()) | ({path} if path is not None else set())
        for path in paths:
            if self._active_callbacks_by_path.get(path) == wd:
                del self._active_callbacks_by_path[path]
                self._folders.discard(path)


def _is_same(one: FilePath, other: FilePath) -> bool:
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except OSError:
        return False
