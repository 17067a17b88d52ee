"""Commands that mend what is wrong, for a shell."""

from __future__ import annotations

import os
import re
from pathlib import Path

from imgsimd import access, paths
from imgsimd.doctor.situation import Situation
from imgsimd.types import FilePath
from imgsimd.watching import mounts
from imgsimd.words import quoted

START = "imgsimctl up"
RESTART = "imgsimctl down && imgsimctl up"
AGAIN = "imgsimctl doctor"
_COMMAND = re.compile(
    r"`((?:sudo |imgsimctl|chmod|kill|journalctl)[^`]*)`|: ((?:sudo|imgsimctl) .*)$"
)


def without(text: str) -> str:
    """The text without the command at its end, and the sentence that introduces it."""
    return re.sub(r"\. To [^:`.]*: `[^`]*`(\.?)$", r"\1", text)


def in_words(text: str, otherwise: str) -> str:
    """The last command that a sentence of ours names, in backquotes or at its end."""
    found = [quoted or bare for quoted, bare in _COMMAND.findall(text)]
    return found[-1] if found else otherwise


def editing(situation: Situation) -> str:
    """Opens the configuration, or allows that, and has a daemon that runs read it again."""
    if os.path.exists(situation.where.config) and (barred := access.barred(situation.where.config)):
        return unbarring(barred, situation.where.config)
    edit = f"${{EDITOR:-vi}} {quoted(str(situation.where.config))}"
    return f"{edit} && imgsimctl reload" if situation.daemon.status else edit


def allowing(path: FilePath, rights: str, user: int, recursively: bool = False) -> str:
    """Lets this user use what lies at the path."""
    owner = os.stat(path).st_uid
    who, sudo = ("u", "") if owner == user else ("o", "sudo ")
    return f"{sudo}chmod {'-R ' * recursively}{who}+{rights} {paths.quoted(path)}"


def unbarring(barred: str, path: Path) -> str:
    """Lets us use the file, for the reason why we may not that `access.barred` gives."""
    mount = mounts.around(os.fsencode(os.path.realpath(path)))
    disk = paths.quoted(mount.place) if mount else "/"
    return in_words(barred, f"sudo mount -o remount,rw {disk}")


def freeing(folder: str) -> str:
    """Lists what takes most room on the disk on which the folder lies."""
    place = Path(folder)
    while not os.path.ismount(place):
        place = place.parent
    return f"du -xhd2 {quoted(str(place))} 2>/dev/null | sort -h | tail -n 20"
