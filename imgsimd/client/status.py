"""How the daemon is: its status, and what that consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from imgsimd.client.json_fields import Answer, Fields

AT_REST = ("idle", "paused")
"""States in which nothing goes on by itself."""


@dataclass(frozen=True, slots=True)
class SkippedFiles(Answer):
    """How much lies in watched folders and is not indexed; `Client.skipped` tells more."""

    files: int
    summary: str
    """What they are, for people; empty where there are none."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, files=fields.whole("files"), summary=fields.text("summary"))


@dataclass(frozen=True, slots=True)
class Root(Answer):
    """A watched folder."""

    path: str
    """Without links."""
    state: str
    """`online`, `offline`, `polled` (looked at every few minutes) or `degraded` (that, too, since
    the kernel watches no more folders)."""
    reason: str
    """Why it is not online; empty where it is."""
    names: tuple[str, ...]
    """What the configuration calls it."""
    skipped: SkippedFiles | None
    """None where the daemon is too old to count them."""
    images: int
    """Searchable photos in it."""
    pending: int
    failed: int
    damaged: int
    last_look: str | None
    """When it was last looked at as a whole: ISO 8601 with offset; None before that."""
    watches: int
    """How many of its folders the kernel watches."""
    poll_seconds: float | None
    """How often it is looked at as a whole, if the kernel does not report every change."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            fields.text("path"),
            fields.text("state"),
            fields.text("reason"),
            fields.texts("names"),
            fields.inner_if_any("skipped", SkippedFiles.of),
            images=fields.whole_if_any("images"),
            pending=fields.whole_if_any("pending"),
            failed=fields.whole_if_any("failed"),
            damaged=fields.whole_if_any("damaged"),
            last_look=fields.text_if_any("last_look"),
            watches=fields.whole_if_any("watches"),
            poll_seconds=fields.number_if_any("poll_seconds"),
        )


@dataclass(frozen=True, slots=True)
class Problem(Answer):
    """Something that the user should know, and can do something about."""

    code: str
    severity: str
    title: str
    sentence: str
    """What is wrong."""
    remedy: str
    """What to do about it."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            code=fields.text("code"),
            severity=fields.text("severity"),
            title=fields.text("title"),
            sentence=fields.text("sentence"),
            remedy=fields.text("remedy"),
        )


@dataclass(frozen=True, slots=True)
class Shared(Answer):
    """As what the photos are shared with other machines."""

    name: str
    """What other machines call this one."""
    number: int | None
    """In the ids that are unique among all machines; None before it is known."""
    uri: str
    """Of the server."""
    waiting: int
    """Photos that are still to be pushed to the server, or to be removed there."""
    trouble: str
    """Why that cannot be done now, in a sentence; empty if it can."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            name=fields.text("name"),
            number=fields.whole_or_none("number"),
            uri=fields.text("uri"),
            waiting=fields.whole("waiting"),
            trouble=fields.text("trouble"),
        )


@dataclass(frozen=True, slots=True)
class Pause(Answer):
    """A reason why nothing is indexed now."""

    reason: str
    """`user`, `battery` or `load`."""
    sentence: str
    """For people, with what to do about it."""
    until: str | None
    """ISO 8601 with an offset; None if nobody knows."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            reason=fields.text("reason"),
            sentence=fields.text("sentence"),
            until=fields.text_or_none("until"),
        )


@dataclass(frozen=True, slots=True)
class Status(Answer):
    """How the daemon is."""

    state: str
    """`starting`, `scanning`, `indexing`, `paused` or `idle`."""
    paused: tuple[Pause, ...]
    """Why nothing is indexed; empty where it is, and where the daemon is too old to say."""
    pause_ignored_until: str | None
    """Until when neither battery nor load pauses anything, if the user has said so (ISO 8601)."""
    images: int
    """Searchable photos."""
    pending: int
    """Photos that are still to be indexed."""
    failed: int
    """Pictures that cannot be read."""
    damaged: int
    """Pictures that are searchable, though only a part of them could be read."""
    skipped: SkippedFiles | None
    """As `Root.skipped`, of all roots."""
    decoded: int
    """Pictures decoded for indexing since the daemon started."""
    finished: int
    """Photos indexed or refused since the daemon started."""
    percent_done: float | None
    """Of the photos that are known, how many are indexed or refused; None while not all folders
    have been looked at."""
    seconds_remaining: float | None
    """Until nothing is pending; None while that is unknown, or indexing is paused."""
    per_second: float | None
    """Photos indexed or refused each second, lately; None if none are."""
    newest: str | None
    """The photo that was indexed last."""
    newest_at: str | None
    """When that was: ISO 8601 with offset. Of one that was indexed before the daemon started, when
    its file was last changed or moved."""
    watches: int
    """How many folders the kernel watches."""
    watch_limit: int | None
    """How many the kernel allows, for all programs of the user together."""
    roots: tuple[Root, ...]
    shared: Shared | None
    """None where the photos are not shared with other machines."""
    model: str
    next_model: str | None
    """The model that photos are being indexed with, to be used when all are."""
    next_model_seen: int | None
    """How many photos it has seen."""
    next_model_of: int | None
    """Of how many."""
    worker: bool
    """Whether the worker process runs."""
    sandbox: tuple[str, ...]
    """What confines the worker process; empty until the first one has run."""
    trouble: str
    """The worst problem, in a sentence; empty where there is none."""
    problems: tuple[Problem, ...]
    max_bytes: int
    """Size of the largest picture that is read or can be asked about."""
    notes: tuple[str, ...]
    """A sentence for each setting that has no effect."""
    rss_bytes: int
    """Memory of the daemon."""
    pid: int
    version: str
    config: str
    """The configuration file."""
    state_dir: str

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing goes on by itself: all is indexed, or indexing is paused."""
        return self.state in AT_REST

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            state=fields.text("state"),
            paused=fields.each_if_any("paused", Pause.of),
            pause_ignored_until=fields.text_if_any("pause_ignored_until"),
            images=fields.whole("images"),
            pending=fields.whole("pending"),
            failed=fields.whole("failed"),
            damaged=fields.whole_if_any("damaged"),
            skipped=fields.inner_if_any("skipped", SkippedFiles.of),
            decoded=fields.whole("decoded"),
            finished=fields.whole("finished"),
            percent_done=fields.number_if_any("percent_done"),
            seconds_remaining=fields.number_if_any("seconds_remaining"),
            per_second=fields.number_if_any("per_second"),
            newest=fields.text_or_none("newest"),
            newest_at=fields.text_if_any("newest_at"),
            watches=fields.whole_if_any("watches"),
            watch_limit=fields.whole_or_none("watch_limit"),
            roots=fields.each("roots", Root.of),
            shared=fields.inner_if_any("shared", Shared.of),
            model=fields.text("model"),
            next_model=fields.text_or_none("next_model"),
            next_model_seen=fields.whole_or_none("next_model_seen"),
            next_model_of=fields.whole_or_none("next_model_of"),
            worker=fields.flag("worker"),
            sandbox=fields.texts("sandbox"),
            trouble=fields.text("trouble"),
            problems=fields.each_if_any("problems", Problem.of),
            max_bytes=fields.whole("max_bytes"),
            notes=fields.texts("notes"),
            rss_bytes=fields.whole("rss_bytes"),
            pid=fields.whole("pid"),
            version=fields.text("version"),
            config=fields.text("config"),
            state_dir=fields.text("state_dir"),
        )
