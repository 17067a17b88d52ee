"""Whether all libraries of the daemon, the worker and the commands can be imported."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import import_module

from imgsimd.doctor import own_process, packages, remedy
from imgsimd.doctor.own_process import Fault, Work
from imgsimd.doctor.packages import PACKAGES
from imgsimd.doctor.result import Result, failed, passed
from imgsimd.doctor.situation import Situation
from imgsimd.words import counted, printable

NAME = "libraries"
SECONDS = 50.0
"""For each import; half a second where nothing is wrong, but more on a busy machine."""
PARTS = (
    *("imgsimd.cli.main", "imgsimd.cli.config_file", "imgsimd.daemon"),
    *("imgsimd.embedding.worker", "imgsimd.web.app"),
    *("jeepney", "pyarrow", "python_multipart", "rich"),  # imported late
)
"""Together these import every package that is not for single formats of pictures."""


def check(situation: Situation) -> Iterator[Result]:
    """One result for each library that is missing or broken; one if none is."""
    del situation  # libraries are the same in all
    parts = _faults(PARTS)
    if not parts:
        yield passed(NAME, f"All {counted(len(PACKAGES), 'package')} can be imported.")
        return
    faults = broken()
    yield from (_broken(package, fault) for package, fault in faults.items())
    if not faults:
        for name, fault in parts.items():
            mend = remedy.AGAIN if fault.is_late else packages.installing()
            yield failed(NAME, f"{name} cannot be imported: {printable(fault.what)}.", mend)


def broken() -> dict[str, Fault]:
    """The packages that cannot be imported, and why; without those that only lack another one."""
    faults = _faults(PACKAGES.values())
    found = {name: faults[module] for name, module in PACKAGES.items() if module in faults}
    roots = {name: packages.blamed(fault) for name, fault in found.items()}
    return {name: fault for name, fault in found.items() if roots[name] not in {*found} - {name}}


def _faults(modules: Iterable[str]) -> dict[str, Fault]:
    """Why modules cannot be imported, by their names, tried in processes of their own: one may
    crash."""
    names = list(modules)
    outcomes = own_process.run([Work(partial(_imported, name), SECONDS) for name in names])
    pairs = zip(names, outcomes, strict=True)
    return {name: outcome.fault for name, outcome in pairs if outcome.fault}


def _imported(module: str) -> Iterator[None]:
    if sys.modules.get("ssl", sys) is None:  # imgsimctl does without, the daemon does not
        del sys.modules["ssl"]
    import_module(module)
    yield None


def _broken(package: str, fault: Fault) -> Result:
    strange = packages.stranger(package)
    place = f" {strange} is imported in its place." if strange else ""
    return failed(
        NAME,
        f"{package} does not work: {printable(fault.what)}.{place}",
        packages.mending(package),
    )
