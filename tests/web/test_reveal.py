"""A photo is shown in the file manager, whichever there is, or its folder is named."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd.client import Client
from imgsimd.web import file_manager
from tests.support import desktop_bus
from tests.support.desktop_bus import program
from tests.support.household import Household
from tests.support.requires import needs_tool
from tests.support.visit import Visit, visiting

FILE_MANAGER, PORTAL = "org.freedesktop.FileManager1", "org.freedesktop.portal.Desktop"
pytestmark = pytest.mark.user
needs_bus = needs_tool("dbus-daemon")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    with desktop_bus.desktop_bus(tmp_path) as address:
        yield address


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A file with a name that must be encoded in an address."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/a b%20\n#?\xff\xc3\xa9'.jpg")
    Path(path).touch()
    return path


@needs_bus
def test_the_file_manager_gets_the_address_of_the_file(bus: str, photo: str) -> None:
    shown: list[object] = []
    with program(bus, FILE_MANAGER, desktop_bus.file_manager(shown)):
        assert file_manager.show(photo, {"DBUS_SESSION_BUS_ADDRESS": bus})
    address = f"file://{os.path.dirname(photo)}/a%20b%2520%0A%23%3F%FF%C3%A9%27.jpg"
    assert shown == [("ShowItems", [address], "")]


@needs_bus
def test_the_bus_is_found_where_the_session_has_it(bus: str, photo: str, tmp_path: Path) -> None:
    shown: list[object] = []
    with program(bus, FILE_MANAGER, desktop_bus.file_manager(shown)):
        assert file_manager.show(photo, {"XDG_RUNTIME_DIR": str(tmp_path)})
    assert shown


@needs_bus
@pytest.mark.parametrize("outcome", [0, 1, None])
def test_without_a_file_manager_the_portal_gets_the_file(
    outcome: int | None, bus: str, photo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_manager, "OUTCOME_SECONDS", 0.1)
    shown: list[object] = []
    with program(bus, PORTAL, desktop_bus.portal(shown, outcome)):
        assert file_manager.show(photo, {"DBUS_SESSION_BUS_ADDRESS": bus})
    assert shown == [photo]


@needs_bus
def test_a_file_manager_that_fails_is_no_reason_to_give_up(bus: str, photo: str) -> None:
    shown: list[object] = []
    with (
        program(bus, FILE_MANAGER, desktop_bus.refusing),
        program(bus, PORTAL, desktop_bus.portal(shown, 0)),
    ):
        assert file_manager.show(photo, {"DBUS_SESSION_BUS_ADDRESS": bus})
    assert shown == [photo]


@needs_bus
def test_where_all_fail_nothing_is_shown(bus: str, photo: str) -> None:
    environ = {"DBUS_SESSION_BUS_ADDRESS": bus}
    assert not file_manager.show(photo, environ)
    with program(bus, PORTAL, desktop_bus.refusing):
        assert not file_manager.show(photo, environ)
    with program(bus, PORTAL, desktop_bus.portal([], file_manager.FAILED)):
        assert not file_manager.show(photo, environ)


@pytest.mark.parametrize(
    "address", ["", "unix:path=/nowhere/bus", "autolaunch:", "tcp:host=127.0.0.1,port=1", "junk"]
)
def test_without_a_bus_nothing_is_shown(address: str, photo: str, tmp_path: Path) -> None:
    environ = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(tmp_path / "none")}
    assert not file_manager.show(photo, environ)


@pytest.mark.long
def test_a_bus_that_says_nothing_is_given_up(photo: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        assert not file_manager.show(photo, {"XDG_RUNTIME_DIR": str(tmp_path)})


@needs_bus
def test_a_bus_that_does_not_greet_is_given_up(
    photo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_manager, "SECONDS", 0.2)
    with desktop_bus.desktop_bus(tmp_path, policy="") as address:
        assert not file_manager.show(photo, {"DBUS_SESSION_BUS_ADDRESS": address})


@pytest.fixture
def visit(served: Household, tmp_path: Path) -> Iterator[Visit]:
    with visiting(Client(served.socket), tmp_path) as visit:
        yield visit


@needs_bus
def test_a_page_shows_photos_by_their_ids(
    bus: str, visit: Visit, served: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    (name, image), *_ = served.ids().items()
    shown: list[object] = []
    with program(bus, FILE_MANAGER, desktop_bus.file_manager(shown)):
        answer = visit.post(f"reveal?of={image}")
    assert answer.json == {"sentence": "Shown in the file manager."}
    assert shown == [("ShowItems", [f"file://{served.photos}/{name}"], "")]


def test_where_none_answers_the_folder_is_named(
    visit: Visit, served: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    image = next(iter(served.ids().values()))
    sentence = visit.post(f"reveal?of={image}").json["sentence"]
    assert sentence == f"No file manager answers. The photo is in {served.photos}."


@pytest.mark.parametrize("of", ["", "999999", "/etc/passwd", "u" + "0" * 32])
def test_nothing_but_a_known_photo_is_shown(of: str, visit: Visit) -> None:
    answer = visit.post(f"reveal?of={of}")
    assert answer.status == 404
    assert answer.json["error"]["code"] == "not_found"
    assert visit.get("reveal?of=1").status == 405
