"""The pages about duplicates: what to look for, the groups one after another, and what can go. No
file is touched: the end is a list, or a script."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from imgsimd.client import duplicate_words
from imgsimd.client.duplicates import SIMILAR
from imgsimd.client.limits import MOST_APART
from imgsimd.errors import ConfigError, RequestError
from imgsimd.web import (
    duplicate_cards,
    duplicate_downloads,
    duplicate_wish,
    forms,
    thumbnails,
)
from imgsimd.web.browsing import Browsing
from imgsimd.web.duplicate_addresses import number, to, to_group, to_search
from imgsimd.web.duplicate_buttons import SAID, DuplicateButtons
from imgsimd.web.duplicate_choice import Fate
from imgsimd.web.duplicate_comparisons import DuplicateComparisons
from imgsimd.web.duplicate_decisions import Decisions
from imgsimd.web.duplicate_plan import Plan
from imgsimd.web.duplicate_search import DuplicateSearch, Searches, State
from imgsimd.web.duplicate_wish import WishForm
from imgsimd.web.turning import Turning
from imgsimd.words import counted, of_bytes

GROUPS = 50
"""On one page of the list of groups."""
FILES = 200
"""On one page of the list of what can go."""


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
        Route("/duplicate-decision", pages.buttons.decide, methods=["POST"]),
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
        self.buttons = DuplicateButtons(browsing.client, self.searches, self._comparisons)

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
        return to_search(self.searches.find_or_start(wish))

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
            group = search.decisions.undecided_after(-1)
            return to_group(search, group) if group is not None else to("duplicate-plan", search)
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
            return to("duplicate-search", search)
        return to_search(self.searches.again(search.number))

    # Groups

    def group(self, request: Request) -> Response:
        """One group."""
        search, group = self._done(request), number(request.query_params, "group") - 1
        decisions = search.decisions
        case = decisions.case(group)
        others = _turning(request, len(case.group.members) - 1, duplicate_cards.MEMBERS, "members")
        self._comparisons.compare(decisions, group)
        decisions.look(group, duplicate_cards.shown(case, others.page))
        case = decisions.case(group)
        fates = case.fates().values()
        return self._browsing.render(
            request,
            "duplicate_group.html",
            part_of="duplicates",
            search=search,
            number=group,
            count=len(decisions),
            case=case,
            cards=duplicate_cards.cards(case, others.page),
            page=others.page,
            last=others.pages,
            line=line(decisions),
            title=duplicate_words.TITLES.get(case.group.tier, case.group.tier),
            going=sum(fate is Fate.GOES for fate in fates),
            is_comparing=Fate.COMPARING in fates,
            is_similar=case.group.tier == SIMILAR,
            is_too_large=len(case.group.members) > MOST_APART,
            reason=duplicate_downloads.BY_HAND if case.is_by_hand else case.group.reason,
            can_undo=decisions.is_begun,
            said=SAID.get(request.query_params.get("did", ""), ""),
            ahead=_ahead(decisions, group + 1),
        )

    def groups(self, request: Request) -> Response:
        """A page of the list of groups."""
        search = self._done(request)
        decisions = search.decisions
        rows = _turning(request, len(decisions), GROUPS)
        numbers = range(len(decisions))[rows.part]
        return self._browsing.render(
            request,
            "duplicate_groups.html",
            part_of="duplicates",
            search=search,
            listed=list(zip(numbers, decisions.cases(numbers), strict=True)),
            page=rows.page,
            last=rows.pages,
            line=line(decisions),
            about=duplicate_wish.in_words(search.wish),
            titles=duplicate_words.TITLES,
            thumbnail=lambda member: thumbnails.of_photo(member, 128),
        )

    # What can go

    def plan(self, request: Request) -> Response:
        """What can go, as the files are now."""
        search = self._done(request)
        decisions = search.decisions
        decisions.look_at_decided()
        plan = decisions.plan()
        rows = _turning(request, max(len(plan.going), len(plan.staying)), FILES)
        return self._browsing.render(
            request,
            "duplicate_plan.html",
            part_of="duplicates",
            search=search,
            plan=plan,
            count=len(decisions),
            going=plan.going[rows.part],
            staying=plan.staying[rows.part],
            fates=duplicate_cards.FATES,
            page=rows.page,
            last=rows.pages,
            line=line(decisions),
            can_undo=decisions.is_begun,
        )

    def download(self, request: Request) -> Response:
        """What can go, as a file."""
        decisions = self._done(request).decisions
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
        return self.searches.get(number(query, "search"))

    def _done(self, request: Request) -> DuplicateSearch:
        """The search that is meant, which must be done. Raises RequestError."""
        return self.searches.done(number(request.query_params, "search"))


def _turning(request: Request, count: int, rows: int, name: str = "page") -> Turning[int]:
    """The page of a list of so many that the address asks for. Raises RequestError."""
    return Turning(range(count), str(number(request.query_params, name)), rows)


def line(decisions: Decisions) -> str:
    """How much is decided, and what can go."""
    plan: Plan = decisions.plan()
    files = counted(len(plan.going), "file")
    return (
        f"{plan.decided:,} of {counted(len(decisions), 'group')} decided; "
        f"{files} can go, {of_bytes(plan.freed)} to gain"
    )


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
