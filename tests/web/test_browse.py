"""`imgsimctl browse`, as a user runs it."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.household import SCRIPTS, Household, until
from tests.support.patience import DEADLINE
from tests.support.signals import heed_signals


@contextmanager
def browsing(
    home: Household, *options: str, **environ: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The printed address, and the process."""
    process = subprocess.Popen(
        [SCRIPTS / "imgsimctl", "browse", *options],
        env=home.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def first_page(address: str) -> str:
    """Where the address with the token leads, below the place."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=DEADLINE)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    assert response.status == 303
    connection.close()
    return (response.getheader("location") or "").removeprefix(parts.path)


def hang_up(address: str) -> None:
    """Leaves in the middle of requests."""
    parts = urlsplit(address)
    for request in ("GET", f"GET {parts.path}events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", parts.port), timeout=DEADLINE) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            caller.sendall(request.encode())


def test_the_first_line_is_the_address_and_interrupting_ends_it(served: Household) -> None:
    with browsing(served, "--no-open") as (address, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{16}/\?token=[\w-]{43}", address)
        assert first_page(address) == ""
        hang_up(address)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert process.communicate() == ("", "")


def test_an_indexed_picture_is_asked_about_by_its_id(served: Household, album: list[Path]) -> None:
    photo = served.photos / album[0].name
    with browsing(served, str(photo), "--no-open") as (address, process):
        assert first_page(address) == f"similar?of={served.ids()[photo.name]}"
        process.send_signal(signal.SIGHUP)
        assert process.wait(DEADLINE) == 129


def test_another_picture_is_read_and_opened_in_the_browser(
    served: Household, album: list[Path], tmp_path: Path
) -> None:
    """What is started is no program that could use this terminal."""
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1 $TERM" > {opened}.part; mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    with browsing(served, str(album[9]), BROWSER=str(browser), TERM="xterm") as (address, process):
        until(opened.exists)
        assert opened.read_text() == f"{address} \n"
        assert re.fullmatch(r"similar\?of=u[0-9a-f]{32}", first_page(address))
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 143


def test_a_folder_leads_to_the_duplicates_in_it(served: Household) -> None:
    folder = served.photos / "caf\udce9\n& co"
    folder.mkdir()
    with browsing(served, folder.as_uri(), "--no-open") as (address, process):
        page = urlsplit(first_page(address))
        assert (page.path, parse_qs(page.query)) == ("duplicate-find", {"under": [folder.as_uri()]})
        process.send_signal(signal.SIGTERM)
    folder.rmdir()


def test_what_cannot_work_is_told_at_once(served: Household, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    bad = served.ctl("browse", "--no-open", str(tmp_path / "text.jpg"))
    assert (bad.returncode, bad.stdout) == (4, b"")
    assert b"text.jpg cannot be used" in bad.stderr
    gone = served.ctl("browse", "--no-open", IMGSIMD_SOCKET=str(tmp_path / "nobody"))
    assert (gone.returncode, gone.stdout) == (3, b"")
    assert b"imgsimd isn't running. Start it with `imgsimctl up`." in gone.stderr
