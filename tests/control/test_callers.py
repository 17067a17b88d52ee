"""What callers may do to a whole daemon: come in crowds, vanish, send what is no HTTP.

Afterwards it has the descriptors that it had before (/proc/PID/fd), and answers.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.control.http_connection import MAX_CONNECTIONS
from imgsimd.control.limits_middleware import MAX_REQUESTS
from imgsimd.errors import ImgsimdError, RequestError
from tests.support.household import Household, until
from tests.support.patience import DEADLINE

pytestmark = pytest.mark.user

CROWD = 2000
STATUS = b"GET /v1/status HTTP/1.1\r\nhost: x\r\n\r\n"


def pid(home: Household) -> int:
    assert home.process is not None
    return home.process.pid


def descriptors(home: Household) -> int:
    return len(os.listdir(f"/proc/{pid(home)}/fd"))


def cpu_seconds(home: Household) -> float:
    fields = Path(f"/proc/{pid(home)}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def held(served: Household) -> Iterator[Household]:
    """The daemon with its worker running; in the end it must have as many descriptors as now."""
    photo = served.photos / sorted(os.listdir(served.photos))[0]
    served.client.upload("/v1/vectors", photo.read_bytes())
    before = descriptors(served)
    yield served
    until(lambda: descriptors(served) <= before)
    until(lambda: served.status()["state"] == "idle")
    assert "Traceback" not in served.log()


def connect(home: Household) -> socket.socket:
    """A caller that waits for its place in the queue."""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(str(home.socket))
    caller.settimeout(DEADLINE)
    return caller


def heard(caller: socket.socket) -> bytes:
    """All that the daemon says until it hangs up."""
    said = b""
    with suppress(ConnectionResetError):  # it hung up before it had read all
        while more := caller.recv(2**16):
            said += more
    return said


def test_of_2000_callers_at_once_each_is_served_or_refused_and_questions_are_answered(
    held: Household,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * CROWD:
        pytest.skip(f"may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CROWD, hard))
    before = descriptors(held)
    try:
        with ExitStack() as crowd:
            callers = [crowd.enter_context(connect(held)) for _ in range(CROWD)]
            assert held.status()["state"] == "idle"
            assert descriptors(held) < before + MAX_CONNECTIONS + 10
            for caller in callers[: CROWD - MAX_CONNECTIONS]:
                refusal = json.loads(heard(caller).partition(b"\r\n\r\n")[2])
                assert refusal["error"]["code"] == "busy"
            callers[-1].sendall(STATUS)
            assert callers[-1].recv(100).startswith(b"HTTP/1.1 200 OK")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_descriptors_it_waits_for_some_without_spinning(held: Household) -> None:
    limits = resource.prlimit(pid(held), resource.RLIMIT_NOFILE)
    with ExitStack() as crowd:
        resource.prlimit(pid(held), resource.RLIMIT_NOFILE, (descriptors(held) + 2, limits[1]))
        try:
            spent = cpu_seconds(held)
            for _ in range(40):
                crowd.enter_context(connect(held))
            until(lambda: "No connection can be accepted: Too many open files" in held.log())
            with connect(held) as late:
                late.settimeout(0.6)
                late.sendall(STATUS)
                with suppress(TimeoutError):
                    late.recv(100)
            assert cpu_seconds(held) - spent < 0.3
            assert held.log().count("No connection can be accepted") == 1
        finally:
            resource.prlimit(pid(held), resource.RLIMIT_NOFILE, limits)
        assert is_answered(held)


def test_callers_who_leave_in_the_middle_of_anything_leave_nothing_behind(held: Household) -> None:
    """As many as there may be requests: what each has asked for ends with him."""
    photo = (held.photos / sorted(os.listdir(held.photos))[0]).read_bytes()
    upload = b"POST /v1/vectors HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(photo)
    lasting = [
        b"GET /v1/wait?timeout=3600 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n",
        upload, upload + photo[:1000],
    ]  # fmt: skip
    brief = [b"", b"GET /v1/sta", upload + photo]
    held.client.post("/v1/pause")  # so that a wait lasts
    for request in [*lasting, *brief]:
        with ExitStack() as crowd:
            for _ in range(MAX_REQUESTS):
                crowd.enter_context(connect(held)).sendall(request)
            while request in lasting and is_answered(held):
                crowd.enter_context(connect(held)).sendall(request)
        until(lambda: is_answered(held))
    held.client.post("/v1/resume")


def is_answered(home: Household) -> bool:
    """False where it says that it is busy."""
    try:
        return bool(home.status())
    except RequestError as error:
        if error.code != "busy":
            raise
        return False


METHODS = st.sampled_from(
    [b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT", b"", b"\xff", b"G" * 70000]
)
TARGETS = st.one_of(
    st.sampled_from([b"/v1/status", b"/v1/similar", b"/v1/vectors", b"/v1/images/1/thumbnail"]),
    st.sampled_from([b"*", b"//", b"/../../etc/passwd", b"/%00", b"/%ff", b"http://x/v1/status"]),
    st.binary(max_size=20),
)
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http", b""])
FIELDS = st.lists(
    st.one_of(
        st.sampled_from([
            b"host: x", b"content-length: 5", b"content-length: -1", b"content-length: 99999999999",
            b"content-length: " + b"9" * 5000, b"transfer-encoding: chunked",
            b"expect: 100-continue", b"transfer-encoding: gzip", b"connection: close",
            b"connection: upgrade", b"upgrade: websocket", b"content-type: application/json",
            b"range: bytes=0-", b"content-type: \xff; charset=nonsense", b" folded", b"no colon",
            b"x: " + b"y" * 70000,
        ]),
        st.binary(max_size=20),
    ),
    max_size=5,
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=50),
    st.sampled_from([
        b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffffffff\r\n", b"-1\r\n", b"5;x=y\r\nhel",
        b"0\r\ntrailer: x\r\n\r\n", b'{"queries": [{"path": "/a"}]}', STATUS * 3,
    ]),
)  # fmt: skip
REQUESTS = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda method, target, version, fields, body: b"\r\n".join(
            [b" ".join([method, target, version]), *fields, b"", body]
        ),
        METHODS, TARGETS, VERSIONS, FIELDS, BODIES,
    ),
)  # fmt: skip


def test_whatever_bytes_come_nothing_breaks(held: Household) -> None:
    """Every answer is HTTP, none tells of a fault of ours, and the next caller is answered."""
    tried = 0

    @given(REQUESTS)
    def answers_are_in_order(request: bytes) -> None:
        nonlocal tried
        tried += 1
        with connect(held) as caller:
            with suppress(BrokenPipeError, ConnectionResetError):
                caller.sendall(request)
                caller.shutdown(socket.SHUT_WR)
            said = heard(caller)
        statuses = re.findall(rb"^HTTP/1.1 (\d+) ", said, re.MULTILINE)
        assert bool(statuses) == bool(said)
        assert not [status for status in statuses if status >= b"500"], said
        assert b"Traceback" not in said

    answers_are_in_order()
    print(tried, "requests")
    assert is_answered(held)


def test_no_path_that_a_caller_names_is_opened_unless_it_is_in_a_root(
    held: Household, album: list[Path]
) -> None:
    """Neither through a link, nor past `..`, nor as a root; inotify would tell."""
    private = held.folder / "private"
    private.mkdir()
    secret = private / "secret.jpg"
    secret.write_bytes(album[9].read_bytes())
    link = held.photos / "link"
    link.symlink_to(private)
    images = held.status()["images"]
    opened = Openings(private)
    for path in (f"{private}", f"{held.photos}/../private", f"{link}", f"{held.photos}/./link"):
        for route in ("rescan", "roots"):
            with suppress(ImgsimdError):
                held.client.post(f"/v1/{route}", {"path": path})
        with pytest.raises(RequestError, match="is not in the gallery"):
            held.client.post("/v1/similar", {"queries": [{"path": f"{path}/secret.jpg"}]})
    assert held.settle()["images"] == images
    assert opened.seen() == b""
    assert secret.read_bytes()
    assert b"secret.jpg" in opened.seen()
    link.unlink()


class Openings:
    """What is opened in a folder, or itself."""

    IN_OPEN = 0x20

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK)
        libc.inotify_add_watch(self._descriptor, bytes(folder), self.IN_OPEN)

    def seen(self) -> bytes:
        """The kernel's events since the last look, as they are."""
        try:
            return os.read(self._descriptor, 4096)
        except BlockingIOError:
            return b""
