"""Which programs there are that show entries of ours, and what is there of the entries."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from imgsimd.desktop.actions import dolphin, nemo, pcmanfm
from imgsimd.desktop.launcher import announce, launcher
from imgsimd.desktop.part import Part, State, UnusableError
from imgsimd.desktop.places import Places
from imgsimd.desktop.scripts import caja, nautilus
from imgsimd.desktop.thunar import thunar
from imgsimd.words import of_system, printable


@dataclass(frozen=True, slots=True)
class Program:
    """A file manager, or the desktop's own list of programs."""

    name: str
    is_found: bool
    parts: Sequence[Part]
    advice: str = ""
    """What its user may have to do after a change: a sentence."""


def programs(places: Places) -> Sequence[Program]:
    """All for which there are entries. Raises ConfigError if imgsimctl is where none can run it."""
    data, config = places.data, places.config
    return [
        Program("the desktop", True, launcher(places)),
        Program("Nautilus", _found(["nautilus"], data / "nautilus"), nautilus(places)),
        Program("Nemo", _found(["nemo"], data / "nemo", config / "nemo"), nemo(places)),
        Program("Caja", _found(["caja"], config / "caja"), caja(places)),
        Program("Dolphin", _found(["dolphin"], config / "dolphinrc"), dolphin(places)),
        Program(
            "Thunar",
            _found(["thunar", "Thunar"], config / "Thunar"),
            thunar(places),
            "Thunar reads its actions when it starts: `thunar -q` ends it.",
        ),
        Program(
            "PCManFM",
            _found(["pcmanfm-qt", "pcmanfm"], config / "pcmanfm-qt", config / "pcmanfm"),
            pcmanfm(places),
        ),
    ]


def _found(names: Sequence[str], *traces: Path) -> bool:
    """Whether the program is on PATH, or has left something behind."""
    return any(map(shutil.which, names)) or any(trace.exists() for trace in traces)


def install(places: Places, wanted: Sequence[Program]) -> Iterator[str]:
    """Puts the entries of these programs into place; yields a sentence for each file that is left
    as it is although its entry is not there."""
    yield from _changed(
        wanted, (State.MISSING, State.OUTDATED, State.UNREADABLE), lambda part: part.put()
    )
    announce(places)


def uninstall(places: Places, wanted: Sequence[Program]) -> Iterator[str]:
    """Takes the entries out again; yields a sentence for each file that is left as it is."""
    yield from _changed(wanted, (State.INSTALLED, State.OUTDATED), lambda part: part.take_out())
    announce(places)


def state(part: Part) -> State:
    """What is there of it."""
    try:
        return part.state()
    except OSError:
        return State.UNREADABLE


def _changed(
    wanted: Sequence[Program], states: Collection[State], change: Callable[[Part], None]
) -> Iterator[str]:
    """Changes the parts of these programs that are in one of the states; yields a sentence for each
    that is left as it is."""
    for part in (part for program in wanted for part in program.parts):
        try:
            if part.state() in states:
                change(part)
        except (UnusableError, OSError) as error:
            yield _left(part, error)
        else:
            yield from _kept(part)


def _kept(part: Part) -> Iterator[str]:
    if state(part) is State.KEPT:
        yield (
            f"{printable(str(part.path))} differs from what imgsimctl writes, so it was kept. To "
            "have it written again, move it away."
        )


def _left(part: Part, error: UnusableError | OSError) -> str:
    why = of_system(error) if isinstance(error, OSError) else str(error)
    return f"{printable(str(part.path))} was left as it is: {why}."
