"""Who gets the socket's path: real sockets, real locks, and children with inherited descriptors."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd.control.listener import Listener, bind
from imgsimd.errors import AlreadyRunningError, ConfigError
from tests.support.patience import DEADLINE
from tests.support.requires import needs_root

pytestmark = pytest.mark.user

PREAMBLE = "import os, sys, pathlib\nfrom imgsimd.control.listener import bind, passed\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "imgsimd" / "control.sock"


def connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `code` in another process that inherits what it can, with what `bind` needs imported."""
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + code, *map(str, arguments)],
        text=True,
        capture_output=True,
        timeout=DEADLINE,
        check=False,
        close_fds=False,
    )


def test_the_socket_answers_until_it_is_closed(path: Path) -> None:
    with bind(path):
        assert connects(path)
    assert not path.exists()


def test_closing_twice_does_no_harm(path: Path) -> None:
    listener = bind(path)
    listener.close()
    with bind(path):
        listener.close()
        assert connects(path)


@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_the_socket_has_its_mode_and_its_folder_is_private(path: Path, mode: int) -> None:
    with bind(path, mode):
        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_mode_is_right_from_the_first_moment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen at the very moment after bind(2), before it is in its place: nothing changes it."""
    seen: list[int] = []
    listen = socket.socket.listen

    def looking(sock: socket.socket, backlog: int) -> None:
        assert not path.exists(), "who finds it is let in"
        seen.append(stat.S_IMODE(path.with_name("control.sock.new").stat().st_mode))
        listen(sock, backlog)

    monkeypatch.setattr(socket.socket, "listen", looking)
    before = os.umask(0)
    try:
        bind(path).close()
        assert seen == [0o600]
        assert os.umask(0) == 0
    finally:
        os.umask(before)


@needs_root
@pytest.mark.parametrize(
    ("mode", "group", "group_connects"), [(0o600, 0, False), (0o660, 12, True)]
)
def test_nobody_but_the_user_and_the_given_group_connects(
    tmp_path: Path, mode: int, group: int, group_connects: bool
) -> None:
    """The socket's own mode decides: here its folder is open to all, and reached from inside."""
    code = """
os.chdir(sys.argv[1])
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(65534)
import socket
print(socket.socket(socket.AF_UNIX).connect_ex("sock"))
"""
    tmp_path.chmod(0o755)
    with bind(tmp_path / "sock", mode):
        os.chown(tmp_path / "sock", 0, group)
        answers = [child(code, tmp_path, gid).stdout for gid in (65534, 12)]
    accepted = "0\n" if group_connects else f"{errno.EACCES}\n"
    assert answers == [f"{errno.EACCES}\n", accepted]


def test_a_stale_socket_is_replaced(path: Path) -> None:
    child("bind(pathlib.Path(sys.argv[1])); os._exit(9)", path)
    assert path.is_socket()
    assert not connects(path)
    with bind(path):
        assert connects(path)


def test_a_second_daemon_is_told_the_first_ones_pid(path: Path) -> None:
    with bind(path):
        second = child("bind(pathlib.Path(sys.argv[1]))", path)
        assert second.returncode != 0
        assert f"already runs as process {os.getpid()}" in second.stderr
        assert connects(path)


@pytest.mark.parametrize(
    "kind", [socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM], ids=lambda k: k.name
)
def test_a_live_socket_without_a_lock_is_not_stolen(path: Path, kind: socket.SocketKind) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.bind(str(path))
        if kind != socket.SOCK_DGRAM:
            other.listen()
        with pytest.raises(AlreadyRunningError, match="Another program already listens"):
            bind(path)
        with socket.socket(socket.AF_UNIX, kind) as caller:
            assert caller.connect_ex(str(path)) == 0


