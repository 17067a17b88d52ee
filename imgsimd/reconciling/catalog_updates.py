"""Carries plans out in the catalog, for files that have settled. Missing images are let go last,
when all renames are known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.paths import covering
from imgsimd.reconciling import planning
from imgsimd.reconciling.agenda import Agenda
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.deletions import Deletions
from imgsimd.reconciling.departures import Departures
from imgsimd.reconciling.pattern_evidence import PatternEvidence
from imgsimd.reconciling.spare_links import SpareLinks
from imgsimd.reconciling.survey import Survey
from imgsimd.types import FilePath, Known, Plan
from imgsimd.watching.path_selection import PathSelection
from imgsimd.watching.settle import Hint, Sign


class CatalogUpdates:
    """Runs on the event loop."""

    def __init__(
        self,
        gallery: GalleryThread,
        agenda: Agenda,
        roots: ConfiguredRoots,
        survey: Survey,
        spares: SpareLinks,
        deletions: Deletions,
        on_work: Callable[[], None],
        begin_anew: Callable[[], None],
    ) -> None:
        """`on_work` is called when the backlog may have grown; `begin_anew` has everything compared
        again."""
        self._gallery = gallery
        self._agenda = agenda
        self._roots = roots
        self._survey = survey
        self._spares = spares
        self._deletions = deletions
        self._on_work = on_work
        self._begin_anew = begin_anew
        self._patterns = PatternEvidence(gallery, roots)

    async def carry_out(
        self, plan: Plan, hints: Mapping[FilePath, Hint], departures: Departures
    ) -> list[Known]:
        """Carries the plan out, except for files that have not settled; returns the missing images,
        for `let_go`. `hints` are those of single files, by path."""
        plan = await self._spares.without_spares(plan)
        if planning.arrivals(plan):
            plan = await self._with_renames(plan, departures)
            unsettled = self._agenda.unsettled_of(planning.arrivals(plan), hints)
            self._survey.doubt(unsettled)
            plan = planning.without_unsettled(plan, unsettled)
        if plan.new or plan.changed or plan.returned or plan.renamed:
            await self._apply(plan)
        return plan.missing

    async def _with_renames(self, plan: Plan, departures: Departures) -> Plan:
        """The plan, with renamed and moved files as renames instead of new files."""
        departed = await departures.of(planning.arrivals(plan).values())
        self._survey.doubt(image.path for image in departed)
        plan = planning.with_renames(plan, departed)
        if await self._patterns.follow(plan, departed):
            self._begin_anew()
            plan = await asyncio.to_thread(self._without_left_out, plan)
        return await self._roots.relocator.inherit(plan)

    def _without_left_out(self, plan: Plan) -> Plan:
        """The plan without new files that are left out now. Blocks as long as the disk does."""
        selection, online = self._survey.selection, self._roots.online
        choices = {root: PathSelection(root, selection) for root in online}
        roots = ((path, covering(path, online)) for path in plan.new)
        taken = {path for path, root in roots if root is None or choices[root].takes(path)}
        return replace(plan, new={path: plan.new[path] for path in taken})

    async def _apply(self, plan: Plan) -> None:
        displaced = await self._gallery.do(Gallery.apply, plan)
        for root in {self._roots.containing(image.path) for image in displaced}:
            if root is not None:
                self._deletions.begin_grace(root)
        self._on_work()
        if self._deletions.has_messages and (plan.returned or plan.renamed):
            self._agenda.check_now()  # messages to the user may no longer apply

    async def let_go(self, root: FilePath, missing: Sequence[Known]) -> None:
        """Lets go of images below a root that is there, whose files were not seen."""
        if not missing:
            return
        self._survey.doubt(image.path for image in missing)
        for heir in self._spares.take_heirs(missing):
            self._agenda.hint(heir, Sign.FINISHED)
        offline = self._roots.offline()
        missing = [image for image in missing if not image.path.startswith(offline)]
        if await self._deletions.let_go(root, missing):
            await self._deletions.decide([root])
        else:
            self._agenda.check_now()
