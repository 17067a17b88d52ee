"""The buttons of the pages about duplicates: each is a decision, and leads to a page."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from imgsimd.client import Client
from imgsimd.errors import RequestError
from imgsimd.web import forms
from imgsimd.web.duplicate_addresses import back, number, to, to_group
from imgsimd.web.duplicate_comparisons import DuplicateComparisons
from imgsimd.web.duplicate_search import DuplicateSearch, Searches

SAID = {
    "accept": "What was marked in the group before can go.",
    "all": "All photos of the group before stay.",
    "apart": "Remembered: the photos of the group before are no duplicates.",
    "undo": "Undone.",
}
"""What a page says about the decision that led to it."""


class DuplicateButtons:
    """What they do. Any thread may use it."""

    def __init__(
        self, client: Client, searches: Searches, comparisons: DuplicateComparisons
    ) -> None:
        self._client = client
        self._searches = searches
        self._comparisons = comparisons

    async def decide(self, request: Request) -> Response:
        """Carries out a button of a page, and leads to the next one."""
        fields = await forms.fields(request)
        return await run_in_threadpool(self._decide, fields)

    def _decide(self, fields: Mapping[str, str]) -> Response:
        search = self._searches.done(number(fields, "search"))
        decisions = search.decisions
        if "undo" in fields:
            undone = decisions.undo(self._client.forget_not_duplicates)
            return to_group(search, undone, did="undo") if undone is not None else back(fields)
        if "rest" in fields:
            decisions.accept_rest()
            return to("duplicate-plan", search)
        group = number(fields, "group") - 1
        decisions.case(group)
        return self._decided(search, group, fields)

    def _decided(self, search: DuplicateSearch, group: int, fields: Mapping[str, str]) -> Response:
        """About one group. One that is decided now leads to the next that is not."""
        decisions = search.decisions
        was_decided = decisions.case(group).choice.is_decided
        if "accept" in fields:
            decisions.accept(group)
        elif "all" in fields:
            decisions.keep_all(group)
        elif "keep" in fields:
            decisions.keep(group, number(fields, "keep"))
            self._comparisons.compare(decisions, group)
        elif "too" in fields:
            decisions.toggle(group, number(fields, "too"))
        elif "apart" in fields:
            member = number(fields, "apart") if fields["apart"] else None
            decisions.apart(group, member, self._client.not_duplicates)
        else:
            raise RequestError("bad_request", 400, "This form says nothing to decide.")
        is_at_end = "accept" in fields or "all" in fields or not was_decided
        if not (is_at_end and decisions.case(group).choice.is_decided):
            return back(fields)
        following = decisions.undecided_after(group)
        if following is None:
            return to("duplicate-plan", search)
        return to_group(search, following, did=_done_by(fields))


def _done_by(fields: Mapping[str, str]) -> str:
    return next((name for name in SAID if name in fields), "")
