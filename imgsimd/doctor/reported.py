"""What the daemon itself reports as wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from imgsimd.client import Problem
from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.problems import (
    DATABASE_FAILED,
    DATABASE_SET_ASIDE,
    INDEXING_FAILED,
    RELOAD_FAILED,
    ROOT_DEGRADED,
    ROOT_LEFT_OUT,
    ROOT_OFFLINE,
    SETTING_RENAMED,
)
from imgsimd.words import quoted

NAME = "problems"
OF_FOLDERS = (ROOT_OFFLINE.code, ROOT_DEGRADED.code)
"""Of these the checks of the folders tell."""
IN_CONFIGURATION = (RELOAD_FAILED.code, ROOT_LEFT_OUT.code, SETTING_RENAMED.code)
IN_LOG = (INDEXING_FAILED.code, DATABASE_FAILED.code)


def check(situation: Situation) -> Iterator[Result]:
    """One result for each error and each warning; nothing if no daemon answers."""
    status = situation.daemon.status
    if status is None:
        return
    told = [each for each in status.problems if each.code not in OF_FOLDERS]
    for problem in told:
        if problem.severity == "error":
            yield failed(NAME, problem.sentence, _mending(situation, problem))
        elif problem.severity == "warning":
            yield warned(NAME, problem.sentence, _mending(situation, problem))
    if all(problem.severity == "info" for problem in told):
        yield passed(NAME, "The daemon reports none.")


def _mending(situation: Situation, problem: Problem) -> str:
    if problem.code in IN_CONFIGURATION:
        return remedy.editing(situation)
    if problem.code == DATABASE_SET_ASIDE.code and (files := _set_aside(situation)):
        return f"rm {' '.join(files)}"
    if problem.code in IN_LOG:
        return _log(situation)
    return remedy.in_words(problem.remedy, "imgsimctl status")


def _set_aside(situation: Situation) -> list[str]:
    """Damaged and replaced databases, which are kept until the user has no need of them."""
    database = situation.where.database
    found = [*database.parent.glob(f"{database.name}.*-*")]
    kept = (f"{database.name}.corrupt-", f"{database.name}.replaced-")
    return [quoted(str(file)) for file in sorted(found) if file.name.startswith(kept)]


def _log(situation: Situation) -> str:
    """Shows the end of the log, which says more."""
    log = situation.where.log
    with suppress(OSError):
        if os.path.samefile(f"/proc/{situation.daemon.pid}/fd/2", log):
            return f"tail -n 30 {quoted(str(log))}"
    return "journalctl --user -u imgsimd -n 30"
