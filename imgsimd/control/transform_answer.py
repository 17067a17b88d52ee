"""What makes one picture from another, as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from imgsimd.verification import Verification


@dataclass
class TransformAnswer:
    """What makes the asked picture from the stored one: see `imgsimd.verification.Transform`."""

    matrix: list[list[float]]
    corners: list[list[float]]
    scale: float
    turned: float
    mirrored: bool
    crop: list[float] | None
    bordered: float
    grey: bool
    brighter: float
    recompressed: bool

    @classmethod
    def of(cls, verification: Verification | None) -> Self | None:
        """Of a verification that has one."""
        if verification is None or verification.transform is None:
            return None
        return cls(**asdict(verification.transform))
