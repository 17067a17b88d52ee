"""What commands say on standard error: sentences or, with --json, a JSON object on each line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TextIO

from imgsimd.cli import pager, terminal


class Form:
    """The form of what is said."""

    as_json = False


_said: list[str] = []


def choose(arguments: Sequence[str]) -> None:
    """Chooses JSON if --json is among the arguments of imgsimctl, even if these are wrong. A new
    command begins, which has said nothing yet."""
    Form.as_json = "--json" in _options(arguments)
    _said.clear()


def has_said(sentence: str) -> bool:
    """Whether this command has said the sentence, or it is empty."""
    return not sentence or any(sentence in each for each in _said)


def note(sentence: str) -> None:
    """Says what is worth knowing; in JSON, `{"note": {"message"}}`."""
    _say("note", {"message": sentence}, pager.notes())


def error(sentence: str, code: str, exit_code: int, details: Mapping[str, object]) -> None:
    """Says why the command fails; in JSON, `{"error": {"code", "message", "exit_code"}}` with the
    details."""
    with suppress(OSError):
        pager.end()
    _say("error", {"code": code, "message": sentence, "exit_code": exit_code, **details})


def _say(kind: str, content: Mapping[str, object], stream: TextIO | None = None) -> None:
    """Prints it, or nothing if standard error, or the other stream, cannot be written."""
    stream = stream or sys.stderr
    _said.append(str(content["message"]))
    with suppress(OSError):
        if Form.as_json:
            print(json.dumps({kind: content}), file=stream)
        else:
            sentence = f"imgsimctl: {content['message']}"
            print(terminal.fitted(sentence, stream), file=stream)


def _options(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments before `--`, which ends the options."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments
