"""Whether the daemon can use its state directory, and nobody else can."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from imgsimd import access
from imgsimd.doctor import daemon_user, remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.watching import mounts
from imgsimd.words import quoted

NAME = "state_directory"


def check(situation: Situation) -> Iterator[Result]:
    """One result."""
    if situation.is_of_another:
        yield passed(NAME, f"{situation.where.state} is another user's, so it is not looked at.")
        return
    daemon_user.become(situation.user)
    yield _result(situation)


def _result(situation: Situation) -> Result:
    where, state = situation.where, str(situation.where.state)
    if os.path.lexists(state) and not os.path.isdir(state):
        return failed(
            NAME,
            f"{state} is not a folder, but the state directory must be one.",
            f"mv {quoted(state)} {quoted(state + '.old')}",
        )
    if barred := access.barred(where.lock):
        mend = remedy.unbarring(barred, where.lock)
        return failed(NAME, f"{state} cannot be used: {remedy.without(barred)}.", mend)
    if not os.path.isdir(state):
        return passed(NAME, f"{state} is not there yet; the first start makes it.")
    if stat.S_IMODE(os.stat(state).st_mode) & 0o022:
        return warned(
            NAME,
            f"Other users may write in {state}, and so replace the database.",
            f"chmod go-w {quoted(state)}",
        )
    mount = mounts.around(os.fsencode(os.path.realpath(state)))
    if mount and mount.is_remote:
        return warned(
            NAME,
            f"{state} is on a network disk ({mount.kind}), where SQLite is not safe. Set "
            "`state_dir` to a folder on a disk of this machine.",
            remedy.editing(situation),
        )
    return passed(NAME, f"{state} can be read and written.")
