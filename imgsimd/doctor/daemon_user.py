"""Sees files as the daemon's user does, who may be another one than the user of this command."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress


def become(user: int) -> bool:
    """Makes this process one of that user, for good, if it is not and may be. Returns whether it is
    one."""
    if user == os.geteuid():
        return True
    group = user
    try:
        with suppress(KeyError):
            entry = pwd.getpwuid(user)
            group = entry.pw_gid
            os.initgroups(entry.pw_name, group)
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    except PermissionError:
        return False
    return True
