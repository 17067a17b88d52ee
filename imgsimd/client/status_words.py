"""What the daemon does, and how it is, in sentences for people: on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from imgsimd import moments
from imgsimd.pace import about, ago, duration
from imgsimd.words import counted

if TYPE_CHECKING:
    from imgsimd.client.status import Problem, Root, Status

SERIOUS = ("error", "warning")
"""What somebody must do something about."""
NO_FOLDER = "No folder is watched yet. Run: imgsimctl up ~/Pictures"
NEAR = 0.8
"""From this share of the kernel's limit on, watches are worth a word."""
_PAUSED = "Indexing is paused. Continue with `imgsimctl resume`."
"""What a daemon of version 0.2 means by its state."""


def doing(current: Status) -> str:
    """What it does, how far it is, how fast, and how long that still takes."""
    match current.state:
        case "starting":
            return "Starting: looking at the watched folders."
        case "paused":
            return left_by_pause(current) if current.pending else paused(current)
        case "idle" if current.images or current.failed:
            return f"All is indexed: {searchable(current)}."
        case "idle" if any(root.state == "offline" for root in current.roots):
            return "No photo is searchable now."
        case "idle":
            return "There are no photos yet."
    return f"{_doing_now(current)}."


def _doing_now(current: Status) -> str:
    progress = ", ".join(progressing(current))
    if current.state == "scanning":
        looking = "Looking for changes"
        return f"{looking}, and indexing {progress}" if current.pending else looking
    if current.next_model:
        return f"Changing to the model {current.next_model}, indexing {progress}"
    return f"Indexing {progress}"


def searchable(current: Status) -> str:
    """How many photos can be found; without a full stop."""
    return f"{counted(current.images, 'photo')} {'is' if current.images == 1 else 'are'} searchable"


def progressing(current: Status) -> list[str]:
    """How far indexing is, how fast, and how long it still takes, as far as that is known."""
    done, total = amount(current)
    facts = [f"{done:,} of {total:,}"] if total else []
    if current.per_second:
        facts.append(f"{current.per_second:,.{0 if current.per_second >= 10 else 1}f}/s")
    if current.seconds_remaining:
        facts.append(f"about {about(current.seconds_remaining)} left")
    return facts


def amount(current: Status) -> tuple[int, int]:
    """How many photos are done, and how many there are. While the model changes, those are done
    that the next one has seen."""
    known = current.images + current.failed
    if current.next_model_of is not None:
        return current.next_model_seen or 0, current.next_model_of
    return known, known + current.pending


def being(current: Status, now: datetime) -> list[str]:
    """How it is, in sentences: first what is wrong, the worst first, each with its remedy."""
    if not current.roots:
        return [NO_FOLDER] if current.state != "starting" else []
    facts = ", ".join(_facts(current, now))
    serious = [problem for problem in current.problems if problem.severity in SERIOUS]
    if not serious:
        return [f"Healthy: {facts}."]
    told = [f"{problem.severity.capitalize()}: {text(problem)}" for problem in serious]
    return [*told, f"{facts[0].upper()}{facts[1:]}."]


def remarks(current: Status) -> list[str]:
    """What else is worth knowing, with what can be done about it."""
    skipped = current.skipped.summary if current.skipped else ""
    told = [f"Not indexed: {skipped}. `imgsimctl skipped` lists them."] if skipped else []
    told += _of_sharing(current)
    told += [text(each) for each in current.problems if each.severity not in SERIOUS]
    told += pauses_ignored(current)
    return [*told, *_of_watches(current), *_of_older_daemon(current)]


def pauses_ignored(current: Status) -> list[str]:
    """Until when neither battery nor load pauses anything, if the user has said so."""
    if not current.pause_ignored_until:
        return []
    until = moments.shown(datetime.fromisoformat(current.pause_ignored_until))
    return [f"Until {until}, neither battery nor load pauses indexing."]


def text(problem: Problem) -> str:
    """What it is about, and what to do."""
    return f"{problem.sentence} {problem.remedy}".rstrip()


def paused(current: Status) -> str:
    """Why nothing is indexed, and how to continue."""
    return " ".join(pause.sentence for pause in current.paused) or _PAUSED


def left_by_pause(current: Status) -> str:
    """Why photos stay pending."""
    number = current.pending
    are = "is" if number == 1 else "are"
    return f"{counted(number, 'photo')} {are} pending. {paused(current)}"


def of_folder(root: Root, now: datetime) -> list[str]:
    """What there is to tell of a folder besides the number of its photos: how changes in it are
    noticed, and what is not 0."""
    if root.state == "offline":
        return ["offline, its photos are kept"]
    skipped = root.skipped.files if root.skipped else 0
    numbers = [
        (root.pending, "pending"),
        (root.failed, "failed"),
        (root.damaged, "damaged"),
        (skipped, "skipped"),
    ]
    told = [_watching(root), *(f"{number:,} {what}" for number, what in numbers if number)]
    if root.last_look:
        told.append(f"looked at {_ago(root.last_look, now)}")
    return told


def _watching(root: Root) -> str:
    polled = f"polled every {duration(root.poll_seconds)}" if root.poll_seconds else "polled"
    words = {"online": "watched", "polled": polled, "degraded": f"partly watched, {polled}"}
    if root.state == "degraded" and not root.poll_seconds:
        return "partly watched"
    return words.get(root.state, root.state)


def _facts(current: Status, now: datetime) -> Iterator[str]:
    yield counted(len(current.roots), "folder")
    if offline := sum(root.state == "offline" for root in current.roots):
        yield f"{offline} of them offline"
    if current.newest and current.newest_at:
        yield f"newest photo {_ago(current.newest_at, now)}"
    skipped = current.skipped.files if current.skipped else 0
    numbers = [(current.failed, "failed"), (current.damaged, "damaged"), (skipped, "skipped")]
    yield from (f"{number:,} {what}" for number, what in numbers if number)


def _ago(moment: str, now: datetime) -> str:
    return ago((now - datetime.fromisoformat(moment)).total_seconds())


def _of_sharing(current: Status) -> list[str]:
    """Where photos are shared, and what is not there yet."""
    if not (shared := current.shared):
        return []
    waiting = ""
    if shared.waiting:
        are = "waits" if shared.waiting == 1 else "wait"
        waiting = f" {counted(shared.waiting, 'change')} {are} to be pushed."
    return [f"Shared at {shared.uri} as {shared.name}.{waiting}"]


def _of_watches(current: Status) -> Sequence[str]:
    limit = current.watch_limit
    if not limit or current.watches < NEAR * limit:
        return []
    return [
        f"The kernel watches {counted(current.watches, 'folder')} for imgsimd, and allows "
        f"{limit:,} in all. To raise the limit: sudo sysctl "
        f"fs.inotify.max_user_watches={2 * limit}"
    ]


def _of_older_daemon(current: Status) -> list[str]:
    """The messages of a daemon of version 0.1, which has no list of problems. A later daemon has
    all its messages in the list."""
    if current.problems:
        return []
    reasons = [
        f"{root.path} is {root.state}: {root.reason}" for root in current.roots if root.reason
    ]
    return [*reasons, *current.notes, *filter(None, [current.trouble])]
