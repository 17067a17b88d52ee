"""The file with the weights of a network of Keras Applications: the user's, or the official one."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from imgsimd.errors import ModelError, WeightsMissingError
from imgsimd.models.install import path_text
from imgsimd.models.keras.library import import_keras
from imgsimd.words import printable

DOWNLOAD_SILENCE_SECONDS = 30.0
"""Seconds of silence after which a download has failed."""


class Weights:
    """Answers Keras when a network asks for the file of its weights.

    Each network of Keras Applications asks `get_file` for its official file, whose name, address
    and checksum only it knows. A user's file is given in its place, because a network that is made
    with `weights=FILE` is not always the same: EfficientNet then leaves out a step of its
    preprocessing.
    """

    def __init__(self, given: Path | None, terminal: TextIO) -> None:
        """Without a file of the user's, it is that of Keras's cache, which a download fills."""
        self._given = given
        self._terminal = terminal
        self.address = ""
        """Of the official file, once it was asked for."""

    @property
    def are_official(self) -> bool:
        """Whether they are not from a file of the user's."""
        return self._given is None

    @property
    def text(self) -> str:
        """Where they come from: the path of the user's file, or the address."""
        if self._given is None:
            return self.address
        return path_text(self._given.absolute())

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Networks that are made meanwhile get their weights from here. Raises ModelError where
        this Keras asks in another way."""
        import_keras()
        from keras.src.utils import file_utils

        self.address, official = "", file_utils.get_file
        file_utils.get_file = lambda name, origin, **checks: self._file(
            official, name, origin, checks
        )
        try:
            yield
        finally:
            file_utils.get_file = official
        if not self.address:
            raise ModelError(
                "This version of Keras looks for weights in a way that imgsimd does not know: "
                "install the version that imgsimd was made for, or please report this."
            )

    def _file(self, official: Any, name: str, address: str, checks: dict[str, Any]) -> str:
        """The path of the file. Raises WeightsMissingError."""
        self.address = address
        if self._given:
            return str(self._given)
        keras = import_keras()
        folder = Path(os.environ.get("KERAS_HOME") or "~/.keras") / "models"
        place = printable(str(folder))
        print(f"Looking for {name} in {place}, or downloading it ...", file=self._terminal)
        socket.setdefaulttimeout(DOWNLOAD_SILENCE_SECONDS)
        if not self._terminal.isatty():
            keras.config.disable_interactive_logging()  # its progress bar: thousands of lines
        try:
            with contextlib.redirect_stdout(self._terminal):
                return str(official(name, address, **checks))
        except Exception as error:  # Keras raises just that when it cannot download
            reason = re.sub(r"\[Errno -?\d+\] ", "", str(error).rsplit(" -- ", 1)[-1])
            raise WeightsMissingError(
                f"{name} is needed once and cannot be downloaded ({reason}): get it from "
                f"{address} on any machine, then put it into {folder}, or name it by "
                "`--weights FILE`."
            ) from error
