"""A decoder that obeys the picture: `DO COMMAND ARGUMENT`.

With this folder on PYTHONPATH a real worker has it beside its own decoders (`sitecustomize.py`):
whatever a fault in a decoder may do to a worker, a test can have done to it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import attempts  # type: ignore[import-not-found]  # beside this file
import cv2
import numpy as np

from imgsimd.decoding import opencv
from imgsimd.decoding.headers import Header
from imgsimd.decoding.picture import Bounds, Picture
from imgsimd.errors import BadPictureError


def slow(seconds: str) -> Picture:
    """A red picture, after so much time of its own: while the process is stopped, none passes."""
    for _ in range(int(float(seconds) * 100)):
        time.sleep(0.01)
    return Picture(np.full((8, 8, 3), (0, 0, 255), np.uint8))


def part(share: str) -> Picture:
    """A blue picture, of which so much could be decoded."""
    return Picture(np.full((8, 8, 3), (0, 0, 255), np.uint8), read=float(share))


def fill(_: str) -> None:
    """Takes memory until there is no more."""
    taken = []
    while True:
        taken.append(bytearray(2**24))


def enlarge(_: str) -> None:
    """Has OpenCV ask for 5 GB at once."""
    try:
        cv2.resize(np.zeros((1, 1, 3), np.uint8), (40_000, 40_000))
    except cv2.error as error:
        raise opencv.fault(error, b"") from error


def say(message: str) -> None:
    """Tells the daemon whatever it is."""
    os.write(int(sys.argv[1]), bytes.fromhex(message))
    time.sleep(600)


def fail(_: str) -> None:
    """Raises what no decoder should."""
    raise ZeroDivisionError


def attempt(argument: str) -> None:
    """The answer says what came of it."""
    name, path = argument.split(" ", 1)
    raise BadPictureError("done" if attempts.succeeds(name, path) else "refused")


COMMANDS: dict[str, Callable[[str], Picture | None]] = {
    "crash": lambda _: os.abort(),
    "exit": lambda _: os._exit(0),
    "fail": fail,
    "hang": lambda _: time.sleep(600),
    "slow": slow,
    "part": part,
    "fill": fill,
    "enlarge": enlarge,
    "say": say,
    "attempt": attempt,
}


def pixels(content: bytes, bounds: Bounds) -> Picture | None:
    """What comes of the command."""
    name, _, argument = content.decode().removeprefix("DO ").partition(" ")
    return COMMANDS[name](argument)


def header(content: bytes) -> Header:
    return Header(8, 8)
