"""One self-contained page that shows the pictures that were asked about and their matches.

All that is on the page is in the file; its policy forbids network access and JavaScript.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from imgsimd.file_address import address
from imgsimd.web.rendering import Rendering

MARK = """<!DOCTYPE html>
<html lang="en">
<head>
<meta name="generator" content="imgsimd">
"""
"""The beginning of every such page and of no other file: `Output` replaces files that begin so."""


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture on the page."""

    path: str
    """Absolute, with surrogateescape for what is not UTF-8; `-` is standard input."""
    thumbnail: bytes | None
    """JPEG; None if none could be had."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "standard input" if self.path == "-" else os.path.basename(self.path) or self.path

    @property
    def address(self) -> str:
        """Of the file; empty if its whole path is not known."""
        return address(self.path) if self.path.startswith("/") else ""

    @property
    def source(self) -> str:
        """The thumbnail as an address."""
        return f"data:image/jpeg;base64,{b64encode(self.thumbnail or b'').decode('ascii')}"


@dataclass(frozen=True, slots=True)
class ShownMatch(ShownPicture):
    """An answer and its picture."""

    rank: int
    distance: float
    """L2, from 0 (same) to 2."""
    similarity: float
    """From 0 to 1 (same)."""
    pixels: Sequence[int] | None = None
    """Width and height, if they are known."""
    bytes: int | None = None
    """Of the file, if it is known."""
    date: str | None = None
    """When it was taken or else changed, as ISO 8601 in local time, if it is known."""
    alike: int = 0
    """How many photos show the same and are not shown."""
    verdict: str = ""
    """Whether it shows the very picture that was asked about, in words."""

    @property
    def folders(self) -> list[str]:
        """The folders that it lies in, from the top, each with its closing slash."""
        return [f"{folder}/" for folder in os.path.dirname(self.path).split("/")]


def report(
    queries: Sequence[ShownPicture],
    matches: Sequence[ShownMatch],
    model: str,
    asked_about: int | None = None,
    is_reranked: bool = False,
) -> str:
    """The page's HTML, which begins with MARK and can always be encoded as UTF-8.

    `asked_about` is the number of all pictures asked about, if not all are in `queries`.
    `is_reranked` says whether the order of the matches is another one than by distance.
    """
    count = asked_about or len(queries)
    html = Rendering([]).html(
        "report.html",
        asked=queries[0].name if count == 1 else f"{count:,} pictures",
        queries=queries,
        left_out=count - len(queries),
        matches=matches,
        model=model,
        is_reranked=is_reranked,
    )
    return MARK + html
