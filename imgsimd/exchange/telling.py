"""What a process that exports, imports or evaluates tells the command that has started it: JSON, a
line each, on standard output. The last line is `end` or `error`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from imgsimd.errors import ConfigError, ImgsimdError
from imgsimd.words import of_system

EVERY = 1000
"""Images between two lines, where each takes some microseconds."""


class Progress:
    """Says how far it is, now and then."""

    def __init__(self, stage: str, total: int, every: int = EVERY) -> None:
        """`stage` is what is done, in words: `Writing`; after `every` so many images comes a
        line."""
        self._stage = stage
        self._total = total
        self._every = every
        self._said = 0
        self._say(0)

    def __call__(self, done: int) -> None:
        """So many images are done."""
        if done - self._said >= self._every:
            self._said = done
            self._say(done)

    def _say(self, done: int) -> None:
        tell(progress={"stage": self._stage, "done": done, "total": self._total})


def tell(**line: object) -> None:
    """Sends one line. Raises BrokenPipeError if nobody listens any more."""
    print(json.dumps(line), flush=True)


def run(work: Callable[[], dict[str, object]]) -> NoReturn:
    """Does the work, and tells what it returns as `end`; or the ImgsimdError, or what the system
    refuses, as `error`. If nobody listens, or Ctrl-C was pressed, it ends by that signal."""
    try:
        tell(end=work())
    except ImgsimdError as error:
        _fail(error)
    except MemoryError:
        _fail(ConfigError("There is not enough memory."))
    except BrokenPipeError:
        _end_by(signal.SIGPIPE)
    except KeyboardInterrupt:
        _end_by(signal.SIGINT)
    except OSError as error:
        _fail(ConfigError(f"The system refuses: {of_system(error)}."))
    sys.exit(0)


def _fail(error: ImgsimdError) -> NoReturn:
    tell(error={"code": error.code, "message": str(error)})
    sys.exit(error.exit_code)


def _end_by(number: signal.Signals) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    raise AssertionError("a signal ends the process")
