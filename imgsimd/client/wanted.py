"""What a question may ask for besides the pictures and `k`: one field for each JSON field of
`/v1/similar`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class Wanted(TypedDict, total=False):
    """Keyword arguments of `Client.similar` and `Question.ask`; what is absent is not asked for."""

    max_distance: float | None
    """How far away a match may be, from 0 to 2."""
    verify: bool
    """Whether to find out of each match if it shows the very picture; of one picture only."""
    same: bool
    """Whether only photos are wanted that show the very picture, or probably do."""
    collapse: bool
    """Whether photos that show the same count as one match: files with the same content, a raw file
    and the picture beside it, the shots of a burst."""
    include_queries: bool
    """Whether the pictures themselves may be matches, too."""


def is_verified(wanted: Wanted) -> bool:
    """Whether the picture must be compared with the photos themselves."""
    return wanted.get("verify", False) or wanted.get("same", False)


def as_json(wanted: Wanted) -> Mapping[str, object]:
    """The fields of the request. Raises TypeError for one that there is not."""
    for name in wanted.keys() - Wanted.__annotations__.keys():
        raise TypeError(f"there is no option '{name}'")
    return dict(wanted)
