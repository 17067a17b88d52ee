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
from dataclasses import replace
from itertools import count
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from imgsimd import file_faults, logs
from imgsimd.decoding import decode, faults, registry
from imgsimd.embedding.protocol import (
    LONGEST_PAYLOAD,
    Answer,
    Kind,
    Order,
    Setup,
    Task,
    pack_fault,
)
from imgsimd.embedding.sandbox import enter
from imgsimd.embedding.shared_lock import SharedLock
from imgsimd.errors import BadPictureError, ModelError
from imgsimd.vectors import NUMBER_BYTES, to_bytes, to_unit_vector

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


class Network:
    """A LiteRT interpreter on one core."""

    def __init__(self, file: str, size: int, resize: decode.Resize, most_pixels: int) -> None:
        self._interpreter: Any = Interpreter(file, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._size = size
        self._resize = resize
        self._most_pixels = most_pixels

    def embed(self, content: bytes) -> tuple[bytes, float]:
        """The picture's vector, float32 of unit length, and how much of the picture it shows (see
        `Picture.read`). Raises BadPictureError."""
        square = decode.squared(content, self._size, self._resize, self._most_pixels)
        pixels = square.pixels[None].astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()
        try:
            vector = to_unit_vector(self._interpreter.get_tensor(self._output)[0])
        except ValueError:
            raise faults.no_vector() from None
        return to_bytes(vector), square.read

    def prove(self, dimension: int) -> None:
        """Embeds a picture that is known to be good: if later ones fail, they are to blame.

        Raises ModelError, or BadPictureError.
        """
        grey = np.full((1, 1, 3), 128, np.uint8)
        vector, _ = self.embed(cv2.imencode(".jpg", grey)[1].tobytes())
        numbers = len(vector) // NUMBER_BYTES
        if numbers != dimension:
            raise ModelError(f"The model gives {numbers} numbers, not {dimension}.")


class Worker:
    """Takes orders from the socket, urgent ones first, and answers each exactly once."""

    def __init__(self, channel: socket.socket, networks: list[Network], setup: Setup) -> None:
        self._channel = channel
        self._networks = networks
        self._setup = setup
        self._orders: queue.PriorityQueue[tuple[bool, int, Order, int]] = queue.PriorityQueue()
        self._shared_lock = SharedLock(len(networks))

    def run(self, locks: list[str]) -> None:
        """Works until the daemon closes the channel."""
        proven = threading.Barrier(len(self._networks) + 1)
        for network in self._networks:
            threading.Thread(target=self._work, args=(network, proven), daemon=True).start()
        proven.wait()
        self._say(Answer(0, Kind.READY, " ".join(locks).encode()))
        for number in count():
            message, descriptors, _, _ = socket.recv_fds(self._channel, 64, 1)
            if not message:
                break
            order = Order.unpack(message)
            self._orders.put((not order.urgent, number, order, descriptors[0]))

    def _work(self, network: Network, proven: threading.Barrier) -> None:
        network.prove(self._setup.dimension)  # once more: now in the sandbox, and in this thread
        proven.wait()
        while True:
            _, _, order, descriptor = self._orders.get()
            self._say(Answer(order.job, Kind.STARTED))
            try:
                answer = Answer(order.job, Kind.DONE, self._judge(network, order, descriptor))
            except BadPictureError as error:
                answer = Answer(order.job, Kind.UNREADABLE, pack_fault(error))
            finally:
                os.close(descriptor)
            self._say(answer)

    def _judge(self, network: Network, order: Order, descriptor: int) -> bytes:
        """Refuses a picture only after a second try, while no other picture uses memory."""
        try:
            with self._shared_lock.shared():
                return self._do(network, order, descriptor)
        except BadPictureError:
            with self._shared_lock.alone():
                return self._do(network, order, descriptor)

    def _do(self, network: Network, order: Order, descriptor: int) -> bytes:
        if order.task is Task.METADATA:
            return self._metadata(descriptor)
        content = self._read(descriptor)
        if order.task is Task.THUMBNAIL:
            most = self._setup.max_pixels
            return decode.thumbnail(content, order.pixels, LONGEST_PAYLOAD, most)
        vector, read = network.embed(content)
        return vector + replace(decode.metadata(content), read=read).pack()

    def _metadata(self, descriptor: int) -> bytes:
        """Reads no more of the file than its format asks for."""
        start = self._read(descriptor, most=registry.START_BYTES)
        decoder = registry.recognised(start)
        most = decoder.header_bytes if decoder else registry.START_BYTES
        return decode.metadata(self._read(descriptor, most)).pack()

    def _read(self, descriptor: int, most: int | None = None) -> bytes:
        """The file, or `most` bytes from its start."""
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size > self._setup.max_bytes:
                raise file_faults.too_large(self._setup.max_bytes, size)
            return os.pread(descriptor, size if most is None else most, 0)
        except OSError as error:
            raise file_faults.unreadable(error) from error
        except MemoryError as error:
            raise faults.too_much_memory() from error

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
    logs.set_up()
    channel, setup = int(sys.argv[1]), Setup.unpack(sys.argv[2])
    die_with(setup.parent)
    os.dup2(2, 1)  # a library's stray print reaches the log, and nobody else
    check(setup.file, setup.sha256)
    cv2.setNumThreads(1)
    decode.load()
    networks = [
        Network(setup.file, setup.size, setup.resize, setup.max_pixels)
        for _ in range(setup.threads)
    ]
    networks[0].prove(setup.dimension)  # loads what is loaded late
    threading.excepthook = _end
    worker = Worker(socket.socket(fileno=channel), networks, setup)
    worker.run(enter.enter(setup.memory, registry.system_calls()))
    os._exit(0)  # threads may be in the middle of a picture that nobody waits for


if __name__ == "__main__":
    main()
