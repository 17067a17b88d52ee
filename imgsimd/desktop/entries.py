"""What the entries are called and run: one for a photo, one for a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry in a menu."""

    key: str
    """What names it in files, such as `imgsimd-similar`."""
    name: str
    description: str
    takes_folder: bool
    """Whether it is for a folder, or else for a picture."""

    def command(self, imgsimctl: Path, what: str) -> Sequence[str]:
        """The words of the command; `what` is the field code of the file, or its name."""
        return [str(imgsimctl), "browse", "--", what]


ICON = "imgsimd"
"""The name of our icon in the user's theme."""
SIMILAR = Entry(
    "imgsimd-similar", "Find similar photos", "Show the photos that look like this one", False
)
DUPLICATES = Entry(
    "imgsimd-duplicates",
    "Find duplicates here",
    "Show the photos in this folder that are there twice",
    True,
)
ENTRIES = (SIMILAR, DUPLICATES)
