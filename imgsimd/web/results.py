"""The page that shows the photos that look like some pictures, best first, page by page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from imgsimd.client import Match, SimilarResult, copy_words
from imgsimd.client.limits import MOST_MATCHES
from imgsimd.errors import RequestError
from imgsimd.verification import Verdict
from imgsimd.web import filters, thumbnails
from imgsimd.web.asked_pictures import AskedPicture
from imgsimd.web.browsing import Browsing
from imgsimd.web.filters import Filters
from imgsimd.web.search import END, LAST_PAGE, PAGE, Search, Span
from imgsimd.words import counted

if TYPE_CHECKING:
    from imgsimd.client.images import ImageRecord

PIXELS = 384
"""Of the thumbnails in a grid."""
DIGITS = 5
"""Of distances that only a slider compares."""

_VERDICTS: dict[str | None, str] = {
    Verdict.SAME: "Same photo",
    Verdict.PROBABLY: "Probably the same photo",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A photo on the page."""

    photo: ImageRecord | None
    """None if another machine has it: of such a photo only its place is known."""
    match: Match
    is_beyond: bool
    """Whether it is farther away than is wanted."""
    words: str
    """Whether it shows the very picture; empty if that was not asked."""
    others: int
    """How many photos show the same on this machine, and are not shown."""
    members: Sequence[ImageRecord] = ()
    """These photos, if they are shown."""
    elsewhere: Sequence[str] = ()
    """The names of other machines that have photos which show the same."""

    @property
    def folder(self) -> str:
        """Where it lies, on the machine that has it."""
        return os.path.dirname(self.match.path)

    @property
    def thumbnail(self) -> str:
        """The address of its picture, if another machine has it."""
        return thumbnails.address(str(self.match.id), "", PIXELS)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Dates that somebody has written, and why they cannot be used."""

    span: Span
    sentence: str


def routes(browsing: Browsing) -> list[Route]:
    """The page, and what the slider needs."""

    def show(request: Request) -> Response:
        search = Search.read(request.scope["query_string"])
        if not search.of:
            return RedirectResponse("start", 303)
        try:
            search.conditions()
        except RequestError as error:
            shown = search.but(since="", until="", filters=True)
            return _page(request, browsing, shown, Mistake(search.span, str(error)))
        return _page(request, browsing, search)

    def distances(request: Request) -> Response:
        search = Search.read(request.scope["query_string"])
        asked = [browsing.asked.find(text) for text in search.of]
        matches = _ask(browsing, asked, search, MOST_MATCHES).matches
        return JSONResponse([round(match.distance, DIGITS) for match in matches])

    return [Route("/similar", show), Route("/distances", distances)]


def _page(
    request: Request, browsing: Browsing, search: Search, mistake: Mistake | None = None
) -> Response:
    asked = [browsing.asked.find(text) for text in search.of]
    before, end = PAGE * (search.page - 1), min(PAGE * search.page, MOST_MATCHES)
    result = _ask(browsing, asked, search, end + 1)
    near = result if search.limit is None else _ask(browsing, asked, search, end + 1, search.limit)
    matches = result.matches[before:end]
    return browsing.render(
        request,
        "results.html",
        HTTPStatus.BAD_REQUEST if mistake else HTTPStatus.OK,
        search=search,
        mistake=mistake,
        asked=asked,
        result=result,
        found=list(_found(browsing, search, matches)),
        before=before,
        left=_left(search, result, near, end),
        next=_next(search, result, near, end),
        chips=filters.chips(search),
        facets=_facets(browsing, asked, search) if search.filters else None,
        end=END,
        thumbnail=lambda photo: thumbnails.of_photo(photo, PIXELS),
    )


def _ask(
    browsing: Browsing,
    asked: Sequence[AskedPicture],
    search: Search,
    k: int,
    limit: float | None = None,
) -> SimilarResult:
    question = browsing.client.question(*(picture.source for picture in asked))
    conditions = search.conditions()
    most = min(k, MOST_MATCHES)
    return question.ask(
        most,
        same=search.same,
        collapse=search.collapse,
        exact_order=search.exact,
        max_distance=limit,
        **conditions,
    )


def _found(browsing: Browsing, search: Search, matches: Sequence[Match]) -> Iterator[Found]:
    """Those that are still there, as far as that is known here."""
    group = next((match for match in matches if match.id == search.open), None)
    alike = group.alike.photos if group and group.alike else ()
    members = [photo.id for photo in alike if not photo.is_elsewhere]
    here = [match.id for match in matches if not match.is_elsewhere]
    records = browsing.client.records(here + members)
    for match in matches:
        if match.is_elsewhere or match.id in records:
            shown = members if match is group else []
            yield _one(search, match, records, shown)


def _one(
    search: Search, match: Match, records: Mapping[int, ImageRecord], members: Sequence[int]
) -> Found:
    alike = match.alike.photos if match.alike else ()
    elsewhere = [photo.host for photo in alike if photo.host and photo.is_elsewhere]
    return Found(
        photo=records.get(match.id),
        match=match,
        is_beyond=not search.is_within(match.distance),
        words=_words(match),
        others=match.alike.count - len(elsewhere) if match.alike else 0,
        members=[records[each] for each in members if each in records],
        elsewhere=sorted(set(elsewhere)),
    )


def _words(match: Match) -> str:
    """What the photo is to the picture that stands above the results. What was done is said of that
    one, not of the photo below which this stands."""
    verdict = _VERDICTS.get(match.verdict, "")
    changes = copy_words.changes(match)
    return f"{verdict}; the one above: {changes}" if verdict and changes else verdict


def _left(search: Search, result: SimilarResult, near: SimilarResult, end: int) -> str:
    """How many photos there are, or why there are none; up to the `end` of the page they were
    asked for, and one more. `near` are those within the limit. static/slider.js says the same of
    other limits."""
    count = len(near.matches)
    if not result.matches or search.same:
        order = ", the surest first" if count > 1 else ""
        return _none(search, result) or f"{counted(count, 'photo')}{order}."
    if search.limit is None:
        return _all(search, min(count, end), count <= end)
    limit = f"{search.limit:.2f}"
    if count == 0:
        return f"Nothing within {limit}; the nearest is at {result.matches[0].distance:.3f}."
    if count <= end:
        return f"{counted(count, 'photo')} within {limit}."
    return f"More than {counted(end, 'photo')} within {limit}."


def _all(search: Search, shown: int, is_all: bool) -> str:
    """Which photos are on the page, where no limit cuts."""
    first = PAGE * (search.page - 1) + 1
    if first > shown:
        return f"There are only {counted(shown, 'photo')}."
    if search.page > 1:
        return f"Photos {first:,} to {shown:,}."
    return f"{'All' if is_all else 'The first'} {counted(shown, 'photo')}."


def _none(search: Search, result: SimilarResult) -> str:
    """Why nothing was found, or nothing sure; empty if something was."""
    if filters.chips(search.but(same=False)) and not result.matches:
        return "No photo meets these filters."
    if search.same:
        return copy_words.none_sure(result)
    return "" if result.matches else "There is no other photo yet."


def _next(search: Search, result: SimilarResult, near: SimilarResult, end: int) -> Search | None:
    """The next page; None where there is none, or nothing near enough on it or after it."""
    shown = sum(search.is_within(match.distance) for match in result.matches[:end])
    has_more = len(result.matches) > end and len(near.matches) > shown
    return search.but(page=search.page + 1) if has_more and search.page < LAST_PAGE else None


def _facets(browsing: Browsing, asked: Sequence[AskedPicture], search: Search) -> filters.Facets:
    near = None
    if search.limit is not None:
        wanted = search.without_filters().but(every=True)
        found = _ask(browsing, asked, wanted, MOST_MATCHES, search.limit)
        near = [match.id for match in found.matches if not match.is_elsewhere]
    return Filters(browsing.client, search, near).facets()
