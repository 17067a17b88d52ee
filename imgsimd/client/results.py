"""What the daemon answers, apart from its status and matches.

Client imports this module only when it needs one of the classes: creating them takes 2 ms, and most
commands do not use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from imgsimd.client.json_fields import Answer, Fields


@dataclass(frozen=True, slots=True)
class Failure(Answer):
    """A picture that cannot be indexed, or a folder that cannot be read; or a damaged picture."""

    path: str
    reason: str
    kind: str
    """A value of `errors.FaultKind`; more may come."""
    damaged: bool
    """Whether it is searchable, by the part of it that could be read."""
    read: float | None
    """The share of a damaged picture that could be read, from 0 to 1; None for others."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            path=fields.text("path"),
            reason=fields.text("reason"),
            kind=fields.text("kind"),
            damaged=fields.flag("damaged"),
            read=fields.number_or_none("read"),
        )


@dataclass(frozen=True, slots=True)
class Skip(Answer):
    """Files of one watched folder that are not indexed for one reason."""

    reason: str
    """A value of `skips.Reason`; more may come."""
    extension: str
    """In small letters; empty where there is none, or a rare one."""
    files: int
    """How many."""
    example: str
    """The path of one of them."""
    package: str
    """What would read them, for `pip install`; empty for other reasons than `no_library`."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            reason=fields.text("reason"),
            extension=fields.text("extension"),
            files=fields.whole("files"),
            example=fields.text("example"),
            package=fields.text("package"),
        )


@dataclass(frozen=True, slots=True)
class ModelInfo(Answer):
    """A model that can be used."""

    name: str
    dimension: int
    """Numbers in a vector."""
    precision: str
    bytes: int
    """Size of its file."""
    weights: str
    """Where the weights came from."""
    description: str
    in_use: bool
    vectors: int
    """Photos that have a vector by it."""
    vector_bytes: int
    """Of these vectors."""
    installed: bool = True
    """Whether it can be used; otherwise, only its vectors are there."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            name=fields.text("name"),
            dimension=fields.whole("dimension"),
            precision=fields.text("precision"),
            bytes=fields.whole("bytes"),
            weights=fields.text("weights"),
            description=fields.text("description"),
            in_use=fields.flag("in_use"),
            vectors=fields.whole_if_any("vectors"),
            vector_bytes=fields.whole_if_any("vector_bytes"),
            installed=fields.flag_if_any("installed") is not False,
        )


@dataclass(frozen=True, slots=True)
class HostInfo(Answer):
    """A machine that shares the gallery."""

    name: str
    number: int
    images: int
    """How many of its photos the others find, by the model in use here."""
    written_at: str
    """When it last told of itself."""
    offline: tuple[str, ...]
    """Its folders whose photos are not found now, as it calls them."""
    is_this_machine: bool

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            name=fields.text("name"),
            number=fields.whole("number"),
            images=fields.whole("images"),
            written_at=fields.text("written_at"),
            offline=fields.texts("offline"),
            is_this_machine=fields.flag("this_machine"),
        )


@dataclass(frozen=True, slots=True)
class Finding(Answer):
    """A way in which disk, catalog, index and shared store differ."""

    what: str
    """`unknown`, `changed`, `missing`, `unsearchable`, `stray`, `spoiled`, `stranded`, `database`,
    `unpushed`, `stray_rows`, `thumbnails`, or `store`: the shared store could not be compared."""
    count: int
    examples: tuple[str, ...]
    """Some paths. Of `database`, what SQLite says; of `stray_rows`, collections; of `store`, why it
    could not be compared."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json, fields.text("what"), fields.whole("count"), fields.texts("examples")
        )


@dataclass(frozen=True, slots=True)
class CheckResult(Answer):
    """Whether disk, catalog, index and shared store agree."""

    sound: bool
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.flag("sound"), fields.each("findings", Finding.of))


@dataclass(frozen=True, slots=True)
class ModelRemoval(Answer):
    """What was removed of a model, or, unless that was confirmed, would be."""

    file_bytes: int
    """Of its files."""
    vectors: int
    """Photos that have a vector by it."""
    vector_bytes: int
    """Of these vectors."""
    freed_bytes: int
    """By which the database's file has become smaller."""
    next: int | None
    """See `Client.remove_model`."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            file_bytes=fields.whole("file_bytes"),
            vectors=fields.whole("vectors"),
            vector_bytes=fields.whole("vector_bytes"),
            freed_bytes=fields.whole("freed_bytes"),
            next=fields.whole_or_none("next"),
        )


@dataclass(frozen=True, slots=True)
class ForgottenFolder(Answer):
    """A folder of which so many photos are, or would be, forgotten."""

    path: str
    images: int

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.text("path"), fields.whole("images"))


@dataclass(frozen=True, slots=True)
class ForgetResult(Answer):
    """What was forgotten, or, unless that was confirmed, would be."""

    forgotten: bool
    folders: tuple[ForgottenFolder, ...]

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json, fields.flag("forgotten"), fields.each("folders", ForgottenFolder.of)
        )


@dataclass(frozen=True, slots=True)
class MovedFolder(Answer):
    """A folder that was found again at another path; so many photos have kept their ids."""

    old: str
    new: str
    images: int

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.text("old"), fields.text("new"), fields.whole("images"))


@dataclass(frozen=True, slots=True)
class AcceptedRoot(Answer):
    """What became of a folder that was added to the configuration."""

    path: str
    """Without links."""
    part_of: str | None
    """The watched folder that it is, or lies in."""
    left_out: bool
    """Whether it is left out there, by its name or by `ignore`."""
    moved: tuple[MovedFolder, ...]

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            path=fields.text("path"),
            part_of=fields.text_or_none("part_of"),
            left_out=fields.flag("left_out"),
            moved=fields.each("moved", MovedFolder.of),
        )


@dataclass(frozen=True, slots=True)
class RelocateResult(Answer):
    """How many photos have moved, and how many have not, since they are not at the new place."""

    images: int
    left: int

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(fields.json, fields.whole("images"), fields.whole("left"))


@dataclass(frozen=True, slots=True)
class ImportResult(Answer):
    """What became of photos that another gallery knows."""

    added: int
    known: int
    """Known already, by the same file."""
    different: int
    """Another file is known at their path."""
    refused: tuple[int, ...]
    """Ids of those that were not added, since these may have been in use."""

    @classmethod
    def of(cls, answer: object) -> Self:
        fields = Fields(answer)
        return cls(
            fields.json,
            added=fields.whole("added"),
            known=fields.whole("known"),
            different=fields.whole("different"),
            refused=tuple(int(image) for image in fields.numbers("refused")),
        )
