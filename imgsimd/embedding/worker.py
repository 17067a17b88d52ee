"""The embedding worker: decodes pictures and runs the network, in a process that may die.

    python -m imgsimd.embedding.worker SOCKET_FD MODEL.tflite SHA256 SIZE RESIZE THREADS MAX_BYTES

Each thread has a network of its own that uses one core: on two cores that is a tenth faster than
one network on both (measured), and needs no batches. Pictures come as file descriptors.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import queue
import resource
import signal
import socket
import sys
import threading
from itertools import count
from typing import Any, Literal, cast

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from imgsimd.embedding import decode
from imgsimd.embedding.protocol import LONGEST_PAYLOAD, TOO_LARGE, Answer, Kind, Order, Task
from imgsimd.errors import BadPictureError

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
"""From linux/prctl.h."""


class Network:
    """A LiteRT interpreter on one core."""

    def __init__(self, file: str, size: int, resize: Literal["area", "linear"]) -> None:
        self._interpreter: Any = Interpreter(file, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._size = size
        self._resize = resize

    def embed(self, content: bytes) -> bytes:
        """The picture's vector, float32 of unit length. Raises BadPictureError."""
        square = decode.squared(content, self._size, self._resize)
        pixels = square[None].astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()
        vector = self._interpreter.get_tensor(self._output)[0].astype(np.float64)
        length = np.linalg.norm(vector)
        if not np.isfinite(length) or length == 0:
            raise BadPictureError("the model has no answer for it")
        return cast(bytes, (vector / length).astype("<f4").tobytes())


class Worker:
    """Takes orders from the socket, urgent ones first, and answers each exactly once."""

    def __init__(self, channel: socket.socket, networks: list[Network], max_bytes: int) -> None:
        self._channel = channel
        self._networks = networks
        self._max_bytes = max_bytes
        self._orders: queue.PriorityQueue[tuple[bool, int, Order, int]] = queue.PriorityQueue()

    def run(self) -> None:
        """Works until the daemon hangs up."""
        for network in self._networks:
            threading.Thread(target=self._work, args=(network,), daemon=True).start()
        self._say(Answer(0, Kind.READY))
        for number in count():
            message, descriptors, _, _ = socket.recv_fds(self._channel, 64, 1)
            if not message:
                break
            order = Order.unpack(message)
            self._orders.put((not order.urgent, number, order, descriptors[0]))

    def _work(self, network: Network) -> None:
        while True:
            _, _, order, descriptor = self._orders.get()
            self._say(Answer(order.job, Kind.STARTED))
            try:
                answer = Answer(order.job, Kind.DONE, self._do(network, order, descriptor))
            except BadPictureError as error:
                answer = Answer(order.job, Kind.UNREADABLE, str(error).encode())
            finally:
                os.close(descriptor)
            self._say(answer)

    def _do(self, network: Network, order: Order, descriptor: int) -> bytes:
        size = os.fstat(descriptor).st_size
        if size > self._max_bytes:
            raise BadPictureError(TOO_LARGE)
        content = os.pread(descriptor, size, 0)
        if order.task is Task.THUMBNAIL:
            return decode.thumbnail(content, order.pixels, LONGEST_PAYLOAD)
        return network.embed(content)

    def _say(self, answer: Answer) -> None:
        self._channel.send(answer.pack())


def check(file: str, sha256: str) -> None:
    """Ends the worker if the model is not the one whose vectors are stored under its name."""
    with open(file, "rb") as model:
        if hashlib.file_digest(model, "sha256").hexdigest() != sha256:
            sys.exit(f"{file} does not have the sha256 that the .toml beside it says")


def die_with_parent() -> None:
    """No worker outlives its daemon, however that ends (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def restrain() -> None:
    """No new rights, no files written, no core dumps: pictures come from anywhere."""
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    """Started by `service.py`, never by hand."""
    descriptor, file, sha256, size, resize, threads, max_bytes = sys.argv[1:]
    die_with_parent()
    os.dup2(2, 1)  # a library's stray print reaches the log, and nobody else
    check(file, sha256)
    cv2.setNumThreads(1)
    shape = cast(Literal["area", "linear"], resize)
    networks = [Network(file, int(size), shape) for _ in range(int(threads))]
    restrain()
    Worker(socket.socket(fileno=int(descriptor)), networks, int(max_bytes)).run()
    os._exit(0)  # threads may be in the middle of a picture that nobody waits for


if __name__ == "__main__":
    main()
