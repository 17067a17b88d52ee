"""The embedding worker: decodes pictures and runs the network, in a process that may die.

    python -m imgsimd.embedding.worker SOCKET_FD SETUP

Each thread has a network of its own that uses one core: on two cores that is a tenth faster than
one network on both (measured), and needs no batches. Pictures come as file descriptors, and before
the first one comes the process enters its sandbox (`sandbox/enter.py`).
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import queue
import signal
import socket
import sys
import threading
from itertools import count

import cv2

from imgsimd import logs
from imgsimd.decoding import decode, registry
from imgsimd.embedding.protocol import Answer, Kind, Order, Setup, pack_fault, parts
from imgsimd.embedding.sandbox import enter
from imgsimd.embedding.shared_lock import SharedLock
from imgsimd.embedding.tasks import Tasks
from imgsimd.errors import BadPictureError
from imgsimd.machine import priority

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


class Worker:
    """Takes orders from the socket, urgent ones first, and answers each exactly once."""

    def __init__(self, channel: socket.socket, threads: list[Tasks]) -> None:
        """One thread for each of the `threads`."""
        self._channel = channel
        self._threads = threads
        self._orders: queue.PriorityQueue[tuple[bool, int, Order, int]] = queue.PriorityQueue()
        self._shared_lock = SharedLock(len(threads))

    def run(self, locks: list[str]) -> None:
        """Works until the daemon closes the channel."""
        proven = threading.Barrier(len(self._threads) + 1)
        for tasks in self._threads:
            threading.Thread(target=self._work, args=(tasks, proven), daemon=True).start()
        proven.wait()
        self._say(Answer(0, Kind.READY, " ".join(locks).encode()))
        for number in count():
            message, descriptors, _, _ = socket.recv_fds(self._channel, 64, 1)
            if not message:
                break
            order = Order.unpack(message)
            self._orders.put((not order.urgent, number, order, descriptors[0]))

    def _work(self, tasks: Tasks, proven: threading.Barrier) -> None:
        tasks.prove()  # once more: now in the sandbox, and in this thread
        proven.wait()
        while True:
            _, _, order, descriptor = self._orders.get()
            self._say(Answer(order.job, Kind.STARTED))
            try:
                answers = parts(order.job, self._judge(tasks, order, descriptor))
            except BadPictureError as error:
                answers = iter([Answer(order.job, Kind.UNREADABLE, pack_fault(error))])
            finally:
                os.close(descriptor)
            for answer in answers:
                self._say(answer)

    def _judge(self, tasks: Tasks, order: Order, descriptor: int) -> bytes:
        """Refuses a picture only after a second try, while no other picture uses memory."""
        try:
            with self._shared_lock.shared():
                return tasks.do(order, descriptor)
        except BadPictureError:
            with self._shared_lock.alone():
                return tasks.do(order, descriptor)

    def _say(self, answer: Answer) -> None:
        self._channel.send(answer.pack())


def check(file: str, sha256: str) -> None:
    """Ends the worker if the model's file is not the one that the description names."""
    with open(file, "rb") as model:
        if hashlib.file_digest(model, "sha256").hexdigest() != sha256:
            log.error("%s does not have the sha256 that the .toml beside it says", file)
            sys.exit(1)


def die_with(parent: int) -> None:
    """Has the kernel end this worker with its daemon (prctl(2)); ends it now if that has ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        log.error("The daemon has ended, and the worker with it.")
        sys.exit(1)


def _end(failure: threading.ExceptHookArgs) -> None:
    """A thread that fails ends the worker: the daemon finds out which picture is to blame."""
    try:
        threading.__excepthook__(failure)
    finally:  # where the log is a file, nothing could be written to it
        os._exit(1)


def main() -> None:
    """Started by `worker_process.py`, never by hand."""
    logs.set_up(has_times=False)  # the daemon reads it
    channel, setup = int(sys.argv[1]), Setup.unpack(sys.argv[2])
    die_with(setup.parent)
    os.dup2(2, 1)  # a library's stray print reaches the log, and nobody else
    check(setup.file, setup.sha256)
    cv2.setNumThreads(1)
    decode.load()
    threads = [Tasks(setup) for _ in range(setup.threads)]
    threads[0].prove()  # loads what is loaded late
    threading.excepthook = _end
    worker = Worker(socket.socket(fileno=channel), threads)
    if setup.has_idle_priority:  # only now: a worker that begins has a deadline
        priority.lower_session()
    worker.run(enter.enter(setup.memory, registry.system_calls()))
    os._exit(0)  # threads may be in the middle of a picture that nobody waits for


if __name__ == "__main__":
    main()
