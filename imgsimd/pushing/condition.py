"""How it is to share with other machines, for the status."""

from __future__ import annotations

from dataclasses import dataclass

from imgsimd.errors import StoreError, StoreFault
from imgsimd.problems import (
    DATABASE_FAILED,
    GALLERY_COPIED,
    SHARING_FAILED,
    STORE_FAILED,
    Kind,
    Problem,
)
from imgsimd.pushing.sharing import Sharing
from imgsimd.shared_ids import HostNumber
from imgsimd.words import printable, quoted

_RUN = " Run: "
"""Before the command with which the sentence ends that says what is not installed."""
_REMEDIES = {
    StoreFault.REFUSED: (
        "The files are read again at each try. To see what is wrong with them, run: "
        "imgsimctl doctor"
    ),
    StoreFault.FULL: "Nothing is lost: imgsimd tries again by itself.",
    StoreFault.OTHER_FORM: (
        "After a change of `prefix` under `[index]`, run: imgsimctl down && imgsimctl up"
    ),
}
"""Where there is more to say than of all problems of the kind."""


@dataclass(frozen=True, slots=True)
class Condition:
    """As what, and where, a gallery is shared."""

    name: str
    """What others call this host."""
    number: HostNumber | None
    """None: not known yet."""
    uri: str
    """Of the server."""
    waiting: int
    """Rows that are still to be pushed, or removed there."""
    trouble: str
    """Why nothing can be shared now, in a sentence; empty if it can."""


async def condition_of(sharing: Sharing) -> Condition:
    """Raises CatalogError."""
    number, waiting = await sharing.progress()
    trouble = str(sharing.trouble or "")
    return Condition(sharing.name, number, sharing.uri, waiting, trouble)


def hindrance(sharing: Sharing) -> Problem | None:
    """Why nothing can be shared now."""
    error = sharing.trouble
    if error is None:
        return None
    if not isinstance(error, StoreError):
        return DATABASE_FAILED.problem(str(error))
    kind = _kind(error, sharing)
    if error.fault == StoreFault.NOT_INSTALLED:
        sentence, _, command = str(error).partition(_RUN)
        return kind.problem(sentence, f"Run: {command}")
    return kind.problem(str(error), _REMEDIES.get(StoreFault(error.fault), ""))


def remark(sharing: Sharing) -> Problem | None:
    """That this gallery was found to be a copy of another one."""
    if not (original := sharing.entry.original):
        return None
    return GALLERY_COPIED.problem(
        f"This gallery is a copy of that of the machine {printable(original)}, or was moved here. "
        f"It is shared as another machine's, {printable(sharing.name)}.",
        f"Only if {printable(original)} is gone for good, run: "
        f"imgsimctl hosts remove {quoted(original)}",
    )


def _kind(error: StoreError, sharing: Sharing) -> Kind:
    """A store that is full answers questions all the same."""
    answers = error.fault == StoreFault.FULL or sharing.settings.when_away == "local"
    return SHARING_FAILED if answers else STORE_FAILED
