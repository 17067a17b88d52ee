"""Commands to try next, printed so that they can be pasted."""

from __future__ import annotations

import os
import shutil
import sys

from imgsimd.words import quoted


def command(name: str, *arguments: str) -> str:
    """`imgsimctl NAME ARGUMENTS`, as this user calls imgsimctl."""
    return " ".join([_this_program(), name, *map(quoted, arguments)])


def _this_program() -> str:
    called = sys.argv[0]
    found = shutil.which("imgsimctl")
    same = found is not None and os.path.realpath(found) == os.path.realpath(called)
    return "imgsimctl" if same else quoted(called)
