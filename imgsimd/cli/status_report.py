"""The daemon's status, with what is wrong and what to do about it, in words for the user."""

from __future__ import annotations

from imgsimd.cli import render, skipped, watched_folders
from imgsimd.cli.cells import Words
from imgsimd.client import Status
from imgsimd.words import counted

NO_FOLDER = "No folder is watched yet. Run: imgsimctl up ~/Pictures"
_PAUSED = "Indexing is paused. Continue with `imgsimctl resume`."
"""What a daemon of version 0.2 means by its state."""
_PHOTOS_FAILED = "photos_failed"
"""The code of the problem that a summary mentions in its first line."""


def print_details(current: Status) -> None:
    """Prints the status as a table, with all problems and their remedies below."""
    model = current.model
    state = paused(current) if current.state == "paused" else current.state
    if current.next_model:
        model += f" (until {current.next_model} has embedded every photo)"
    left = current.skipped.summary if current.skipped else ""
    rows: list[tuple[str, object]] = [
        ("state", state),
        ("images", f"{current.images:,} searchable"),
        ("pending", str(current.pending)),
        ("failed", str(current.failed)),
        *([("damaged", f"{current.damaged:,} searchable in part")] if current.damaged else []),
        *([("not indexed", left)] if left else []),
        ("model", model),
        ("sandbox", ", ".join(current.sandbox) or "known once the worker has run"),
        ("memory", f"{current.rss_bytes / 2**20:.0f} MiB, process {current.pid}"),
    ]
    rows += [("root", watched_folders.cell(root, f": {root.state}")) for root in current.roots]
    if not current.roots and current.state != "starting":
        rows.append(("root", NO_FOLDER))
    for problem in current.problems:
        rows.append((problem.severity, problem.sentence))
        if problem.remedy:
            rows.append(("what to do", Words(problem.remedy, breaks=False)))
    rows += [("note", sentence) for sentence in _of_older_daemon(current)]
    render.table(("property", "value"), rows)


def summary(current: Status) -> list[str]:
    """How many photos are searchable, and what is wrong, in a paragraph each."""
    images = current.images
    text = f"{counted(images, 'photo')} {'is' if images == 1 else 'are'} searchable."
    if current.state == "paused" and not current.pending:
        text += f" {paused(current)}"
    if current.failed:
        text += f" {current.failed} could not be read: `imgsimctl failed` says why."
    lines = [text, *filter(None, [skipped.line(current)])]
    others = [problem for problem in current.problems if problem.code != _PHOTOS_FAILED]
    lines += [f"{problem.sentence} {problem.remedy}".rstrip() for problem in others]
    return [*lines, *_of_older_daemon(current)]


def paused(current: Status) -> str:
    """Why nothing is indexed, and how to continue."""
    return " ".join(pause.sentence for pause in current.paused) or _PAUSED


def left_by_pause(current: Status) -> str:
    """Why photos stay pending."""
    number = current.pending
    are = "is" if number == 1 else "are"
    return f"{counted(number, 'photo')} {are} pending. {paused(current)}"


def _of_older_daemon(current: Status) -> list[str]:
    """The messages of a daemon of version 0.1, which has no list of problems. A later daemon has
    all its messages in the list."""
    if current.problems:
        return []
    reasons = [
        f"{root.path} is {root.state}: {root.reason}" for root in current.roots if root.reason
    ]
    return [*reasons, *current.notes, *filter(None, [current.trouble])]
