"""Who may see the pages: a browser on this machine that was given the address with its token.

1. The token is exchanged once for a cookie, and leaves the address bar. Every address lies in a
   folder with a random name, to which the cookie is bound: browsers do not keep cookies of two
   servers on 127.0.0.1 apart by their ports, but they do by their paths.
2. `Host` must be this machine: otherwise a foreign name that was made to lead here (DNS rebinding)
   would be served.
3. A request that another page has caused, also one on another port, is refused by what the browser
   says of it (`Origin`, `Sec-Fetch-Site`).
4. Another user of this machine, who may have seen the address, cannot use the token.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qs

COOKIE = "imgsimd"
TOKEN = "token"  # noqa: S105 - the name of a parameter
AGAIN = "Run `imgsimctl browse` again to get a new one."
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
"""With any port: `ssh -L` may use another."""
_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as access depends on it."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    """Names in small letters; a name may be there more than once."""
    is_ours: Callable[[], bool] = lambda: True
    """Whether a program of this user asks; see `neighbours`."""

    def values(self, name: str) -> list[str]:
        """Of all headers with this name."""
        return [value for each, value in self.headers if each == name]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request is answered."""


@dataclass(frozen=True, slots=True)
class SentOn:
    """The browser is sent to another address, with a cookie if there is one."""

    address: str
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is not answered, and why, in words."""

    status: HTTPStatus
    sentence: str


Decision: TypeAlias = Admitted | SentOn | Refused


class Access:
    """The secrets of one server."""

    def __init__(self, first_page: str = "") -> None:
        """`first_page` is the address, below the place, that the token leads to."""
        self.place = secrets.token_urlsafe(12)
        """The folder in which all addresses lie."""
        self._token = secrets.token_urlsafe(32)
        self._secret = secrets.token_urlsafe(32)
        self._first_page = first_page
        self._is_used = False

    def address(self, port: int) -> str:
        """The address to open. It is good for one browser, once."""
        return f"http://127.0.0.1:{port}/{self.place}/?{TOKEN}={self._token}"

    def decide(self, asked: Asked) -> Decision:
        """Whether the request is answered."""
        refusal = _of_another_host(asked) or _of_another_page(asked)
        if refusal:
            return refusal
        if self._has_cookie(asked):
            return self._of_known(asked)
        return self._of_unknown(asked)

    def _of_known(self, asked: Asked) -> Decision:
        if asked.path == "/" or (asked.path == f"/{self.place}/" and _token(asked) is not None):
            return SentOn(f"/{self.place}/{self._first_page}")
        return Admitted()

    def _of_unknown(self, asked: Asked) -> Decision:
        token = _token(asked)
        if token is None or asked.path != f"/{self.place}/":
            return Refused(HTTPStatus.FORBIDDEN, f"This address needs its token. {AGAIN}")
        if not compare_digest(token.encode(), self._token.encode()):
            return Refused(HTTPStatus.FORBIDDEN, f"The token in this address is wrong. {AGAIN}")
        if self._is_used:
            return Refused(
                HTTPStatus.FORBIDDEN, f"The token in this address has been used. {AGAIN}"
            )
        if asked.method != "GET":  # a program that only looks whether the address is good
            return Refused(HTTPStatus.FORBIDDEN, "The token must be used with GET.")
        if not asked.is_ours():
            return Refused(HTTPStatus.FORBIDDEN, "Another user of this machine has this token.")
        self._is_used = True
        return SentOn(f"/{self.place}/{self._first_page}", self._cookie())

    def _cookie(self) -> str:
        return f"{COOKIE}={self._secret}; HttpOnly; SameSite=Strict; Path=/{self.place}/"

    def _has_cookie(self, asked: Asked) -> bool:
        """Whether one of the cookies is right: another server on 127.0.0.1 may have added one."""
        right = f"{COOKIE}={self._secret}".encode()
        pairs = [pair for header in asked.values("cookie") for pair in header.split(";")]
        return any(compare_digest(pair.strip().encode(), right) for pair in pairs)


def _token(asked: Asked) -> str | None:
    values = parse_qs(asked.query, keep_blank_values=True).get(TOKEN)
    return values[0] if values and len(values) == 1 else None


def _of_another_host(asked: Asked) -> Refused | None:
    hosts = asked.values("host")
    if len(hosts) == 1 and _HERE.fullmatch(hosts[0]):
        return None
    return Refused(HTTPStatus.FORBIDDEN, "These pages are only for this machine, at 127.0.0.1.")


def _of_another_page(asked: Asked) -> Refused | None:
    """The refusal of a request that a page of another origin has caused."""
    own = f"http://{asked.values('host')[0]}".lower()
    origins, sites = asked.values("origin"), asked.values("sec-fetch-site")
    is_foreign = any(origin.lower() != own for origin in origins) or any(
        site not in ("same-origin", "none") for site in sites
    )
    is_ours = bool(origins) or "same-origin" in sites
    if not is_foreign and (asked.method in _READING or is_ours):
        return None
    return Refused(
        HTTPStatus.FORBIDDEN,
        "Another page asked for this. Copy the address into the address bar instead.",
    )
