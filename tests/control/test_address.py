"""Where callers find the daemon, whatever happens to the place where it listens."""

from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd import locations, lockfile
from imgsimd.client.transport import Transport
from imgsimd.control.address import Address
from imgsimd.control.listener import Listener, bind
from imgsimd.errors import ConfigError, NoDaemonError
from imgsimd.locations import Locations


@pytest.fixture
def where(tmp_path: Path) -> Locations:
    (tmp_path / "run").mkdir()
    (tmp_path / "state" / "imgsimd").mkdir(parents=True)
    return locations.find(
        {"XDG_RUNTIME_DIR": f"{tmp_path}/run", "XDG_STATE_HOME": f"{tmp_path}/state"}
    )


@pytest.fixture
def address(where: Locations) -> Iterator[Address]:
    with lockfile.take(where.lock) as lock, Address(where, lock) as address:
        yield address


def leads_to(path: Path, address: Address) -> bool:
    """Whether who connects at the path comes to the daemon."""
    with socket.socket(socket.AF_UNIX) as caller:
        if caller.connect_ex(str(path)) != 0:
            return False
        address.listener.socket.accept()[0].close()
        return True


def test_the_state_directory_leads_to_the_socket(address: Address, where: Locations) -> None:
    assert address.listener.path == where.socket
    assert leads_to(where.address, address)
    assert leads_to(where.socket, address)
    assert address.renew() is None, "it stays where it is"


def test_without_a_runtime_directory_the_socket_is_in_the_state_directory_until_there_is_one(
    where: Locations, tmp_path: Path
) -> None:
    (tmp_path / "run").rmdir()
    with lockfile.take(where.lock) as lock, Address(where, lock) as address:
        assert address.listener.path == where.address
        assert leads_to(where.address, address)
        (tmp_path / "run").mkdir()
        move(address)
        assert leads_to(where.socket, address)
        assert leads_to(where.address, address)
    assert not where.socket.exists()
    assert not where.address.is_symlink()


def move(address: Address) -> None:
    left = address.renew()
    assert left is not None
    left.close()


@pytest.mark.parametrize("loss", ["socket", "folder", "folder renamed", "lock", "replaced"])
def test_a_socket_that_is_gone_is_bound_again_at_its_place(
    address: Address, where: Locations, loss: str
) -> None:
    folder = where.socket.parent
    if loss == "socket":
        where.socket.unlink()
    elif loss == "folder":
        shutil.rmtree(folder)
    elif loss == "folder renamed":
        folder.rename(folder.with_name("other"))
    elif loss == "lock":
        where.socket.with_name("control.sock.lock").unlink()
        where.socket.unlink()
    else:
        where.socket.unlink()
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(where.socket))
        dead.close()
    move(address)
    assert address.listener.path == where.socket
    assert leads_to(where.socket, address)
    assert leads_to(where.address, address)
    assert stat.S_IMODE(where.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_runtime_directory_that_comes_and_goes_is_followed(
    address: Address, where: Locations, tmp_path: Path
) -> None:
    for _ in range(2):
        shutil.rmtree(tmp_path / "run")
        move(address)
        assert leads_to(where.address, address)
        assert address.renew() is None
        assert not (tmp_path / "run").exists(), "to make it is not our business"
        (tmp_path / "run").mkdir()
        move(address)
        assert leads_to(where.socket, address)
        assert leads_to(where.address, address)


def test_a_place_that_another_daemon_has_taken_meanwhile_is_left_to_it(
    address: Address, where: Locations
) -> None:
    shutil.rmtree(where.socket.parent)
    with bind(where.socket) as other:
        move(address)
        assert leads_to(where.address, address)
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(where.socket))
            other.socket.accept()[0].close()
        assert address.renew() is None
    move(address)
    assert leads_to(where.socket, address), "once it is free"


def test_a_file_that_is_not_a_socket_is_never_removed(address: Address, where: Locations) -> None:
    where.socket.unlink()
    where.socket.write_text("precious")
    move(address)
    assert leads_to(where.address, address)
    assert where.socket.read_text() == "precious"


def test_the_link_of_a_killed_daemon_is_replaced(where: Locations, tmp_path: Path) -> None:
    with bind(tmp_path / "elsewhere" / "sock"):
        where.address.symlink_to(tmp_path / "elsewhere" / "sock")
        (tmp_path / "run").rmdir()
        with lockfile.take(where.lock) as lock, Address(where, lock) as address:
            assert leads_to(where.address, address)
        assert (tmp_path / "elsewhere" / "sock").exists()


def test_what_another_daemon_wrote_into_a_new_state_directory_stays(
    where: Locations, tmp_path: Path
) -> None:
    with lockfile.take(where.lock) as lock, Address(where, lock):
        shutil.rmtree(where.state)
        where.state.mkdir()
        where.address.symlink_to(tmp_path / "theirs")
    assert where.address.is_symlink()


def test_a_default_place_of_another_user_is_not_used_and_a_chosen_one_is_an_error(
    where: Locations, tmp_path: Path
) -> None:
    where.socket.parent.mkdir()
    where.socket.write_text("in the way")
    with lockfile.take(where.lock) as lock:
        with Address(where, lock) as address:
            assert leads_to(where.address, address)
        chosen = locations.find({"IMGSIMD_SOCKET": str(where.socket), "IMGSIMD_STATE_DIR": "/x"})
        with pytest.raises(ConfigError, match="is not a socket"):
            Address(chosen, lock)


def test_a_socket_of_systemd_whose_file_is_gone_is_made_anew(where: Locations) -> None:
    where.socket.parent.mkdir()
    given = socket.socket(socket.AF_UNIX)
    given.bind(str(where.socket))
    given.listen()
    where.socket.chmod(0o660)
    passed = Listener(given, where.socket, None)
    with lockfile.take(where.lock) as lock, Address(where, lock, passed) as address:
        assert leads_to(where.address, address)
        assert address.renew() is None
        where.socket.unlink()
        move(address)
        assert leads_to(where.socket, address)
        assert leads_to(where.address, address)
        assert stat.S_IMODE(where.socket.stat().st_mode) == 0o660
    assert not where.socket.exists()


def test_a_path_that_is_too_long_for_the_kernel_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    with pytest.raises(NoDaemonError):
        Transport(deep / "control.sock").get("/")
    with bind(deep / "control.sock"):
        with pytest.raises(Exception, match="process"), bind(deep / "control.sock"):
            pass
        with pytest.raises(Exception, match="took too long"):
            Transport(deep / "control.sock", timeout=0.1).get("/")
