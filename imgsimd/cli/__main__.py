"""imgsimctl from its first moment: nine tenths of a short command are imports, which may also be
interrupted, or find too little memory."""

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
    # In this process: http.client does without ssl, whose import is a tenth of a command's time.
    sys.modules["ssl"] = None  # type: ignore[assignment]  # documented: there is no such module
    gc.disable()  # while all is imported, which is kept: there is no garbage to find
    try:
        from imgsimd.cli.main import main as run
    except (ImportError, MemoryError) as error:
        print(f"imgsimctl: It cannot start, memory may be short: {error}.", file=sys.stderr)
        os._exit(ConfigError.exit_code)
    gc.freeze()
    gc.enable()
    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
