"""The pages are for one browser on this machine. Each attack here is a real request to a real
server, and is refused."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from imgsimd.errors import ConfigError
from imgsimd.web.listening import listen
from imgsimd.web.server import MOST_CONNECTIONS
from tests.support.page_answer import MOST_BYTES
from tests.support.pages import Pages, serving
from tests.support.patience import DEADLINE


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Pages]:
    """Pages whose token nobody has used."""
    with serving(tmp_path / "no daemon") as pages:
        yield pages


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Pages whose token is used. No daemon runs behind them."""
    with serving(tmp_path_factory.mktemp("pages") / "no daemon") as served:
        yield served


@pytest.fixture(scope="module")
def cookie(pages: Pages) -> str:
    return pages.ask(pages.first).cookie


def test_the_token_becomes_a_cookie_and_leaves_the_address_bar(fresh: Pages) -> None:
    answer = fresh.ask(fresh.first)
    assert answer.status == 303
    assert answer.headers["location"] == f"/{fresh.place}/state"
    _, *attributes = answer.headers["set-cookie"].split("; ")
    assert attributes == ["HttpOnly", "SameSite=Strict", f"Path=/{fresh.place}/"]
    assert fresh.page("static/style.css", cookie=answer.cookie).status == 200


def test_the_cookie_is_another_secret_than_the_token(fresh: Pages) -> None:
    token = fresh.first.partition("token=")[2]
    assert fresh.page("state", cookie=f"imgsimd={token}").status == 403
    assert token not in fresh.ask(fresh.first).cookie


def test_a_used_token_is_refused_and_the_page_says_what_to_do(fresh: Pages) -> None:
    fresh.ask(fresh.first)
    again = fresh.ask(fresh.first)
    assert (again.status, again.cookie) == (403, "")
    assert "The token in this address has been used." in again.text
    assert "Run `imgsimctl browse` again" in again.text


def test_a_used_token_still_leads_who_has_the_cookie_to_the_page(pages: Pages, cookie: str) -> None:
    answer = pages.ask(pages.first, cookie=cookie)
    assert (answer.status, answer.headers["location"]) == (303, f"/{pages.place}/state")


def test_the_root_leads_who_has_the_cookie_to_the_pages(pages: Pages, cookie: str) -> None:
    answer = pages.ask("/", cookie=cookie)
    assert (answer.status, answer.headers["location"]) == (303, f"/{pages.place}/state")
    assert pages.page("", cookie=cookie).status == 303


def test_looking_with_head_does_not_use_the_token_up(fresh: Pages) -> None:
    assert fresh.ask(fresh.first, "HEAD").cookie == ""
    assert fresh.ask(fresh.first, "POST", origin=f"http://127.0.0.1:{fresh.port}").cookie == ""
    assert fresh.ask(fresh.first).cookie


def test_a_wrong_missing_or_doubled_token_is_refused(fresh: Pages) -> None:
    for path in (
        f"/{fresh.place}/",
        f"/{fresh.place}/?token=",
        f"/{fresh.place}/?token=wrong",
        f"/{fresh.place}/?token=%C3%A4",
        fresh.first[:-1],
        fresh.first + "&token=x",
        fresh.first.replace("/?", "/state?"),
        fresh.first.replace(f"/{fresh.place}/", "/"),
    ):
        answer = fresh.ask(path)
        assert (answer.status, answer.cookie) == (403, ""), path
    assert fresh.ask(fresh.first).status == 303


@pytest.mark.parametrize(
    "name", ["state", "events", "upload", "thumbnail?of=1", "static/style.css", "..", "nothing"]
)
def test_without_the_cookie_nothing_is_shown_and_no_address_is_better_than_another(
    pages: Pages, cookie: str, name: str
) -> None:
    for wrong in ("", "imgsimd=", "imgsimd=x", cookie[:-1], cookie.upper(), cookie + "x", "x"):
        answer = pages.page(name, **({"cookie": wrong} if wrong else {}))
        assert answer.status == 403, wrong
        assert "needs its token" in answer.text
    assert pages.ask("/guessed/" + name, cookie="imgsimd=x").text == answer.text


def test_a_cookie_that_another_server_on_this_machine_has_set_does_no_harm(
    pages: Pages, cookie: str
) -> None:
    both = f"imgsimd=planted; {cookie}; other=1"
    assert pages.page("static/style.css", cookie=both).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", "127.0.0.2",
     "127.1", "[::]", "localhost:", "localhost:x", "127.0.0.1@evil.example", ""],
)  # fmt: skip
def test_a_name_that_leads_here_is_refused(pages: Pages, cookie: str, host: str) -> None:
    """DNS rebinding: the browser takes the foreign name's page and ours for one origin."""
    assert pages.page("static/style.css", cookie=cookie, host=host).status in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:9000"])
