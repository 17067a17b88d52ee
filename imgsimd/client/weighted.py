"""Pictures of one question that count differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from imgsimd.client.pictures import Picture, Source, picture

UNWANTED = 0.3
"""How much the pictures that matches should not look like count, all together, where those that
they should look like count 1. Measured with the built-in model on 600 labelled photos whose ten
nearest are of several kinds: of the ten, .57 are of the wanted kind without this, .63 with 0.2 to
0.4, .61 with 0.5 and .16 with 1, which leaves hardly more than the noise between two pictures that
look alike."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """A picture that counts more or less than others, which count 1 each."""

    source: Source
    weight: float
    """With 2 it counts twice. With a negative weight, matches look less like it: see
    `taken_away`."""


Asked: TypeAlias = Source | Weighted
"""What a question can be about."""


def unweighted(asked: Asked) -> tuple[Picture, float]:
    """The picture and its weight. Raises BadPictureError where there is no such file."""
    if isinstance(asked, Weighted):
        return picture(asked.source), asked.weight
    return picture(asked), 1.0


def taken_away(unwanted: Sequence[Source], total: float = 1.0) -> list[Weighted]:
    """Pictures that matches should not look like, with the weights that serve best. `total` is the
    weight of the pictures that matches should look like."""
    share = share_of_unwanted(total, len(unwanted))
    return [Weighted(source, share) for source in unwanted]


def share_of_unwanted(total: float, number: int) -> float:
    """The weight of each of so many unwanted pictures."""
    return -UNWANTED * total / max(1, number)
