"""How imgsimd is, in numbers and words that change while somebody looks."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from hashlib import blake2b

from imgsimd.client import Status
from imgsimd.errors import ImgsimdError
from imgsimd.pace import Pace
from imgsimd.words import percent

_STATES = {
    "starting": "Starting",
    "scanning": "Looking for changes",
    "indexing": "Indexing",
    "paused": "Indexing is paused",
    "idle": "All photos are indexed",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a page is told of each change."""

    running: bool
    """Whether the daemon answers."""
    line: str
    """What goes on, in a line; or why nobody answers."""
    busy: bool = False
    """Whether something goes on that ends by itself."""
    paused: bool = False
    done: int = 0
    total: int = 0
    """Of the photos that are known, how many are indexed or refused, and how many there are."""
    images: int = 0
    pending: int = 0
    failed: int = 0
    damaged: int = 0
    worst: str = ""
    """The severity of the worst problem; empty if there is none."""
    stamp: str = ""
    """Differs if anything else is to be told than these numbers."""

    @property
    def as_json(self) -> str:
        return json.dumps(asdict(self))


def of_status(status: Status, pace: Pace | None = None) -> Figures:
    """Of a daemon that runs. `pace` has noted what was finished before."""
    done, total = status.images + status.failed, status.images + status.failed + status.pending
    return Figures(
        running=True,
        line=_line(status, done, total, pace),
        busy=status.state in ("starting", "scanning", "indexing"),
        paused=status.state == "paused",
        done=done,
        total=total,
        images=status.images,
        pending=status.pending,
        failed=status.failed,
        damaged=status.damaged,
        worst=status.problems[0].severity if status.problems else "",
        stamp=_stamp(status),
    )


def of_error(error: ImgsimdError) -> Figures:
    """Of a daemon that does not answer."""
    return Figures(running=False, line=str(error))


def noted(status: Status, pace: Pace) -> Figures:
    """As `of_status`, with the speed."""
    pace.note(time.monotonic(), status.finished)
    return of_status(status, pace)


def _line(status: Status, done: int, total: int, pace: Pace | None) -> str:
    words = _STATES.get(status.state, status.state)
    if status.state == "idle" and not total:
        return "There are no photos yet"
    if not status.pending:
        return words
    facts = [percent(done / total), f"{done:,} of {total:,}"]
    if pace and status.state == "indexing":
        facts += pace.facts(status.pending)
    return f"{words}: {', '.join(facts)}"


def _stamp(status: Status) -> str:
    """Of all that the page of the state shows besides numbers."""
    shown: list[object] = [status.state, status.model, status.next_model]
    shown += [problem.json for problem in status.problems]
    shown += [root.json for root in status.roots]
    return blake2b(json.dumps(shown).encode(), digest_size=8).hexdigest()
