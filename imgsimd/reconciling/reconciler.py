"""Joins watching and gallery: makes the catalog say what the disk says.

    event -> hint -> settle -> look -> plan -> catalog and backlog

Start-up, a lost event, `rescan`, a returning disk and the slow timer are the same path with a wider
hint. One task does it all, one thing after another, so no two plans ever contradict each other.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

from imgsimd.backoff import Backoff
from imgsimd.config import Settings
from imgsimd.errors import CatalogError
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import covering, enclosing, is_below, is_within, slashed, text, unslashed
from imgsimd.reconciling import planning
from imgsimd.reconciling.deletions import Deletions
from imgsimd.reconciling.departures import Departures
from imgsimd.reconciling.moved_folders import MovedFolders
from imgsimd.reconciling.relocation import Move, Relocated, Relocator
from imgsimd.reconciling.schedule import Schedule, Sweep
from imgsimd.reconciling.unreadable import Unreadable
from imgsimd.types import Failure, FilePath, FileState, ImageId, Known, Plan, RootState
from imgsimd.watching import links, scan, scannable
from imgsimd.watching.folder_digests import FolderDigests
from imgsimd.watching.folder_rules import SPEAKING
from imgsimd.watching.links import Links
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.remarks import Remark, Remarks
from imgsimd.watching.root_paths import RootPaths
from imgsimd.watching.selection import Selection
from imgsimd.watching.settle import Hint, Settle, Sign
from imgsimd.watching.supervisor import Supervisor
from imgsimd.watching.watched_root import Identity, Root, probe

log = logging.getLogger(__name__)

BUNDLE = 0.05
"""Seconds in which hints that come together are counted as one: thousands may follow the first."""

LONGEST_PAUSE = 60.0
"""Seconds between two tries while the database does not work: each is a scan."""


class Accepted(NamedTuple):
    """What came of a user's wish to have a folder watched."""

    place: FilePath
    """Its real path."""
    part_of: FilePath | None
    """The root that it lies in."""
    is_left_out: bool
    """Whether that root leaves it out."""
    moves: list[Move]
    """Folders that were found to have moved, here or elsewhere."""


