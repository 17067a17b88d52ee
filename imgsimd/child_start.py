"""How a process starts that a command has started for work of its own: Ctrl-C ends it without a
word, also while it imports what it needs, which takes most of a second.

    python -P -m imgsimd.child_start MODULE [ARGUMENT...]

It calls `MODULE.main()`, which finds the arguments in `sys.argv` as after `python -m MODULE`, and
ends with what that returns.
"""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

_CTRL_C = {signal.SIGINT}


def started(
    module: str,
    arguments: Sequence[str],
    stdout: int | IO[Any] | None = None,
    descriptors: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """The process, which inherits these descriptors. In both, Ctrl-C waits until it can be
    obeyed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "imgsimd.child_start", module, *arguments],
            stdout=stdout,
            pass_fds=descriptors,
            env=environment,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def main() -> int | None:
    """Runs the module that the command line names."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # there is nothing to tidy up yet
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
    del sys.argv[0]
    module = importlib.import_module(sys.argv[0])
    signal.signal(signal.SIGINT, handler)
    code: int | None = module.main()
    return code


if __name__ == "__main__":
    sys.exit(main())
