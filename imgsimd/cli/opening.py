"""Opens an address in the browser of the user's desktop."""

from __future__ import annotations

import os
import sys

from imgsimd.cli import detached

_OPENING = "import sys, webbrowser; webbrowser.open(sys.argv[1])"


def open_address(address: str) -> bool:
    """Asks the desktop to open an address; false where there is no desktop. Returns at once.

    A browser for terminals is never given this one: what is opened has no terminal. With `BROWSER`,
    programs on another machine, such as editors over ssh, get addresses without a desktop here.
    """
    if not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
        return False
    # In a process of its own, since webbrowser asks other programs what to open, for 0.1 s or more;
    # without TERM, it does not look for browsers that need a terminal.
    environ = {name: value for name, value in os.environ.items() if name != "TERM"}
    return detached.start([sys.executable, "-I", "-c", _OPENING, address], environ)
