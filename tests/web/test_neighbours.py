"""The token is taken only from the user who got it."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from imgsimd.web import neighbours
from tests.support.pages import serving
from tests.support.requires import needs_root

pytestmark = pytest.mark.user
NOBODY = 65534


@needs_root
def test_another_user_who_has_seen_the_address_cannot_use_it(tmp_path: Path) -> None:
    with serving(tmp_path / "no daemon") as pages:
        request = f"GET {pages.first} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        stranger = subprocess.run(
            ["bash", "-c", f'exec 3<>/dev/tcp/127.0.0.1/{pages.port}; echo -n "$1" >&3; cat <&3',
             "-", request],
            user=NOBODY, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "403 Forbidden" in stranger.stdout
        assert "set-cookie" not in stranger.stdout
        assert pages.ask(pages.first).status == 303


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::ffff:127.0.0.1")]
)
def test_who_has_made_a_connection_is_found(family: socket.AddressFamily, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(family) as caller:
        caller.connect((address, server.getsockname()[1]))
        ports = caller.getsockname()[1], server.getsockname()[1]
        assert neighbours._user(*ports) == os.getuid()
        assert neighbours.is_ours(("127.0.0.1", ports[0]), ("127.0.0.1", ports[1]))


def test_where_nobody_can_tell_the_token_alone_decides() -> None:
    assert neighbours.is_ours(None, ("127.0.0.1", 1))
    assert neighbours.is_ours(("127.0.0.1", 1), ("127.0.0.1", 2))