class Reconciler:
    """Follows the disk. Lives on the event loop; whatever touches the disk runs in threads."""

    def __init__(
        self,
        gallery: GalleryThread,
        settings: Settings,
        on_work: Callable[[], None],
        on_check: Callable[[float], None],
    ) -> None:
        """`on_work` is called when the backlog may have grown, or nothing is left to look at;
        `on_check` at each health check, with the seconds until the next."""
        self._gallery = gallery
        self._on_work = on_work
        self._on_check = on_check
        self._names = RootPaths()
        self._supervisor = Supervisor(_Memory(gallery), self.hint, self._check_now)
        self.carrier = Relocator(gallery)
        self._moved_folders = MovedFolders(gallery, self.carrier, self._supervisor.look_at)
        self._deletions = Deletions(gallery, self._is_itself)
        self._unreadable = Unreadable(gallery)
        self._remarks = Remarks()
        self._turn = asyncio.Lock()
        self._awake = asyncio.Event()
        self._busy = False
        self._renewals = gallery.renewals
        self._scans: dict[FilePath, None] = {}
        self._waiting: list[asyncio.Future[None]] = []
        """For the next check."""
        self.trouble = ""
        """Why the disk cannot be followed, in words for the user."""
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Takes new settings; everything is looked at anew."""
        watching = settings.watching
        self._names.configure(map(os.fsencode, settings.roots))
        self._paths = self._names.places
        self._selection = Selection(
            settings.ignore, settings.extensions, settings.follow_links, self._paths
        )
        self._surveyed = set[FilePath]()
        self._deletions.configure(
            self._selection, watching.may_vanish_share, watching.grace_seconds
        )
        self._digests = FolderDigests()
        self._spares = dict[FilePath, FilePath]()
        self._settle = Settle(
            watching.quiet_seconds, watching.still_seconds, watching.patience_seconds
        )
        self._schedule = Schedule(
            watching.health_seconds, watching.poll_seconds, watching.rescan_seconds
        )
        self._health = watching.health_seconds
        self._noticed_after = watching.quiet_seconds + watching.still_seconds
        self._supervisor.select(self._selection)
        self.rescan()

    @property
    def roots(self) -> list[Root]:
        """Every configured root as it was last found."""
        return [self._explained(root) for root in self._supervisor.roots]

    def names(self, root: FilePath) -> list[FilePath]:
        """What the configuration calls the root: links, say, that lead to it."""
        return self._names.of(root)

    @property
    def links(self) -> Links:
        """Which symbolic links are followed."""
        return self._selection.links

    @property
    def unreadable(self) -> list[Failure]:
        """What could not even be looked at below the roots that are there."""
        return self._unreadable.below(self._supervisor.online)

    @property
    def notes(self) -> list[str]:
        """Settings of the user that have no effect, or another one than before, each in a
        sentence."""
        notes = [*self._moved_folders.notes, *self._left_out_names()]
        online = self._supervisor.online
        if online and self._surveyed.issuperset(online):
            # Before that, what they mean may be where nobody has looked yet.
            notes += map(_idle, self._selection.idle_patterns)
        return notes

    @property
    def is_starting(self) -> bool:
        """Whether the roots have not even been looked at once."""
        return len(self._supervisor.roots) < len(self._paths)

    @property
    def unsettled(self) -> int:
        """How many paths wait for a look."""
        return len(self._settle)

    @property
    def is_scanning(self) -> bool:
        """Whether something is being looked at, or about to be."""
        return self._busy or bool(self._scans) or not self._schedule.next_check

    def hint(self, path: FilePath, sign: Sign) -> None:
        """Something happened to the path. What a folder says of itself concerns all of it."""
        if os.path.basename(path) in SPEAKING:
            path, sign = os.path.dirname(path), Sign.FOLDER
        self._settle.hint(path, sign, time.monotonic())
        self._awake.set()

    def rescan(self, folder: FilePath | None = None) -> None:
        """Looks at the folder as if nothing were known; without one, at all roots. What is not a
        folder of a root is left alone, whoever asks."""
        for path in self._paths if folder is None else [folder]:
            self._scans[path] = None
        self._check_now()

    async def rescan_on_demand(self, folder: FilePath | None) -> None:
        """As `rescan`, for a user. Raises ConfigError where that would have no effect."""
        roots = self.roots
        if self.is_starting:
            pass  # everything will be looked at
        elif folder is None:
            scannable.check_roots(roots)
        else:
            await asyncio.to_thread(scannable.check, folder, roots, self._selection)
        self.rescan(folder)

    def begin_anew(self) -> None:
        """Compares everything with the catalog, which is not the one that it was compared with."""
        self._digests = FolderDigests()
        self.rescan()

    async def differences(self) -> Plan:
        """What the catalog says otherwise than the disk. Changes nothing.

        All that differs is looked at again when it would have been noticed, were it a change that
        is under way.
        """
        paths: list[FilePath] = []
        for root in self._supervisor.online:
            async for piece in _pieces(root, root, self._selection, FolderDigests()):
                known = await self._gallery.do(Gallery.between, piece.after, piece.upto)
                paths += planning.concerned(self._compare(known, piece.seen, piece.unlisted))
        offline = self._offline()
        paths = [path for path in paths if not path.startswith(offline)]
        if paths:
            await asyncio.sleep(self._noticed_after)
        plans = [await self._without_spares(await self._seen(part)) for part in _parts(paths)]
        return planning.together(plans)

    async def accept(self, name: FilePath, is_meant: bool) -> Accepted:
        """A user wants this folder watched. Unless a folder is found to have moved here: who says
        that it `is_meant` takes whatever is there now, and disks mounted in it, for the root."""
        known = len(self.carrier.moves)
        await self._checked()
        place = await asyncio.to_thread(os.path.realpath, name)
        root = next((root for root in self._supervisor.found if root.path == place), None)
        if is_meant and root and root.identity and (root.is_gone or root.away):
            await self._disown(root)
            await self._checked()
        outer = enclosing(place, self._paths)
        is_left_out = outer is not None and not self._selection.looks_into(outer, place)
        return Accepted(place, outer, is_left_out, self.carrier.moves[known:])

    async def forget(self, folder: FilePath | None, is_confirmed: bool) -> dict[FilePath, int]:
        """See `Forgetter.forget`."""
        async with self.at_rest():
            return await self._deletions.forget(self._paths, folder, is_confirmed)

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """`async with reconciler.at_rest():` meanwhile it follows nothing, and then looks again."""
        async with self._turn:
            yield
            self._check_now()

    async def relocate(self, sources: Iterable[FilePath], new: FilePath) -> Relocated:
        """See `Carrier.relocate`; whatever folder is at `new` is the one that is meant. For the
        caller who has it `at_rest`."""
        found = await self.carrier.relocate(sources, new)
        await self._names.look()
        identity = (await asyncio.to_thread(probe, new)).identity
        if new in self._names.places and identity is not None:
            await self._gallery.of_folders(Folders.remember, new, identity)
        return found

    async def _disown(self, root: Root) -> None:
        await self._gallery.of_folders(Folders.disown, root.path)
        for folder in [root.path, *(mount.place for mount in root.inner_mounts)]:
            identity = (await asyncio.to_thread(probe, folder)).identity
            if identity is not None:
                await self._gallery.of_folders(Folders.remember, folder, identity)

    async def _checked(self) -> None:
        """Returns after a check that begins now, or as soon as it can."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._check_now()
        await done

    async def run(self) -> None:
        """Follows the disk until cancelled."""
        backoff = self._backoff()
        try:
            while True:
                await self._sleep()
                self._busy = not self._schedule.next_check  # a check in its time is no work yet
                try:
                    async with self._turn:
                        await self._step()
                    backoff = self._backoff()
                except CatalogError as error:
                    self.trouble = str(error)
                    log.error("%s Trying again in %g seconds.", error, backoff.seconds)
                    await backoff.wait()
                    self.rescan()
                self._busy = False
                self._on_work()
        finally:
            await self._supervisor.close()

    def _backoff(self) -> Backoff:
        return Backoff(self._health, LONGEST_PAUSE)

    async def _step(self) -> None:
        await self._check_roots()
        self._busy = True
        await self._scan_wanted()
        await self._follow(self._settle.due(time.monotonic()))
        self.trouble = self._supervisor.trouble

    async def _sleep(self) -> None:
        """Until a hint is due or it is time for a check."""
        while (delay := self._wake_at() - time.monotonic()) > 0 and not self._scans:
            try:
                async with asyncio.timeout(delay):  # before 3.12 wait_for can lose a cancellation
                    await self._awake.wait()
            except TimeoutError:
                return
            await asyncio.sleep(BUNDLE)
            self._awake.clear()

    def _wake_at(self) -> float:
        next_check = self._schedule.next_check
        return min(self._settle.next_due() or next_check, next_check)

    def _check_now(self) -> None:
        self._schedule.next_check = 0.0
        self._awake.set()

    async def _check_roots(self) -> None:
        now = time.monotonic()
        if now < self._schedule.next_check:
            return
        self._on_check(self._health)
        sweep = self._schedule.check(now, time.clock_gettime(time.CLOCK_BOOTTIME))
        waiting, self._waiting = self._waiting, []
        try:
            await self._check(sweep)
        finally:
            for each in waiting:
                if not each.cancelled():
                    each.set_result(None)

    async def _check(self, sweep: Sweep) -> None:
        await self._gallery.do(Gallery.keep)
        if self._renewals != self._gallery.renewals:
            self._renewals = self._gallery.renewals
            self.begin_anew()
        await self._look_at_roots()
        await self._gallery.do(Gallery.show, self._supervisor.online)  # watching takes a while
        await self._deletions.decide(self._paths)
        missed = await self._supervisor.mend()
        self.trouble = self._supervisor.trouble
        if sweep is Sweep.POLLED:
            missed += self._supervisor.polled
        elif sweep is Sweep.EVERYTHING:
            missed = self._supervisor.online
        self._scans |= dict.fromkeys(missed)
        for path in await self._unreadable.look_again(self._supervisor.online):
            self.hint(unslashed(path), Sign.FOLDER if path.endswith(b"/") else Sign.FINISHED)

    async def _look_at_roots(self) -> None:
        names = self._names
        await names.look()
        self._paths = self._selection.links.roots = names.places
        await self._supervisor.look(self._paths)
        if await self._moved_folders.follow(self._supervisor.found, names):
            await self._supervisor.look(self._paths)

    async def _scan_wanted(self) -> None:
        while self._scans:
            folder, _ = self._scans.popitem()  # first: it may be wanted again meanwhile
            root = self._root_of(folder)
            if root is not None and await asyncio.to_thread(self._is_within, root, folder):
                await self._scan(root, folder)

    async def _scan(self, root: FilePath, top: FilePath) -> None:
        """Compares the folder with the catalog, piece by piece; hints get in between."""
        missing: list[Known] = []
        departures = Departures(self._gallery, self._have_left)
        unchanged: Set[FilePath] = frozenset()
        unlisted: Mapping[FilePath, str] = {}
        remarks: Mapping[FilePath, Remark] = {}
        # New settings, which may come meanwhile, begin new ones.
        selection, digests, surveyed = self._selection, self._digests, self._surveyed
        async for piece in _pieces(root, top, selection, digests):
            unchanged, unlisted, remarks = piece.agreed, piece.unlisted, piece.remarks
            if piece.differs:
                known = await self._gallery.do(Gallery.between, piece.after, piece.upto)
                plan = self._compare(known, piece.seen, piece.unlisted, piece.agreed)
                missing += await self._carry_out(plan, {}, departures)
            if self._waiting:
                await self._check_roots()
            if top == root:
                await self._follow(self._settle.due(time.monotonic()))
        await self._forget(root, missing)
        digests.confirm(slashed(top), unchanged)
        self._unreadable.note(top, unlisted)
        self._remarks.note(top, remarks, unchanged)
        if top == root:
            surveyed.add(root)
            await self._deletions.review(root)
            await self._unreadable.retry(root)

    async def _follow(self, hints: Sequence[Hint]) -> None:
        for root in self._supervisor.online:
            below = [h for h in hints if is_within(h.path, root)]
            for hint in below:
                if hint.is_folder and await asyncio.to_thread(self._looks_into, root, hint.path):
                    await self._scan(root, hint.path)
            await self._look(root, {hint.path: hint for hint in below if hint.is_file})
        for hint in hints:
            for root in self._supervisor.online:
                if is_below(root, hint.path):  # many hints became one for all roots
                    self._scans[root] = None

    async def _look(self, root: FilePath, hints: Mapping[FilePath, Hint]) -> None:
        """Compares single files with the catalog, so many at once as a scan does."""
        missing: list[Known] = []
        departures = Departures(self._gallery, self._have_left)
        for part in _parts(list(hints)):
            paths = await asyncio.to_thread(_chosen, PathSelection(root, self._selection), part)
            for folder in await asyncio.to_thread(self._noteworthy, root, part):
                self.hint(folder, Sign.FOLDER)  # to count what is not indexed
            self._doubt(paths)
            written = {path for path in paths if hints[path].sign is Sign.FINISHED}
            seen = await self._seen(paths, written)
            missing += await self._carry_out(seen, hints, departures)
        await self._forget(root, missing)

    def _noteworthy(self, root: FilePath, paths: Sequence[FilePath]) -> set[FilePath]:
        """The folders in which these paths are, or may have been, links that are not followed, or
        photos that cannot be read."""
        unreadable = {p for p in paths if self._selection.unreadable_kind(root, p)}
        links = {p for p in paths if os.path.islink(p) and self.links.state(p) is None}
        gone = [path for path in paths if not os.path.lexists(path)]
        folders = {os.path.dirname(path) for path in unreadable | links}
        return folders | self._remarks.about_links(gone)

    async def _seen(self, paths: Sequence[FilePath], written: Collection[FilePath] = ()) -> Plan:
        """What a look at these files says that the catalog does not."""
        looks = await asyncio.to_thread(lambda: [(p, scan.look(p, self.links)) for p in paths])
        seen = {path: state for path, state in looks if state is not None}
        return self._compare(await self._gallery.do(Gallery.at, paths), seen, written=written)

    def _compare(
        self,
        known: Iterable[Known],
        seen: Mapping[FilePath, FileState],
        unlisted: Collection[FilePath] = (),
        agreed: Collection[FilePath] = (),
        written: Collection[FilePath] = (),
    ) -> Plan:
        keeps_inodes = self._supervisor.keeps_inodes
        return planning.compare(known, seen, unlisted, agreed, written, keeps_inodes)

    async def _carry_out(
        self, plan: Plan, hints: Mapping[FilePath, Hint], departures: Departures
    ) -> list[Known]:
        """Does what the plan says, as far as files have settled; returns what is missing."""
        plan = await self._without_spares(plan)
        if arrived := planning.candidates(plan):
            departed = await departures.of(arrived.values())
            self._doubt(image.path for image in departed)
            plan = await self.carrier.inherit(planning.with_renames(plan, departed))
            unsettled = self._unsettled(plan, hints)
            self._doubt(unsettled)
            plan = planning.without_unsettled(plan, unsettled)
        if plan.new or plan.changed or plan.returned or plan.renamed:
            await self._gallery.do(Gallery.apply, plan)
            self._on_work()
            if self._deletions.says_something and (plan.returned or plan.renamed):
                self._check_now()  # whether that is still true
        return plan.missing

    async def _without_spares(self, plan: Plan) -> Plan:
        """The plan without links to a file that has an image by another path: one is enough, and
        the others wait in case that it goes."""
        if not (self.links.are_followed and plan.new):
            return plan
        inodes = {state.inode: ImageId(0) for state in plan.new.values()}
        twins = await self._gallery.do(Gallery.by_inode, inodes, links.MOST_TWINS)
        left = {image.id for image in await asyncio.to_thread(self._have_left, twins)}
        offline = self._offline()
        owners = [i for i in twins if i.id not in left and not i.path.startswith(offline)]
        owners += [*plan.changed, *plan.returned]
        spares = await asyncio.to_thread(links.spares, plan.new, owners)
        self._doubt(spares)  # every rescan looks again
        self._spares |= spares
        new = {path: state for path, state in plan.new.items() if path not in spares}
        return replace(plan, new=new)

    def _unsettled(self, plan: Plan, hints: Mapping[FilePath, Hint]) -> set[FilePath]:
        now, wall = time.monotonic(), time.time()
        return {
            path
            for path, state in planning.candidates(plan).items()
            if not self._settle.is_settled(
                hints.get(path) or Hint(path, Sign.APPEARED, now, now), state, now, wall
            )
        }

    async def _forget(self, root: FilePath, missing: Sequence[Known]) -> None:
        """Lets images go whose files were not seen, below a root that is there."""
        if not missing:
            return
        self._doubt(image.path for image in missing)
        self._call_heirs(missing)
        offline = self._offline()
        missing = [image for image in missing if not image.path.startswith(offline)]
        if await self._deletions.let_go(root, missing):
            await self._deletions.decide([root])
        else:
            self._check_now()

    def _call_heirs(self, missing: Sequence[Known]) -> None:
        """Other links to the files of these images, of which one may take over."""
        gone = {image.path for image in missing}
        for heir in [spare for spare, owner in self._spares.items() if owner in gone]:
            del self._spares[heir]
            self.hint(heir, Sign.FINISHED)

    async def _is_itself(self, root: FilePath) -> bool:
        return root in self._supervisor.online and await self._supervisor.is_as_found(root)

    def _left_out_names(self) -> Iterator[str]:
        for name, place in self._names.items():
            outer = enclosing(place, self._paths)
            if outer is not None and not self._selection.looks_into(outer, place):
                yield _left_out(name, outer)

    def _doubt(self, paths: Iterable[FilePath]) -> None:
        for path in paths:
            self._digests.doubt(path)

    def _have_left(self, images: Iterable[Known]) -> list[Known]:
        """Those whose files are certainly no longer at their places."""
        keeps_inodes, offline = self._supervisor.keeps_inodes, self._offline()
        present = (image for image in images if not image.path.startswith(offline))
        return [i for i in present if scan.has_left(i, keeps_inodes(i.path), self.links)]

    def _root_of(self, path: FilePath) -> FilePath | None:
        return covering(path, self._supervisor.online)

    def _offline(self) -> tuple[FilePath, ...]:
        """What begins so lies on a disk that is not there: it seems gone, and is not."""
        offline = set(self._paths) - set(self._supervisor.online)
        return tuple(map(slashed, offline.union(self._supervisor.away)))

    def _is_within(self, root: FilePath, folder: FilePath) -> bool:
        """Whether a scan of the root comes to the folder, too: not through a link, say."""
        real = folder == root or os.path.realpath(folder) == folder
        return real and self._looks_into(root, folder)

    def _looks_into(self, root: FilePath, folder: FilePath) -> bool:
        return PathSelection(root, self._selection).looks_into(folder)

    def _explained(self, root: Root) -> Root:
        reasons = self._deletions.reasons(root.path)
        if root.state is not RootState.OFFLINE:
            reasons += self._remarks.reasons(root.path)
        reason = self._moved_folders.reason(root)
        return replace(root, reason="; ".join(filter(None, [reason, *reasons])))


