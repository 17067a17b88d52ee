"""How imgsimd is, in numbers and words that change while somebody looks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b

from imgsimd.client import Root, Status, status_words
from imgsimd.errors import ImgsimdError
from imgsimd.words import counted


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
    folders: Sequence[str] = ()
    """What there is in each watched folder, in a line."""
    worst: str = ""
    """The severity of the worst problem; empty if there is none."""
    stamp: str = ""
    """Differs if anything else is to be told than these numbers."""

    @property
    def as_json(self) -> str:
        return json.dumps(asdict(self))


def of_status(status: Status) -> Figures:
    """Of a daemon that runs."""
    done, total = status_words.amount(status)
    now = datetime.now().astimezone()
    return Figures(
        running=True,
        line=_line(status),
        busy=status.state in ("starting", "scanning", "indexing"),
        paused=status.state == "paused",
        done=done,
        total=total,
        images=status.images,
        pending=status.pending,
        failed=status.failed,
        damaged=status.damaged,
        folders=[_folder(root, now) for root in status.roots],
        worst=status.problems[0].severity if status.problems else "",
        stamp=_stamp(status),
    )


def of_error(error: ImgsimdError) -> Figures:
    """Of a daemon that does not answer."""
    return Figures(running=False, line=str(error))


def _line(status: Status) -> str:
    """The page has a button to continue, so it need not name the command, which comes second."""
    if status.state != "paused":
        return status_words.doing(status).rstrip(".")
    facts = status_words.progressing(status) if status.pending else []
    reason = status_words.paused(status).partition(". ")[0]
    return ": ".join([reason, *facts])


def _folder(root: Root, now: datetime) -> str:
    photos = [] if root.state == "offline" else [counted(root.images, "photo")]
    return ", ".join([*photos, *status_words.of_folder(root, now)])


def _stamp(status: Status) -> str:
    """Of all that the page of the state shows besides numbers."""
    shown: list[object] = [status.state, status.model, status.next_model]
    shown += [problem.json for problem in status.problems]
    shown += [(root.path, root.state, root.reason, root.names) for root in status.roots]
    shown += [root.skipped.summary for root in status.roots if root.skipped]
    return blake2b(json.dumps(shown).encode(), digest_size=8).hexdigest()
