"""The setting `extensions`: the endings of names by which photos are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from imgsimd.decoding import registry
from imgsimd.skips import Reason

DEFAULT = registry.extensions()
"""The endings of all formats that can be read."""

_PICTURES = {
    "raw files":
        "3fr arw cr2 cr3 crw dng erf iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl srf srw",
    "HDR pictures": "exr hdr pic",
    "drawings and layered pictures": "ai cdr eps svg svgz xcf",
    "icons": "cur icns ico",
    "pictures without a signature": "tga pcx",
}  # fmt: skip
"""Endings of pictures that cannot be read, by kind. Those of DEFAULT do not count."""
_OTHERS = {
    Reason.DOCUMENT: "doc docx htm html md odt pdf ps rtf txt xls xlsx",
    Reason.VIDEO: "3gp avi flv insv lrv m2ts m4v mkv mov mp4 mpeg mpg mts ogv vob webm wmv",
    Reason.SIDECAR: "aae dop ini json pp3 thm xmp",
    Reason.ARCHIVE: "7z bz2 gz rar tar tgz xz zip",
}
_WORDS = {
    Reason.DOCUMENT: "documents",
    Reason.VIDEO: "videos",
    Reason.SIDECAR: "settings beside photos",
    Reason.ARCHIVE: "archives",
}
_REASONS = dict.fromkeys(" ".join(_PICTURES.values()).split(), Reason.PICTURE) | {
    ending: reason for reason, all_of in _OTHERS.items() for ending in all_of.split()
}
_UNREADABLE = {ending: kind for kind, all_of in _PICTURES.items() for ending in all_of.split()} | {
    ending: _WORDS[reason] for reason, all_of in _OTHERS.items() for ending in all_of.split()
}
"""What files with these endings are, in the plural."""
_LONGEST = 8
"""Characters of an ending that tells what a file is."""


def reason(ending: str) -> Reason:
    """Why files with this ending, in small letters, are not indexed."""
    return _REASONS.get(ending, Reason.OTHER)


def may_be_photo(name: bytes) -> bool:
    """Whether a file's name does not tell what it is. Names that begin with a dot are others'."""
    return not name.startswith(b".") and reason(of_name(name)) is Reason.OTHER


def of_name(name: bytes) -> str:
    """The ending of a file's name in small letters; empty where it has none, or a long one."""
    start, dot, ending = name.rpartition(b".")
    is_ending = dot and start and len(ending) <= _LONGEST and ending.isalnum()
    return ending.decode("ascii", "ignore").lower() if is_ending else ""


def read(texts: Iterable[str]) -> tuple[str, ...]:
    """The endings in small letters and without a dot: of `*.JPG`, `.jpg` or `jpg, png`, too.

    Raises ValueError, with what to write instead, for what makes no file a photo.
    """
    found = dict.fromkeys(ending for text in texts for ending in _endings(text))
    if not found:
        raise ValueError("an empty list leaves out everything: name endings, or remove the key")
    return tuple(found)


def _endings(text: str) -> Iterator[str]:
    parts = re.split(r"[\s,;]+", text.strip())
    for part in parts:
        ending = part.lower().removeprefix("*.").removeprefix(".")
        if not ending:
            raise ValueError(f"`{text}` is no ending of a name: write one, as in `jpg`")
        if "/" in ending:
            raise ValueError(f"`{text}`: write the ending of the name, as in `{_ending_of(part)}`")
        if re.search(r"[*?\[\]{}]", ending):
            raise ValueError(f"`{text}`: wildcards have no meaning here: write each ending")
        kind = None if ending in DEFAULT else _UNREADABLE.get(ending)
        if kind:
            raise ValueError(f"`{text}`: imgsimd cannot read {kind} yet: take it out")
        yield ending


def _ending_of(part: str) -> str:
    """Of a media type, its second half, which for pictures is the usual ending."""
    return part.rsplit("/", 1)[-1].lower().split("+")[0]
