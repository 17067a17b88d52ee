"""Where disk and catalog differ for longer than a change takes to be noticed: for `check`."""

from __future__ import annotations

import asyncio

from imgsimd.reconciling import planning
from imgsimd.reconciling.comparison import Comparison, parts, pieces
from imgsimd.reconciling.configured_roots import ConfiguredRoots
from imgsimd.reconciling.spare_links import SpareLinks
from imgsimd.reconciling.survey import Survey
from imgsimd.types import FilePath, Plan
from imgsimd.watching.folder_digests import FolderDigests


class Differences:
    """Runs on the event loop. Changes nothing in the catalog."""

    def __init__(
        self, roots: ConfiguredRoots, survey: Survey, comparison: Comparison, spares: SpareLinks
    ) -> None:
        self._roots = roots
        self._survey = survey
        self._comparison = comparison
        self._spares = spares

    async def find(self, noticed_after: float) -> Plan:
        """What differs, and still does after `noticed_after` seconds: by then, a change that is
        under way has been noticed."""
        paths = await self._at_first_look()
        if paths:
            await asyncio.sleep(noticed_after)
        plans = [await self._comparison.of_files(part) for part in parts(paths)]
        return planning.merged([await self._spares.without_spares(plan) for plan in plans])

    async def _at_first_look(self) -> list[FilePath]:
        paths: list[FilePath] = []
        for root in self._roots.online:
            async for piece in pieces(root, root, self._survey.selection, FolderDigests()):
                paths += planning.differing_paths(await self._comparison.of_piece(piece))
        offline = self._roots.offline()
        return [path for path in paths if not path.startswith(offline)]
