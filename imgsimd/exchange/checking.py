"""Whether what a file says of an image can be true: everything is looked at before anything is
imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from imgsimd.client.limits import LAST_FOREIGN_ID, LONGEST_PATH, MOST_ID
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.exchange.layout import Manifest, Model, Row, broken
from imgsimd.types import HASH_BYTES, Hidden
from imgsimd.words import printable

LONGEST_WORDS = 1000
"""Characters of a failure's reason, and of what belongs to it."""
_FEW = 2**31 - 1
_LONG = 2**63 - 1


class Checks:
    """Looks at the images of one file, in its order."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._last = 0
        self._hashes: list[Any] = []  # of numpy: 8 bytes for each path, instead of the path
        self._digits = re.compile(f"[0-9a-f]{{{2 * HASH_BYTES[manifest.hash]}}}")

    def check_manifest(self) -> None:
        """Raises ConfigError if folders or decisions cannot be."""
        if not all(map(_is_path, self._manifest.roots)):
            raise broken("one of its folders cannot be")
        for first, second, _ in self._manifest.not_duplicates:
            if not (self._is_content(first) and self._is_content(second)):
                raise broken("a decision about duplicates cannot be")

    def checked(self, pages: Iterable[list[Row]]) -> Iterator[list[Row]]:
        """The same pages. Raises ConfigError at the first image that cannot be, or at the end if
        there are too few, or a path is there twice."""
        count = 0
        for page in pages:
            for row in page:
                self._check(row)
            for number, model in enumerate(self._manifest.models):
                self._check_vectors(page, number, model)
            self._hashes.append(np.array([hash(row["path"]) for row in page], np.int64))
            count += len(page)
            yield page
        if count != self._manifest.images:
            raise broken(f"it has {count:,} photos, but says that it has {self._manifest.images:,}")
        paths = np.concatenate(self._hashes) if self._hashes else np.empty(0)
        if len(np.unique(paths)) < len(paths):
            raise broken("a path is there twice")

    def _check(self, row: Row) -> None:
        image = row["id"]
        if not _is_whole(image, self._last + 1, LAST_FOREIGN_ID):
            raise broken(
                f"the id {printable(str(image))[:40]} is there twice, or is none, or out of order"
            )
        self._last = image
        for what, is_right in (
            ("path", _is_path(row["path"])),
            ("size", _is_whole(row["size"], 0, MOST_ID)),
            ("state", all(_is_long(row[n]) for n in ("mtime_ns", "ctime_ns", "inode"))),
            ("attributes", _is_long(row["attributes"])),
            ("hidden", _is_whole(row["hidden"], 0, len(Hidden))),
            ("content", self._is_content(row["content"])),
            ("metadata", _are_metadata(row)),
            ("failure", _is_failure(row)),
            ("decoder", all(v is None or _is_whole(v.decoder, 0, _FEW) for v in row["vectors"])),
        ):
            if not is_right:
                raise broken(f"of the photo with the id {image}, the {what} cannot be")

    def _is_content(self, content: object) -> bool:
        return content is None or (
            isinstance(content, str) and bool(self._digits.fullmatch(content))
        )

    def _check_vectors(self, page: list[Row], number: int, model: Model) -> None:
        """Of all at once: to look at each takes four times as long."""
        found = [(row["id"], row["vectors"][number]) for row in page if row["vectors"][number]]
        joined = b"".join(vector.numbers for _, vector in found)
        numbers = model.form.from_bytes(joined).reshape(len(found), model.dimension)
        wrong = ~model.form.are_vectors(numbers)
        if wrong.any():
            image = found[int(np.flatnonzero(wrong)[0])][0]
            raise broken(f"the vector of the photo with the id {image} is not of length 1")


def _is_whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_long(value: object) -> bool:
    return _is_whole(value, -_LONG - 1, _LONG)


def _is_path(value: object) -> bool:
    """Absolute, in its shortest form, of a file."""
    if not isinstance(value, bytes) or not value.startswith(b"/") or b"\0" in value:
        return False
    return len(value) <= LONGEST_PATH and not {b"", b".", b".."} & set(value[1:].split(b"/"))


def _are_metadata(row: Row) -> bool:
    if row["format"] is None:
        return True
    try:
        return metadata(row).is_sensible() and row["has_place"] in (None, False, True)
    except TypeError:
        return False


def metadata(row: Row) -> PictureMetadata:
    """What the row says of the picture. Its version means nothing."""
    return PictureMetadata(
        row["format"], 1, row["width"], row["height"], row["orientation"], row["taken"],
        row["make"], row["model"], row["read"], row["latitude"], row["longitude"],
    )  # fmt: skip


def _is_failure(row: Row) -> bool:
    texts = [row[name] for name in ("failure", "failure_kind", "failure_reader")]
    limit = row["failure_limit"]
    return all(
        text is None or (isinstance(text, str) and len(text) <= LONGEST_WORDS) for text in texts
    ) and (limit is None or _is_whole(limit, 0, MOST_ID))
