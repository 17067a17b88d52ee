"""OpenCV with a decoder that obeys the picture: `DO COMMAND ARGUMENT`.

With this folder on PYTHONPATH a real worker imports it in OpenCV's place: whatever a fault in a
decoder may do to a worker, a test can have done to it.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from typing import Any

import attempts  # type: ignore[import-not-found]  # beside this file
import numpy as np

from imgsimd.errors import BadPictureError

sys.path.remove(os.path.dirname(__file__))
del sys.modules["cv2"]
real: Any = importlib.import_module("cv2")
decode = real.imdecode


def slow(seconds: str) -> Any:
    """A red picture, after so much time of its own: while the process is stopped, none passes."""
    for _ in range(int(float(seconds) * 100)):
        time.sleep(0.01)
    return np.full((8, 8, 3), (255, 0, 0), np.uint8)


def fill(_: str) -> None:
    """Takes memory until there is no more."""
    taken = []
    while True:
        taken.append(bytearray(2**24))


def enlarge(_: str) -> Any:
    """Has OpenCV ask for 5 GB at once."""
    return real.resize(np.zeros((1, 1, 3), np.uint8), (40_000, 40_000))


def say(message: str) -> None:
    """Tells the daemon whatever it is."""
    os.write(int(sys.argv[1]), bytes.fromhex(message))
    time.sleep(600)


def attempt(argument: str) -> None:
    """The answer says what came of it."""
    name, path = argument.split(" ", 1)
    raise BadPictureError("done" if attempts.succeeds(name, path) else "refused")


COMMANDS = {
    "crash": lambda _: os.abort(),
    "exit": lambda _: os._exit(0),
    "fail": lambda _: 1 // 0,
    "hang": lambda _: time.sleep(600),
    "slow": slow,
    "fill": fill,
    "enlarge": enlarge,
    "say": say,
    "attempt": attempt,
}


def imdecode(data: Any, flags: int) -> Any:
    """As OpenCV's, but for commands."""
    word, _, command = bytes(data[:4096]).partition(b" ")
    if word != b"DO":
        return decode(data, flags)
    name, _, argument = command.decode().partition(" ")
    return COMMANDS[name](argument)


real.imdecode = imdecode
sys.modules["cv2"] = real
