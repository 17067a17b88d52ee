"""How the link comes back after a death: of the server, or of the process that talks to it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.errors import StoreError, StoreFault
from imgsimd.milvus.messages import Collection, Collections, Flush, Ids, Open
from imgsimd.vectors import VectorForm
from tests.support.milvus_link import failure, linked
from tests.support.milvus_server import MilvusServer, free_port, milvus_server
from tests.support.patience import DEADLINE

pytestmark = pytest.mark.long
COLLECTION = Collection("any", VectorForm(8))


@contextlib.contextmanager
def mute_server() -> Iterator[tuple[socket.socket, str]]:
    """One that accepts and never answers, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        yield mute, f"http://127.0.0.1:{mute.getsockname()[1]}"


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_token_file_that_cannot_be_read_is_refused_until_it_can(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(milvus_server(tmp_path))
        link = stack.enter_context(linked(replace(server.link, token_file=str(file))))
        fault, words = failure(link)
        assert fault is StoreFault.REFUSED
        assert f"the token in {file} cannot be read (No such file or directory)" in words
        file.write_text("root:Milvus\n")
        assert link.ask(Collections("any")) == []


def test_a_server_that_dies_during_a_call_is_away_and_asked_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    with milvus_server(tmp_path) as server, linked(server.link, 60) as link:
        link.ask(Open(COLLECTION))
        server.pause()
        faults: list[StoreFault] = []
        waiting = threading.Thread(
            target=lambda: faults.append(failure(link, Flush(COLLECTION.name))[0])
        )
        waiting.start()
        server.kill()
        waiting.join()
        assert faults == [StoreFault.AWAY]
        server.start()
        assert list(link.ask(Ids(COLLECTION.name, ""))) == []


def test_a_killed_process_is_replaced(tmp_path: Path) -> None:
    with milvus_server(tmp_path) as server, linked(server.link) as link:
        assert link.ask(Collections("any")) == []
        first = link.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert link.ask(Collections("any")) == []
        assert link.pid not in (None, first)
        wait_until(lambda: is_gone(first))


def test_a_question_outlives_the_process_that_was_asked_first() -> None:
    with mute_server() as (mute, uri), linked(uri, seconds=4) as link:
        faults: list[StoreFault] = []
        waiting = threading.Thread(target=lambda: faults.append(failure(link)[0]))
        waiting.start()
        for _ in ("looks whether anything listens", "asks"):
            mute.accept()[0].close()
        first = link.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        waiting.join()
        assert faults == [StoreFault.SLOW]
        assert link.pid not in (None, first)


def test_who_has_little_time_does_not_wait_for_another_who_connects() -> None:
    with mute_server() as (mute, uri), linked(uri, seconds=600) as link:
        waiting = threading.Thread(target=lambda: failure(link))
        waiting.start()
        calls = [mute.accept()[0] for _ in ("looks whether anything listens", "connects")]
        with pytest.raises(StoreError, match=r"did not answer within 0\.5 seconds"):
            link.ask(Collections("any"), 0.5)
        assert waiting.is_alive()
        link.close()
        waiting.join()
        for call in calls:
            call.close()


def test_the_process_ends_when_nobody_asks_and_starts_again(tmp_path: Path) -> None:
    with milvus_server(tmp_path) as server, linked(server.link, idle=0.1) as link:
        for _ in range(2):
            assert link.ask(Collections("any")) == []
            wait_until(lambda: link.pid is None)


@contextlib.contextmanager
def relay(server: MilvusServer) -> Iterator[tuple[str, list[int]]]:
    """A way to the server, and how many bytes were sent on it."""
    sent: list[int] = []

    def pass_on(source: socket.socket, target: socket.socket, counts: list[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                counts.append(len(data))
                target.sendall(data)
        target.close()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near = entry.accept()[0]
                far = socket.create_connection(("127.0.0.1", int(server.uri.rpartition(":")[2])))
                for ends in ((near, far, sent), (far, near, [])):
                    threading.Thread(target=pass_on, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as entry:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{entry.getsockname()[1]}", sent
        entry.shutdown(socket.SHUT_RDWR)


def test_nothing_is_sent_while_nobody_asks(tmp_path: Path) -> None:
    """pymilvus would ping every ten seconds, for which milvus-lite ends the connection."""
    with milvus_server(tmp_path) as server, relay(server) as (uri, sent), linked(uri) as link:
        assert link.ask(Collections("any")) == []
        time.sleep(2)  # what belongs to the answer
        before = sum(sent)
        assert before
        time.sleep(11)
        assert sum(sent) == before


def test_who_tries_a_server_that_is_away_again_and_again_does_not_keep_the_process() -> None:
    with mute_server() as (mute, uri), linked(uri, seconds=0.5, idle=1) as link:
        assert failure(link)[0] is StoreFault.SLOW
        assert link.pid is not None
        mute.close()
        end = time.monotonic() + DEADLINE
        while link.pid is not None:
            assert time.monotonic() < end
            failure(link)


def test_a_process_that_does_not_answer_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgsimd.milvus.link.PATIENCE", DEADLINE)
    with mute_server() as (_, uri), linked(uri, seconds=0.5) as link:
        assert failure(link)[0] is StoreFault.SLOW
        stuck = link.pid
        assert stuck is not None
        os.kill(stuck, signal.SIGSTOP)
        monkeypatch.setattr("imgsimd.milvus.link.PATIENCE", 0.1)
        assert "does not answer. Is the machine overloaded?" in failure(link)[1]
        assert is_gone(stuck)


def test_no_process_is_started_where_nothing_listens() -> None:
    with linked(f"http://127.0.0.1:{free_port()}") as link:
        fault, words = failure(link)
        assert link.pid is None
    assert fault is StoreFault.AWAY
    assert "Connection refused" in words


def test_closing_ends_the_process_and_whoever_waits() -> None:
    with mute_server() as (_, uri), linked(uri, seconds=60) as link:
        faults: list[StoreFault] = []
        waiting = threading.Thread(target=lambda: faults.append(failure(link)[0]))
        waiting.start()
        wait_until(lambda: link.pid is not None)
        pid = link.pid
        assert pid is not None
        link.close()
        waiting.join()
        assert is_gone(pid)
        assert faults == [StoreFault.FAILED]
        assert failure(link)[0] is StoreFault.FAILED


def test_without_pymilvus_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pymilvus.py").write_text("raise ModuleNotFoundError('No module pymilvus')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with mute_server() as (_, uri), linked(uri) as link:
        fault, words = failure(link)
    assert fault is StoreFault.NOT_INSTALLED
    assert "pip install pymilvus" in words


def test_the_process_ends_with_the_one_that_started_it() -> None:
    code = """if True:
        import sys
        from imgsimd.milvus.link import Link
        from imgsimd.milvus.messages import Collections, Server
        link = Link(Server(sys.argv[1], None, None, None, None, ""), 1)
        try:
            link.ask(Collections("any"))
        finally:
            print(link.pid, flush=True)
            input()
    """
    with (
        mute_server() as (_, uri),
        subprocess.Popen(
            [sys.executable, "-c", code, uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as parent,
    ):
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    wait_until(lambda: is_gone(child))
