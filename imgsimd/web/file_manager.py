"""Shows a file in the file manager of the user's desktop, over D-Bus.

The file manager is asked by what all of them understand (org.freedesktop.FileManager1); where none
does, the desktop's portal opens the folder (org.freedesktop.portal.OpenURI, version 3).
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer

from jeepney import DBusAddress, MatchRule, MessageType, new_method_call
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnection, prep_socket

from imgsimd import locations
from imgsimd.file_address import address, path_bytes

FILE_MANAGER = DBusAddress(
    "/org/freedesktop/FileManager1",
    bus_name="org.freedesktop.FileManager1",
    interface="org.freedesktop.FileManager1",
)
PORTAL = DBusAddress(
    "/org/freedesktop/portal/desktop",
    bus_name="org.freedesktop.portal.Desktop",
    interface="org.freedesktop.portal.OpenURI",
)
REQUESTS = "/org/freedesktop/portal/desktop/request"
"""Where the portal has an object for each request, which tells how it has ended."""
SECONDS = 20.0
"""How long the bus may take to start a file manager, and that to answer."""
OUTCOME_SECONDS = 2.0
"""How long the portal may take to say that it failed. It takes longer only if it asks the user."""
FAILED = 2
"""What it says then."""


def show(path: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Has the desktop show the file at this absolute path; false where nothing answers that
    could."""
    try:
        with _bus(environ) as bus:
            is_shown = _call(bus, FILE_MANAGER, "ShowItems", "ass", [address(path)], "")
            return is_shown or _by_portal(bus, path)
    except (OSError, ValueError, RuntimeError):
        return False  # there is no bus, it does not answer or not us, or its address is none


def _by_portal(bus: DBusConnection, path: str) -> bool:
    file = os.open(path_bytes(path), os.O_PATH | os.O_CLOEXEC)
    try:
        return _open_directory(bus, file)
    finally:
        os.close(file)


def _open_directory(bus: DBusConnection, file: int) -> bool:
    token = f"imgsimd_{secrets.token_hex(8)}"
    sender = bus.unique_name.removeprefix(":").replace(".", "_")
    rule = MatchRule(
        type="signal",
        interface="org.freedesktop.portal.Request",
        member="Response",
        path=f"{REQUESTS}/{sender}/{token}",
    )
    bus.bus_proxy.AddMatch(rule)
    with bus.filter(rule) as outcomes:
        options = {"handle_token": ("s", token)}
        if not _call(bus, PORTAL, "OpenDirectory", "sha{sv}", "", file, options):
            return False
        try:
            outcome = bus.recv_until_filtered(outcomes, timeout=OUTCOME_SECONDS)
        except TimeoutError:
            return True
        return bool(outcome.body[0] != FAILED)


def _call(
    bus: DBusConnection, of: DBusAddress, method: str, signature: str, *arguments: object
) -> bool:
    """Whether it succeeds."""
    reply = bus.send_and_get_reply(new_method_call(of, method, signature, arguments))
    return bool(reply.header.message_type is MessageType.method_return)


@contextmanager
def _bus(environ: Mapping[str, str]) -> Iterator[DBusConnection]:
    """The bus of the user's session, for SECONDS."""
    folder = locations.xdg(environ, "XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    at = environ.get("DBUS_SESSION_BUS_ADDRESS") or f"unix:path={folder}/bus"
    with prep_socket(get_bus(at), enable_fds=True) as sock:
        # DBusConnection waits for the bus's greeting without end.
        end = Timer(SECONDS, sock.shutdown, [socket.SHUT_RDWR])
        end.start()
        try:
            with DBusConnection(sock, enable_fds=True) as bus:
                yield bus
        finally:
            end.cancel()
