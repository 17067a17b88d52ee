"""Starts imgsimctl. Already the imports, nine tenths of a short command's time, may be interrupted
or run out of memory; that is handled here."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

from imgsimd.errors import ConfigError


def main() -> NoReturn:
    """The `imgsimctl` command."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # there is nothing to tidy up yet
    # http.client also works without ssl, whose import takes a tenth of a command's time.
    sys.modules["ssl"] = None  # type: ignore[assignment]  # documented: there is no such module
    gc.disable()  # during the imports, which leave no garbage
    try:
        from imgsimd.cli.main import main as run
    except Exception as error:
        if sys.argv[1:2] == ["doctor"]:
            _diagnose()
        if not isinstance(error, ImportError | MemoryError):
            raise
        print(f"imgsimctl: It cannot start, memory may be short: {error}.", file=sys.stderr)
        os._exit(ConfigError.exit_code)
    gc.freeze()
    gc.enable()
    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _diagnose() -> NoReturn:
    """What `imgsimctl doctor` does without the libraries that it lacks."""
    from imgsimd.doctor.__main__ import main

    main()


if __name__ == "__main__":
    main()
