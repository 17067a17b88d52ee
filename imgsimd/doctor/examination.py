"""The checks in their order, done at the same time, each in a process of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module

from imgsimd import __version__
from imgsimd.doctor import own_process, packages, situation
from imgsimd.doctor.own_process import Fault, Outcome, Work
from imgsimd.doctor.remedy import AGAIN
from imgsimd.doctor.result import Result, failed
from imgsimd.doctor.situation import Situation
from imgsimd.errors import ConfigError
from imgsimd.words import counted


@dataclass(frozen=True, slots=True)
class Check:
    """One module's work."""

    name: str
    """The name of a result if the check cannot be done; most of its results have it."""
    module: str
    """In this room; its `check` yields results."""
    seconds: float
    """How long it may take. That is much more than it needs, but on a busy machine."""


CHECKS = (
    Check("versions", "versions", 10),
    Check("configuration", "configuration", 20),
    Check("state_directory", "state_directory", 10),
    Check("socket", "control_socket", 10),
    Check("service", "service", 15),
    Check("linger", "linger", 10),
    Check("disk", "folders", 20),
    Check("inotify_watches", "inotify", 20),
    Check("database", "database", 20),
    Check("model", "models", 30),
    Check("worker", "worker", 60),
    Check("libraries", "libraries", 60),
    Check("store", "store", 60),
    Check("free_space", "free_space", 10),
    Check("clock", "clock", 10),
    Check("problems", "reported", 10),
)
"""In the order in which their results are listed."""


def examine() -> list[Result]:
    """All results. Raises nothing, changes nothing, and takes no longer than the longest check."""
    try:
        found = _situation()
    except ConfigError as error:
        return [failed("configuration", str(error), "export HOME=/home/$(id -un)")]
    works = [Work(partial(_checked, each, found), each.seconds) for each in CHECKS]
    pairs = zip(CHECKS, own_process.run(works), strict=True)
    return [result for check, outcome in pairs for result in _results(check, outcome)]


def counts(results: Sequence[Result]) -> Mapping[str, int]:
    """How many passed, warn and failed."""
    verdicts = [each.result for each in results]
    return {
        "passed": verdicts.count("pass"),
        "warned": verdicts.count("warn"),
        "failed": verdicts.count("fail"),
    }


def document(results: Sequence[Result]) -> dict[str, object]:
    """The same for programs, with all results."""
    checks = [asdict(result) for result in results]
    return {"checks": checks, **counts(results), "version": __version__}


def summary(results: Sequence[Result]) -> str:
    """The same in words."""
    count = counts(results)
    return (
        f"{counted(len(results), 'check')}: {count['passed']} passed, "
        f"{counted(count['warned'], 'warning')}, {count['failed']} failed."
    )


def _checked(check: Check, found: Situation) -> Iterable[object]:
    done: Iterable[object] = import_module(f"imgsimd.doctor.{check.module}").check(found)
    return done


def _results(check: Check, outcome: Outcome) -> Iterator[Result]:
    yield from (value for value in outcome.values if isinstance(value, Result))
    if outcome.fault:
        yield _not_done(check, outcome.fault)


def _not_done(check: Check, fault: Fault) -> Result:
    if fault.is_late:
        return failed(
            check.name,
            f"This took more than {check.seconds:g} seconds, so it was given up. A disk does not "
            "answer, or the machine is very busy.",
            AGAIN,
        )
    package = packages.blamed(fault)
    mend = packages.mending(package) if package else AGAIN
    return failed(check.name, f"This could not be checked: {fault.what}.", mend)


def _situation() -> Situation:
    """Raises ConfigError."""
    outcome = own_process.one(Work(situation.find, situation.SECONDS))
    for found in outcome.values:
        if isinstance(found, Situation):
            return found
    fault = outcome.fault or Fault("nothing was found")
    return situation.without_disks(
        "The disk with the configuration or the state directory does not answer."
        if fault.is_late
        else f"It could not be found out where imgsimd has its files: {fault.what}."
    )
