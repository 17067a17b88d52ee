"""What the daemon itself reports as wrong."""

from __future__ import annotations

from collections.abc import Iterator

from imgsimd.doctor import remedy
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation

NAME = "problems"
OF_FOLDERS = {"root_offline", "root_degraded", "root_polled"}
"""Codes of problems that the checks of the folders tell of."""


def check(situation: Situation) -> Iterator[Result]:
    """One result for each error and each warning; nothing if no daemon answers."""
    status = situation.daemon.status
    if status is None:
        return
    told = [each for each in status.problems if each.code not in OF_FOLDERS]
    for problem in told:
        mend = remedy.in_words(problem.remedy or problem.sentence, "imgsimctl status")
        if problem.severity == "error":
            yield failed(NAME, problem.sentence, mend)
        elif problem.severity == "warning":
            yield warned(NAME, problem.sentence, mend)
    if all(problem.severity == "info" for problem in told):
        yield passed(NAME, "The daemon reports none.")
