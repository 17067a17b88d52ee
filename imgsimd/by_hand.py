"""What somebody is told who starts the daemon by hand, and with arguments."""

from __future__ import annotations

import sys
from typing import NoReturn

from imgsimd import __version__
from imgsimd.words import printable

HELP = (
    "imgsimd is the daemon and takes no arguments. `imgsimctl up` starts it in the background; "
    "`imgsimctl --help` lists the commands."
)


def explain(option: str) -> NoReturn:
    """Answers, and ends the process: with 2, if this is neither --help nor --version."""
    if option == "--version":
        print(__version__)
        sys.exit(0)
    if option in ("-h", "--help"):
        print(HELP)
        sys.exit(0)
    print(f"imgsimd: takes no arguments, but got {printable(option)}.", file=sys.stderr)
    sys.exit(2)
