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
from typing import NoReturn

import cv2

from imgsimd import logs
from imgsimd.decoding import registry
from imgsimd.embedding import runtime
from imgsimd.embedding.network import opener
from imgsimd.embedding.protocol import Answer, Kind, Order, Setup, pack_fault, parts
from imgsimd.embedding.sandbox import enter
from imgsimd.embedding.shared_lock import SharedLock
from imgsimd.embedding.tasks import Tasks, warm_up
from imgsimd.errors import BadPictureError, ModelError
from imgsimd.machine import priority
from imgsimd.words import reason

log = logging.getLogger(__name__)

NETWORK_COPIES = 4
"""How often a runtime has the numbers of a network at most: as they were read, as they are used
(as float32, those of a float16 network take twice as much), and in the order that is fastest."""
BYTES_A_NETWORK_PIXEL = 1024
"""What lies between the layers of a network, for each pixel of its input: twice 64 channels of
float32, as VGG16 has them, and as much again to compute them."""
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
        try:
            tasks.prove()
        except ModelError as error:
            refuse(self._channel, error)
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


def content_of(file: str, sha256: str) -> bytes:
    """The content of the model's file. Raises ModelError if it is not the one that the description
    names."""
    try:
        with open(file, "rb") as model:
            content = model.read()
    except OSError as error:
        raise ModelError(f"its file cannot be read ({reason(error)})") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError("its file does not have the sha256 that the .toml beside it says")
    return content


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
    channel, setup = socket.socket(fileno=int(sys.argv[1])), Setup.unpack(sys.argv[2])
    die_with(setup.parent)
    os.dup2(2, 1)  # a library's stray print reaches the log, and nobody else
    threading.excepthook = _end
    try:
        work(channel, setup)
    except ModelError as error:
        refuse(channel, error)
    os._exit(0)  # threads may be in the middle of a picture that nobody waits for


def work(channel: socket.socket, setup: Setup) -> None:
    """Works until the daemon closes the channel. Raises ModelError, a clause about "it", if the
    model cannot be used."""
    content = content_of(setup.file, setup.sha256)
    cv2.setNumThreads(1)
    runtime.of(setup.file).warm_up()
    warm_up()
    if setup.has_idle_priority:
        priority.lower_session()
    memory = setup.memory + network_memory(len(content), setup.size) * setup.threads
    locks = enter.enter(memory, registry.system_calls())
    network = opener(content, setup.file, setup, setup.max_pixels)
    threads = [Tasks(setup, network()) for _ in range(setup.threads)]
    Worker(channel, threads).run(locks)


def refuse(channel: socket.socket, error: ModelError) -> NoReturn:
    """Ends the worker; the daemon hears why it cannot work with its model."""
    log.error("The model cannot be used: %s.", error)
    channel.send(Answer(0, Kind.UNFIT, str(error).encode(errors="replace")).pack())
    os._exit(1)


def network_memory(size: int, side: int) -> int:
    """Bytes that a network may use in a thread, whose file has so many and whose input so many
    pixels on a side."""
    return NETWORK_COPIES * size + BYTES_A_NETWORK_PIXEL * side * side


if __name__ == "__main__":
    main()