def test_a_live_socket_with_a_full_queue_is_not_stolen(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as waiting:
        other.bind(str(path))
        other.listen(0)
        waiting.connect(str(path))
        with pytest.raises(AlreadyRunningError):
            bind(path)
        other.accept()[0].close()


@pytest.mark.parametrize("kind", ["file", "symlink", "folder"])
def test_what_is_not_a_socket_is_never_removed(path: Path, kind: str) -> None:
    path.parent.mkdir()
    if kind == "file":
        path.write_text("precious")
    elif kind == "symlink":
        path.symlink_to("elsewhere")
    else:
        path.mkdir()
    with pytest.raises(ConfigError, match="is not a socket"):
        bind(path)
    assert path.lstat()


def test_a_refused_path_can_be_used_once_it_is_free(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("in the way")
    with pytest.raises(ConfigError):
        bind(path)
    path.unlink()
    bind(path).close()


def test_a_socket_that_another_put_there_is_not_removed(path: Path) -> None:
    listener = bind(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        listener.close()
        assert path.is_socket()


def test_a_folder_that_everyone_can_write_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod o-w"):
        bind(path)
    path.parent.chmod(0o1777)  # as /tmp: others cannot remove what is ours
    bind(path).close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file, but a folder is needed there"):
        bind(tmp_path / "file" / "control.sock")


def test_children_inherit_neither_socket_nor_lock(path: Path) -> None:
    with bind(path) as listener:
        listed = child("for fd in os.scandir('/proc/self/fd'): print(os.readlink(fd.path))")
        assert os.readlink(f"/proc/self/fd/{listener.socket.fileno()}") not in listed.stdout
        assert ".lock" not in listed.stdout
        assert "pipe:" in listed.stdout


# Socket activation: sh puts a descriptor of ours at 3 and its own pid into LISTEN_PID, then becomes
# python, as systemd does it.
ACTIVATE = 'eval "exec 3<&$1"; shift; LISTEN_PID=${PID:-$$} exec "$@"'


def activated(
    code: str, fd: int, *arguments: object, count: str = "1", pid: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PREAMBLE + code, *map(str, arguments)]
    return subprocess.run(
        ["/bin/bash", "-c", ACTIVATE, "sh", str(fd), *command],
        env={"LISTEN_FDS": count, "LISTEN_FDNAMES": "control", "PID": pid, "PATH": os.defpath},
        pass_fds=(fd,),
        text=True,
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )


ANSWER = """
with passed() or bind(pathlib.Path(sys.argv[1])) as listener:
    print(*sorted(name for name in os.environ if name.startswith("LISTEN_")))
    print(os.get_inheritable(listener.socket.fileno()))
    caller, _ = listener.socket.accept()
    caller.sendall(b"hello")
"""


def test_systemds_socket_is_taken_and_left_in_place(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as given, socket.socket(socket.AF_UNIX) as caller:
        given.bind(str(path))
        given.listen()
        caller.connect(str(path))
        done = activated(ANSWER, given.fileno(), path)
        assert done.stderr == ""
        assert caller.recv(100) == b"hello"
        assert done.stdout == "\nFalse\n"  # children would find no variables and no descriptor
        assert connects(path)


def test_variables_meant_for_another_process_are_ignored(path: Path) -> None:
    code = "print(passed(), os.environ['LISTEN_PID'])"
    with socket.socket(socket.AF_UNIX) as given:
        done = activated(code, given.fileno(), path, pid="1")
    assert done.stdout == "None 1\n"


def test_no_socket_passed_means_that_we_bind(path: Path) -> None:
    code = "print(passed())"
    with socket.socket(socket.AF_UNIX) as given:
        assert activated(code, given.fileno(), path, count="0").stdout == "None\n"


@pytest.mark.parametrize(
    ("given", "count", "complaint"),
    [
        (socket.AF_UNIX, "2", "passed 2 sockets"),
        (socket.AF_UNIX, "many", "passed many sockets"),
        (socket.AF_UNIX, "1", "not a listening Unix stream socket"),
        (socket.AF_INET, "1", "not a listening Unix stream socket"),
    ],
)
def test_a_wrong_socket_is_a_clear_error(
    path: Path, given: socket.AddressFamily, count: str, complaint: str
) -> None:
    with socket.socket(given) as sock:
        done = activated("passed()", sock.fileno(), path, count=count)
    assert "ConfigError" in done.stderr
    assert complaint in done.stderr


def test_a_descriptor_that_is_no_socket_is_a_clear_error(path: Path) -> None:
    with open("/dev/null", "rb") as file:
        done = activated("passed()", file.fileno(), path)
    assert "is not a socket" in done.stderr


def test_a_listener_given_by_systemd_unlinks_nothing(path: Path) -> None:
    path.parent.mkdir()
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    Listener(sock, path, lock=None).close()
    assert path.is_socket()


SUCCEED = """
from imgsimd.control.listener import passing
listener = bind(pathlib.Path(sys.argv[1]))
print(os.getpid(), flush=True)
caller, _ = listener.socket.accept()
descriptor, variables = listener.leave()
listener.close()
passing(descriptor)
after = "from imgsimd.control.listener import passed\\n" + sys.argv[2]
os.execve(sys.executable, [sys.executable, "-c", after], {**os.environ, **variables})
"""
SUCCESSOR = """
import os
with passed() as listener:
    listener.socket.accept()[0].sendall(b"%d" % os.getpid())
    print(listener.is_own, listener.is_in_place(), listener.path)
    print([name for name in os.environ if name.startswith("LISTEN_") or "SOCKET" in name])
"""


def test_a_program_that_takes_over_answers_who_has_waited(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + SUCCEED, path, SUCCESSOR],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        pid = program.stdout.readline().strip()
        with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
            first.connect(str(path))  # it begins to end
            second.connect(str(path))
            assert second.recv(100).decode() == pid
        assert program.stdout.read() == f"True True {path}\n[]\n"
    assert not path.exists(), "it is the successor's own, which removes it"
