"""The pages about duplicates: what to look for, the groups one after another, and what can go. No
file is touched: the end is a list, or a script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from imgsimd.client import duplicate_words
from imgsimd.client.duplicates import SIMILAR
from imgsimd.client.limits import MOST_APART
from imgsimd.errors import ConfigError, RequestError
from imgsimd.web import (
    address_number,
    duplicate_cards,
    duplicate_downloads,
    duplicate_wish,
    forms,
    thumbnails,
)
from imgsimd.web.browsing import Browsing
from imgsimd.web.duplicate_choice import Fate
from imgsimd.web.duplicate_comparisons import DuplicateComparisons
from imgsimd.web.duplicate_decisions import Decisions
from imgsimd.web.duplicate_plan import Plan
from imgsimd.web.duplicate_search import DuplicateSearch, Searches, State
from imgsimd.web.duplicate_wish import WishForm
from imgsimd.words import counted, of_bytes

GROUPS = 50
"""On one page of the list of groups."""
FILES = 200
"""On one page of the list of what can go."""
_MOST = 10**17 - 1
"""No photo or group has a larger number."""


def routes(browsing: Browsing) -> list[Route]:
    """All of them."""
    pages = DuplicatePages(browsing)
    return [
        Route("/duplicates", pages.form),
        Route("/duplicate-find", pages.find),
        Route("/duplicate-search", pages.search),
        Route("/duplicate-search", pages.steer, methods=["POST"]),
        Route("/duplicate-group", pages.group),
        Route("/duplicate-groups", pages.groups),
        Route("/duplicate-decision", pages.decide, methods=["POST"]),
        Route("/duplicate-plan", pages.plan),
        Route("/duplicate-copies", pages.download),
    ]


class DuplicatePages:
    """The searches of this `browse`, and the pages about them."""

    def __init__(self, browsing: Browsing) -> None:
        self._browsing = browsing
        self._client = browsing.client
        self.searches = Searches(browsing.client)
        """All since the pages are served."""
        self._comparisons = DuplicateComparisons(browsing.client)

    # What to look for

    def form(self, request: Request) -> Response:
        """What to look for, and what was looked for."""
        return self._form(request, WishForm.read(request.url.query.encode()))

    def find(self, request: Request) -> Response:
        """Leads to the search for what the form asks for, which begins if there is none yet."""
        form = WishForm.read(request.url.query.encode())
        try:
            wish = form.wish(self._client.status().roots)
        except (ConfigError, RequestError) as error:
            return self._form(request, form, str(error))
        return _to_search(self.searches.find_or_start(wish))

    def _form(self, request: Request, form: WishForm, error: str = "") -> Response:
        searches = [
            (each, duplicate_wish.in_words(each.wish), line(each.decisions))
            for each in self.searches.latest()
        ]
        return self._browsing.render(
            request,
            "duplicates.html",
            422 if error else 200,
            form=form,
            error=error,
            searches=searches,
            roots=self._client.status().roots,
            tiers=duplicate_wish.TIERS,
            places=duplicate_wish.PLACES,
            keeps=duplicate_wish.KEEPS,
        )

    # A search

    def search(self, request: Request) -> Response:
        """How far a search is; once it is done, its groups."""
        search = self._search(request.query_params)
        state = search.state  # which may change meanwhile, and the page must not be of two
        if "application/json" in request.headers.get("accept", ""):
            now = search.progress
            numbers = {"done": now.done, "total": now.total}
            return JSONResponse({"state": state, "text": _progress(search, state), **numbers})
        if state is State.DONE and len(search.decisions):
            number = search.decisions.undecided_after(-1)
            return (
                _to_group(search, number) if number is not None else _to("duplicate-plan", search)
            )
        return self._browsing.render(
            request,
            "duplicate_search.html",
            part_of="duplicates",
            search=search,
            is_running=state is State.RUNNING,
            text=_progress(search, state),
            about=duplicate_wish.in_words(search.wish),
        )

    async def steer(self, request: Request) -> Response:
        """Cancels a search, or begins it again."""
        fields = await forms.fields(request)
        search = self._search(fields)
        if "cancel" in fields:
            search.cancel()
            return _to("duplicate-search", search)
        return _to_search(self.searches.again(search.number))

    # Groups

    def group(self, request: Request) -> Response:
        """One group."""
        search, decisions = self._done(request.query_params)
        number = _number(request.query_params, "group") - 1
        case = decisions.case(number)
        last = max(1, math.ceil((len(case.group.members) - 1) / duplicate_cards.MEMBERS))
        page = min(last, _number(request.query_params, "members"))
        self._comparisons.compare(decisions, number)
        decisions.look(number, duplicate_cards.shown(case, page))
        case = decisions.case(number)
        fates = case.fates().values()
        return self._browsing.render(
            request,
            "duplicate_group.html",
            part_of="duplicates",
            search=search,
            number=number,
            count=len(decisions),
            case=case,
            cards=duplicate_cards.cards(case, page),
            page=page,
            last=last,
            line=line(decisions),
            title=duplicate_words.TITLES.get(case.group.tier, case.group.tier),
            going=sum(fate is Fate.GOES for fate in fates),
            is_comparing=Fate.COMPARING in fates,
            is_similar=case.group.tier == SIMILAR,
            is_too_large=len(case.group.members) > MOST_APART,
            reason=duplicate_downloads.BY_HAND if case.is_by_hand else case.group.reason,
            can_undo=decisions.is_begun,
            said=_SAID.get(request.query_params.get("did", ""), ""),
            ahead=_ahead(decisions, number + 1),
        )

    def groups(self, request: Request) -> Response:
        """A page of the list of groups."""
        search, decisions = self._done(request.query_params)
        last = max(1, math.ceil(len(decisions) / GROUPS))
        page = min(last, _number(request.query_params, "page"))
        numbers = range((page - 1) * GROUPS, page * GROUPS)
        cases = decisions.cases(numbers)
        return self._browsing.render(
            request,
            "duplicate_groups.html",
            part_of="duplicates",
            search=search,
            listed=list(zip(numbers, cases, strict=False)),
            page=page,
            last=last,
            line=line(decisions),
            about=duplicate_wish.in_words(search.wish),
            titles=duplicate_words.TITLES,
            thumbnail=lambda member: thumbnails.of_photo(member, 128),
        )

    # Decisions

    async def decide(self, request: Request) -> Response:
        """Carries out a button of a page, and leads to the next one."""
        fields = await forms.fields(request)
        return await run_in_threadpool(self._decide, fields)

    def _decide(self, fields: Mapping[str, str]) -> Response:
        search, decisions = self._done(fields)
        if "undo" in fields:
            number = decisions.undo(self._client.forget_not_duplicates)
            return _to_group(search, number, did="undo") if number is not None else _back(fields)
        if "rest" in fields:
            decisions.accept_rest()
            return _to("duplicate-plan", search)
        number = _number(fields, "group") - 1
        decisions.case(number)
        return self._decided(search, number, fields)

    def _decided(self, search: DuplicateSearch, number: int, fields: Mapping[str, str]) -> Response:
        """About one group. One that is decided now leads to the next that is not."""
        decisions = search.decisions
        was_decided = decisions.case(number).choice.is_decided
        if "accept" in fields:
            decisions.accept(number)
        elif "all" in fields:
            decisions.keep_all(number)
        elif "keep" in fields:
            decisions.keep(number, _number(fields, "keep"))
            self._comparisons.compare(decisions, number)
        elif "too" in fields:
            decisions.toggle(number, _number(fields, "too"))
        elif "apart" in fields:
            member = _number(fields, "apart") if fields["apart"] else None
            decisions.apart(number, member, self._client.not_duplicates)
        else:
            raise RequestError("bad_request", 400, "This form says nothing to decide.")
        is_at_end = "accept" in fields or "all" in fields or not was_decided
        if not (is_at_end and decisions.case(number).choice.is_decided):
            return _back(fields)
        following = decisions.undecided_after(number)
        if following is None:
            return _to("duplicate-plan", search)
        return _to_group(search, following, did=_done_by(fields))

    # What can go

    def plan(self, request: Request) -> Response:
        """What can go, as the files are now."""
        search, decisions = self._done(request.query_params)
        decisions.look_at_decided()
        plan = decisions.plan()
        last = max(1, math.ceil(max(len(plan.going), len(plan.staying)) / FILES))
        page = min(last, _number(request.query_params, "page"))
        part = slice((page - 1) * FILES, page * FILES)
        return self._browsing.render(
            request,
            "duplicate_plan.html",
            part_of="duplicates",
            search=search,
            plan=plan,
            count=len(decisions),
            going=plan.going[part],
            staying=plan.staying[part],
            fates=duplicate_cards.FATES,
            page=page,
            last=last,
            line=line(decisions),
            can_undo=decisions.is_begun,
        )

    def download(self, request: Request) -> Response:
        """What can go, as a file."""
        _, decisions = self._done(request.query_params)
        form = request.query_params.get("form", "")
        if form not in duplicate_downloads.FORMS:
            raise RequestError("not_found", 404, "There is no such file.")
        decisions.look_at_decided()
        name, kind = duplicate_downloads.FORMS[form]
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        content = duplicate_downloads.content(form, decisions.plan())
        return StreamingResponse(content, media_type=kind, headers=headers)

    def _search(self, query: Mapping[str, str]) -> DuplicateSearch:
        """The search that is meant. Raises RequestError."""
        return self.searches.get(_number(query, "search"))

    def _done(self, query: Mapping[str, str]) -> tuple[DuplicateSearch, Decisions]:
        """The search that is meant, and what is decided about it. Raises RequestError."""
        search = self._search(query)
        if search.state is not State.DONE:
            raise RequestError("not_found", 404, "This search has found nothing yet.")
        return search, search.decisions


def line(decisions: Decisions) -> str:
    """How much is decided, and what can go."""
    plan: Plan = decisions.plan()
    files = counted(len(plan.going), "file")
    return (
        f"{plan.decided:,} of {counted(len(decisions), 'group')} decided; "
        f"{files} can go, {of_bytes(plan.freed)} to gain"
    )


_SAID = {
    "accept": "What was marked in the group before can go.",
    "all": "All photos of the group before stay.",
    "apart": "Remembered: the photos of the group before are no duplicates.",
    "undo": "Undone.",
}
"""What a page says about the decision that led to it."""


def _done_by(fields: Mapping[str, str]) -> str:
    return next((name for name in _SAID if name in fields), "")


def _progress(search: DuplicateSearch, state: State) -> str:
    if state is State.RUNNING:
        now = search.progress
        return duplicate_words.stage(now.stage, now.done, now.total)
    if state is State.CANCELLED:
        return "This search was cancelled."
    if search.error is not None:
        return str(search.error)
    nothing = "No new duplicates found." if search.wish["new"] else "No duplicates found."
    return "Done." if len(search.decisions) else nothing


def _ahead(decisions: Decisions, number: int) -> list[str]:
    """The pictures of a group that may be looked at next: the browser fetches them now."""
    if number >= len(decisions):
        return []
    return [card.thumbnail for card in duplicate_cards.cards(decisions.case(number), 1)]


def _number(query: Mapping[str, str], name: str) -> int:
    """A number from 1; 1 if there is none. Raises RequestError."""
    number = address_number.read(query.get(name, "1"))
    if number is None or not 1 <= number <= _MOST:
        raise RequestError("bad_request", 400, "A number in this address makes no sense.")
    return number


def _back(fields: Mapping[str, str]) -> Response:
    """To the page that the form was on."""
    if "group" not in fields:
        return _redirect("duplicate-plan", {"search": fields.get("search", "1")})
    names = ("search", "group", "members", "at")
    return _redirect("duplicate-group", {name: fields[name] for name in names if fields.get(name)})


def _to(page: str, search: DuplicateSearch) -> Response:
    return _redirect(page, {"search": search.number})


def _to_search(search: DuplicateSearch) -> Response:
    return _to("duplicate-search", search)


def _to_group(search: DuplicateSearch, number: int, did: str = "") -> Response:
    query = {"search": search.number, "group": number + 1}
    return _redirect("duplicate-group", {**query, "did": did} if did else query)


def _redirect(page: str, query: Mapping[str, object]) -> Response:
    return RedirectResponse(f"{page}?{urlencode(query)}", 303)
