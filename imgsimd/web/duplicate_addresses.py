"""Addresses of the pages about duplicates: what they name, and the way from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from imgsimd.errors import RequestError
from imgsimd.web import address_number
from imgsimd.web.duplicate_search import DuplicateSearch

_MOST = 10**17 - 1
"""No photo or group has a larger number."""


def number(query: Mapping[str, str], name: str) -> int:
    """A number from 1; 1 if there is none. Raises RequestError."""
    found = address_number.read(query.get(name, "1"))
    if found is None or not 1 <= found <= _MOST:
        raise RequestError("bad_request", 400, "A number in this address makes no sense.")
    return found


def back(fields: Mapping[str, str]) -> Response:
    """To the page that the form was on."""
    if "group" not in fields:
        return _redirect("duplicate-plan", {"search": fields.get("search", "1")})
    names = ("search", "group", "members", "at")
    return _redirect("duplicate-group", {name: fields[name] for name in names if fields.get(name)})


def to(page: str, search: DuplicateSearch) -> Response:
    """To a page about the search."""
    return _redirect(page, {"search": search.number})


def to_search(search: DuplicateSearch) -> Response:
    """To how far it is; once it is done, that leads to its groups."""
    return to("duplicate-search", search)


def to_group(search: DuplicateSearch, group: int, did: str = "") -> Response:
    """To one of its groups, counted from 0; `did` is what was done before."""
    query = {"search": search.number, "group": group + 1}
    return _redirect("duplicate-group", {**query, "did": did} if did else query)


def _redirect(page: str, query: Mapping[str, object]) -> Response:
    return RedirectResponse(f"{page}?{urlencode(query)}", 303)