def test_this_machine_may_be_called_by_any_port(pages: Pages, cookie: str, host: str) -> None:
    """`ssh -L` may use another one."""
    assert pages.page("static/style.css", cookie=cookie, host=host).status == 200


def test_a_foreign_host_does_not_use_the_token_up(fresh: Pages) -> None:
    assert fresh.ask(fresh.first, host="evil.example").cookie == ""
    assert fresh.ask(fresh.first, sec_fetch_site="cross-site").cookie == ""
    assert fresh.ask(fresh.first).cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://127.0.0.1:{port}"},
        {"origin": "http://localhost:{port}"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:{port}"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_what_another_page_asks_for_is_refused(
    pages: Pages, cookie: str, method: str, headers: dict[str, str]
) -> None:
    """Also a page on another port of this machine, to which the cookie is no stranger."""
    sent = {name: value.format(port=pages.port) for name, value in headers.items()}
    path = f"/{pages.place}/static/style.css"
    assert pages.ask(path, method, cookie=cookie, **sent).status == 403


def test_a_decision_must_come_from_one_of_our_pages(pages: Pages, cookie: str) -> None:
    path = f"/{pages.place}/pause"
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert pages.ask(path, method, cookie=cookie).status == 403
        assert pages.ask(path, method, cookie=cookie, sec_fetch_site="none").status == 403
    own = f"http://127.0.0.1:{pages.port}"
    assert pages.ask(path, "POST", cookie=cookie, origin=own).status == 503  # no daemon
    assert pages.ask(path, "POST", cookie=cookie, sec_fetch_site="same-origin").status == 503


def test_every_answer_forbids_what_a_page_must_not_do(pages: Pages, cookie: str) -> None:
    for answer in (
        pages.page("state"),
        pages.page("state", cookie=cookie),
        pages.page("static/keys.js", cookie=cookie),
        pages.page("nothing", cookie=cookie),
        pages.ask("/", host="evil.example"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-cache"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


def test_no_file_besides_the_static_ones_is_served(pages: Pages, cookie: str) -> None:
    for name in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "%2fetc/passwd", "", "\u00e4", "%00"):
        path = f"/{pages.place}/static/{name.encode('ascii', 'ignore').decode()}"
        assert pages.ask(path, cookie=cookie).status in (404, 405), name


def test_scripts_have_their_type_whatever_the_machine_says(pages: Pages, cookie: str) -> None:
    answer = pages.page("static/keys.js", cookie=cookie)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("name", ["retry", "upload"])
def test_a_body_that_is_too_large_is_refused(pages: Pages, cookie: str, name: str) -> None:
    own = f"http://127.0.0.1:{pages.port}"
    answer = pages.ask(
        f"/{pages.place}/{name}", "POST", "x" * (MOST_BYTES + 1), cookie=cookie, origin=own,
        accept="application/json",
    )  # fmt: skip
    assert answer.status == 413
    assert json.loads(answer.text)["error"]["message"]


def test_what_is_not_http_is_refused_and_the_server_lives_on(pages: Pages, cookie: str) -> None:
    for nonsense in (b"\x16\x03\x01\x00\xa5\x01", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100_000):
        with socket.create_connection(("127.0.0.1", pages.port), timeout=DEADLINE) as caller:
            caller.sendall(nonsense)
            caller.shutdown(socket.SHUT_WR)
            heard = caller.recv(100)
            assert not heard or heard.startswith(b"HTTP/1.1 400")
    assert pages.page("static/style.css", cookie=cookie).status == 200


def test_connections_without_a_request_keep_nobody_out(pages: Pages, cookie: str) -> None:
    with ExitStack() as callers:
        for _ in range(MOST_CONNECTIONS + 1):
            caller = socket.create_connection(("127.0.0.1", pages.port), timeout=DEADLINE)
            callers.enter_context(caller).sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert pages.page("static/style.css", cookie=cookie).status == 200


def test_it_listens_on_this_machine_only(pages: Pages) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", pages.port), timeout=DEADLINE)


def test_a_port_that_is_in_use_is_told(pages: Pages) -> None:
    with pytest.raises(ConfigError, match=f"Port {pages.port} is in use: name another one"):
        listen(pages.port)


def test_a_port_can_be_used_again_at_once(tmp_path: Path) -> None:
    with serving(tmp_path / "no daemon") as pages:
        pages.ask(pages.first)
    listen(pages.port).close()


def test_no_answer_waits_for_the_browser_to_confirm_a_part_of_it() -> None:
    """With Nagle's algorithm, each answer would take 40 ms more."""
    with listen() as sock:
        assert sock.proto == socket.IPPROTO_TCP
