"""A real D-Bus of our own, and programs on it that answer as those of a desktop do."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.support.patience import DEADLINE

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
<type>session</type>
<listen>unix:path={socket}</listen>
<auth>EXTERNAL</auth>
<policy context="default">
{policy}
</policy>
</busconfig>
"""
"""It starts no program of this machine."""
ALL_MAY = """<allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/>
<allow own="*"/>"""
"""As on every desktop. Without it, the bus answers nobody."""
Answer: TypeAlias = Callable[[Message], Sequence[Message]]
"""What is sent when a method is called."""


@contextmanager
def desktop_bus(folder: Path, policy: str = ALL_MAY) -> Iterator[str]:
    """The address of a bus."""
    configuration = folder / "bus.conf"
    configuration.write_text(_CONFIGURATION.format(socket=folder / "bus", policy=policy))
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


@contextmanager
def program(bus: str, name: str, answer: Answer) -> Iterator[None]:
    """A program that is on the bus under this name."""
    connection = open_dbus_connection(bus, enable_fds=True)
    connection.bus_proxy.RequestName(name)
    thread = threading.Thread(target=_serve, args=[connection, answer])
    thread.start()
    try:
        yield
    finally:
        connection.sock.shutdown(socket.SHUT_RDWR)
        thread.join(DEADLINE)
        connection.close()


def _serve(connection: DBusConnection, answer: Answer) -> None:
    with suppress(ConnectionError):
        while True:
            message = connection.receive()
            if message.header.message_type is MessageType.method_call:
                for each in answer(message):
                    connection.send(each)


def file_manager(shown: list[object]) -> Answer:
    """Notes what it is asked to show."""

    def answer(message: Message) -> Sequence[Message]:
        shown.append((message.header.fields[HeaderFields.member], *message.body))
        return [new_method_return(message)]

    return answer


def portal(shown: list[object], outcome: int | None) -> Answer:
    """Notes which file it is asked to show; says the `outcome`, if there is one."""

    def answer(message: Message) -> Sequence[Message]:
        _, file, options = message.body
        with file:
            shown.append(os.readlink(f"/proc/self/fd/{file.fileno()}"))
        caller = message.header.fields[HeaderFields.sender].removeprefix(":").replace(".", "_")
        token = options["handle_token"][1]
        handle = f"/org/freedesktop/portal/desktop/request/{caller}/{token}"
        request = DBusAddress(handle, interface="org.freedesktop.portal.Request")
        said = [] if outcome is None else [new_signal(request, "Response", "ua{sv}", (outcome, {}))]
        return [new_method_return(message, "o", (handle,)), *said]

    return answer


def refusing(message: Message) -> Sequence[Message]:
    """The answer of a program that fails."""
    return [new_error(message, "org.freedesktop.DBus.Error.Failed")]
