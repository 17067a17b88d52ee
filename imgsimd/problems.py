"""What can be wrong, or worth knowing, while the daemon runs. The codes never change.

A problem lasts until its cause is gone; nobody has to dismiss it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
"""error: something does not work now. warning: photos are not found, or a setting is not obeyed,
until somebody does something. info: worth knowing."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The worst first."""


HEADER = "Imgsimd-Problem"
"""The HTTP header with the worst problem of severity `error`: JSON with `code`, `sentence` and
`remedy`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a folder or a setting, in words for the user."""

    what: str
    """A sentence, or the end of one that begins with a name; without a full stop."""
    remedy: str = ""
    """What to do, in whole sentences, or with a command at the end; empty if nothing has to be
    done, or if every problem of the kind has the same remedy."""

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}" if self.remedy else self.what


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in words for the user."""

    code: str
    severity: Severity
    title: str
    """The same for all problems with this code."""
    sentence: str
    """What it is about: which folder, setting or file."""
    remedy: str
    """What to do; empty if nothing has to be done."""

    @property
    def text(self) -> str:
        """The sentence, and what to do."""
        return f"{self.sentence} {self.remedy}".rstrip()


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems with one code have in common."""

    code: str
    severity: Severity
    title: str
    remedy: str = ""
    """For problems that do not have one of their own."""

    def problem(self, sentence: str, remedy: str = "") -> Problem:
        """A problem of this kind."""
        return Problem(self.code, self.severity, self.title, sentence, remedy or self.remedy)

    def found(self, finding: Finding, about: str = "") -> Problem:
        """A problem of this kind; its sentence is the finding's, after the words `about` it."""
        return self.problem(f"{about}{finding.what}.", finding.remedy)


_BY_ITSELF = "imgsimd tries again by itself. If this lasts, run: imgsimctl doctor"
_TO_SEE_MORE = "To see more, run: imgsimctl doctor"

RELOAD_FAILED = Kind(
    "reload_failed",
    "error",
    "The new settings are not in force",
    "Correct the configuration file. Then run: imgsimctl reload",
)
INDEXING_FAILED = Kind("indexing_failed", "error", "Photos are not being indexed", _BY_ITSELF)
DATABASE_FAILED = Kind("database_failed", "error", "The database does not work", _BY_ITSELF)
STORE_FAILED = Kind(
    "store_failed", "error", "The server that several machines share does not work", _BY_ITSELF
)
SHARING_FAILED = Kind(
    "sharing_failed", "warning", "Photos are not shared with other machines now", _BY_ITSELF
)
GALLERY_COPIED = Kind("gallery_copied", "info", "The gallery is a copy of another machine's")
DATABASE_SET_ASIDE = Kind("database_set_aside", "warning", "The database was damaged or replaced")
CHANGES_MISSED = Kind("changes_missed", "info", "Changes to photos may have been missed")
ROOT_OFFLINE = Kind(
    "root_offline",
    "warning",
    "A watched folder is offline",
    f"Connect its disk, if it has one. {_TO_SEE_MORE}",
)
ROOT_DEGRADED = Kind("root_degraded", "warning", "A folder is not watched completely", _TO_SEE_MORE)
ROOT_POLLED = Kind("root_polled", "info", "Changes in a folder are found by regular scans only")
IMAGES_HIDDEN = Kind("images_hidden", "warning", "Some photos are not searchable, but kept")
FILES_SKIPPED = Kind("files_skipped", "info", "Some files in a folder are not indexed")
PHOTOS_FAILED = Kind(
    "photos_failed", "info", "Some photos could not be read", "To see why, run: imgsimctl failed"
)
PHOTOS_DAMAGED = Kind(
    "photos_damaged", "info", "Some photos are damaged", "To see which, run: imgsimctl failed"
)
FILES_UNFINISHED = Kind(
    "files_unfinished",
    "info",
    "Some files are still being written",
    "Nothing: each is read once the program that writes it has closed it.",
)
SETTING_RENAMED = Kind("setting_renamed", "warning", "A setting has a new name")
SETTING_WAITS = Kind("setting_waits", "info", "A setting takes effect after a restart")
SETTING_OVERRIDDEN = Kind(
    "setting_overridden", "info", "An environment variable overrides a setting"
)
ROOT_LEFT_OUT = Kind("root_left_out", "warning", "A folder in `roots` is not watched")
PATTERN_UNUSED = Kind("pattern_unused", "info", "A pattern in `ignore` has no effect")
PATTERN_MOVED = Kind("pattern_moved", "info", "A pattern in `ignore` names a folder that has moved")
PATH_LED_ELSEWHERE = Kind(
    "path_led_elsewhere", "warning", "A path in `roots` leads to another folder than before"
)
UPDATE_UNDER_WAY = Kind(
    "update_under_way",
    "info",
    "imgsimd is being updated",
    "Nothing: when that is finished, imgsimd starts anew by itself.",
)
UPDATE_FAILED = Kind(
    "update_failed",
    "error",
    "The installed version of imgsimd cannot be used",
    "Install imgsimd again; within some minutes it is found to be there.",
)
KINDS = [kind for kind in vars().values() if isinstance(kind, Kind)]
