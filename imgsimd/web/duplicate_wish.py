"""Which duplicates a form asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self
from urllib.parse import parse_qs

from imgsimd.client import user_paths
from imgsimd.client.duplicates import COPY, EXACT, SIMILAR, DuplicatesWish
from imgsimd.client.limits import MOST_FOLDERS
from imgsimd.client.status import Root
from imgsimd.errors import ConfigError, RequestError
from imgsimd.web.rendering import short

TIERS = {
    EXACT: "The same file, byte by byte",
    COPY: "The same picture: smaller, cropped, recompressed, grey",
    SIMILAR: "Photos that only look alike, such as those of a burst; they never go",
}
PLACES = {
    "any": "In any folders",
    "across": "In other folders than what is kept",
    "within": "In the same folder as what is kept",
}
KEEPS = {
    "": "The best: more pixels, in colour, with its date, without a copy's name",
    "newest": "The newest file",
    "oldest": "The oldest file",
    "largest": "The largest file",
    "smallest": "The smallest file",
}
MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class WishForm:
    """What was filled in. The names of the fields are those in the address."""

    tier: tuple[str, ...] = (EXACT, COPY)
    under: tuple[str, ...] = ()
    """Folders, as users name them."""
    not_under: tuple[str, ...] = ()
    also_in: tuple[str, ...] = ()
    keep_in: tuple[str, ...] = ()
    folders: str = "any"
    keep: str = ""
    new: str = ""

    @classmethod
    def read(cls, query: bytes) -> Self:
        """What an address asks for: each line of a field is a folder. Raises RequestError."""
        try:
            text = query.decode("ascii", "replace")
            given = parse_qs(text, max_num_fields=MOST_FIELDS, errors="surrogateescape")
        except ValueError:
            raise _bad("This address has too many parts.") from None
        found: dict[str, object] = {}
        for each in fields(cls):
            if each.name in given:
                is_one = isinstance(getattr(cls(), each.name), str)
                lines = _lines(given[each.name])
                found[each.name] = lines[-1] if is_one and lines else "" if is_one else lines
        return cls(**found)  # type: ignore[arg-type]  # text for text, a tuple for a tuple

    def wish(self, roots: Sequence[Root]) -> DuplicatesWish:
        """The same for the client. Raises RequestError or ConfigError: an option that means no
        folder would let go what it was to protect."""
        if not self.tier or not set(self.tier) <= set(TIERS):
            raise _bad("Choose what to look for: the same file, the same picture, or both.")
        if self.folders not in PLACES or self.keep not in KEEPS:
            raise _bad("This address asks for something that there is not.")
        wish: DuplicatesWish = {
            "tiers": [tier for tier in TIERS if tier in self.tier],
            "under": _watched(self.under, roots),
            "not_under": _watched(self.not_under, roots),
            "also_in": _watched(self.also_in, roots),
            "keep_in": _watched(self.keep_in, roots),
            "folders": self.folders,
            "new": self.new == "1",
        }
        return {**wish, "keep": self.keep} if self.keep else wish


def in_words(wish: DuplicatesWish) -> str:
    """What a search looks for, in a few words, the first of them in upper case."""
    names = {EXACT: "same files", COPY: "same pictures", SIMILAR: "photos that look alike"}
    parts = [", ".join(names[tier] for tier in wish["tiers"])]
    for field, words in (("under", "in"), ("not_under", "not in"), ("also_in", "that are also in")):
        if folders := wish[field]:  # type: ignore[literal-required]  # fields of the wish
            parts.append(f"{words} {', '.join(map(short, folders))}")
    if wish["folders"] != "any":
        parts.append({"across": "across folders", "within": "within a folder"}[wish["folders"]])
    if wish["new"]:
        parts.append("only new ones")
    if wish["keep_in"]:
        parts.append(f"keeping what is in {', '.join(map(short, wish['keep_in']))}")
    if "keep" in wish:
        parts.append(f"keeping the {wish['keep']}")
    words = "; ".join(parts)
    return words[0].upper() + words[1:]


def _lines(values: Sequence[str]) -> tuple[str, ...]:
    lines = (line.strip("\r") for value in values for line in value.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line.strip()))


def _watched(names: Sequence[str], roots: Sequence[Root]) -> list[str]:
    if len(names) > MOST_FOLDERS:
        raise _bad(f"{len(names):,} folders: {MOST_FOLDERS} at a time are the most.")
    found = [user_paths.watched_folder(name, roots) for name in names]
    if "/" in found:
        raise ConfigError("/ is all folders: name one in it, or leave it out.")
    return found


def _bad(sentence: str) -> RequestError:
    return RequestError("bad_request", 400, sentence)
