"""The setting `extensions`: the endings of names by which photos are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from imgsimd.decoding import registry

DEFAULT = registry.extensions()
"""The endings of all formats that can be read."""

_PHOTOS = {
    "raw file":
        "3fr arw cr2 cr3 crw dng erf iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl srf srw",
}  # fmt: skip
_OTHERS = {
    "HDR pictures": "exr hdr pic",
    "drawings and layered pictures": "ai cdr eps psb psd svg svgz xcf",
    "icons": "icns ico",
    "documents": "doc docx odt pdf ps txt",
    "videos": "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv vob webm wmv",
    "settings beside photos": "json pp3 xmp",
    "archives": "7z rar tar zip",
}  # fmt: skip
UNREADABLE_PHOTOS = {
    ending: kind
    for kind, all_of in _PHOTOS.items()
    for ending in all_of.split()
    if ending not in DEFAULT
}
"""Endings of photos that cannot be read yet, and what kind they are, in the singular."""
_UNREADABLE = {ending: f"{kind}s" for ending, kind in UNREADABLE_PHOTOS.items()} | {
    ending: kind
    for kind, all_of in _OTHERS.items()
    for ending in all_of.split()
    if ending not in DEFAULT
}


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
        if kind := _UNREADABLE.get(ending):
            raise ValueError(f"`{text}`: imgsimd cannot read {kind} yet: take it out")
        yield ending


def _ending_of(part: str) -> str:
    """Of a media type, its second half, which for pictures is the usual ending."""
    return part.rsplit("/", 1)[-1].lower().split("+")[0]