def _left_out(name: FilePath, root: FilePath) -> str:
    return (
        f"{text(name)} in `roots` has no effect: it lies in {text(root)}, which is "
        "watched, and is left out there, by its name or by `ignore`."
    )


def _idle(pattern: str) -> str:
    if pattern.startswith("!"):
        return (
            f"The pattern `{pattern}` in `ignore` lets nothing in: it matches nothing outside of "
            "folders that are left out as a whole."
        )
    what = "path" if "/" in pattern.rstrip("/") else "name"
    return (
        f"The pattern `{pattern}` in `ignore` leaves nothing out: nothing in the watched folders "
        f"that are online has such a {what} (upper and lower case count)."
    )


class _Memory:
    """The gallery, as the supervisor needs it."""

    def __init__(self, gallery: GalleryThread) -> None:
        self._gallery = gallery

    async def remembered(self, root: FilePath) -> Identity | None:
        identity = await self._gallery.of_folders(Folders.remembered, root)
        return Identity(*identity) if identity else None

    async def remember(self, root: FilePath, identity: Identity) -> None:
        await self._gallery.of_folders(Folders.remember, root, identity)

    async def known_as(self, identity: Identity) -> list[FilePath]:
        return await self._gallery.of_folders(Folders.known_as, identity)

    async def places(self, root: FilePath) -> list[FilePath]:
        return await self._gallery.of_folders(Folders.places, root)

    async def sample(self, root: FilePath) -> list[Known]:
        return await self._gallery.do(Gallery.sample, root)


def _chosen(choice: PathSelection, paths: Sequence[FilePath]) -> list[FilePath]:
    return list(filter(choice.takes, paths))


def _parts(paths: Sequence[FilePath]) -> Iterator[Sequence[FilePath]]:
    """As many at once as a scan looks at."""
    return (paths[start : start + scan.PIECE] for start in range(0, len(paths), scan.PIECE))


async def _pieces(
    root: FilePath, top: FilePath, selection: Selection, digests: FolderDigests
) -> AsyncIterator[scan.Piece]:
    """`scan.walk`, each step of it in a thread."""
    walk = scan.walk(root, top, selection, digests)
    while piece := await asyncio.to_thread(next, walk, None):
        yield piece
