"""Asks the daemon from Python: `from imgsimd.client import Client`.

It needs the standard library alone. Errors are those of `imgsimd.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgsimd.client.client import Client
from imgsimd.client.matches import Alike, Match, Photo, SimilarResult
from imgsimd.client.pictures import Picture, PictureBytes, PictureFile
from imgsimd.client.question import Question
from imgsimd.client.status import Problem, Root, Shared, Status
from imgsimd.client.weighted import Weighted

if TYPE_CHECKING:
    from imgsimd.client.comparisons import Comparison, Transform
    from imgsimd.client.counts import Count, CountsResult
    from imgsimd.client.duplicates import (
        DuplicateGroup,
        DuplicateMember,
        DuplicatesResult,
        PairApart,
    )
    from imgsimd.client.images import ImageRecord, ImagesResult
    from imgsimd.client.results import (
        AcceptedRoot,
        CheckResult,
        Failure,
        Finding,
        ForgetResult,
        ForgottenFolder,
        HostInfo,
        ModelInfo,
        ModelRemoval,
        MovedFolder,
        RelocateResult,
        Skip,
    )

__all__ = [
    "AcceptedRoot",
    "Alike",
    "CheckResult",
    "Client",
    "Comparison",
    "Count",
    "CountsResult",
    "DuplicateGroup",
    "DuplicateMember",
    "DuplicatesResult",
    "Failure",
    "Finding",
    "ForgetResult",
    "ForgottenFolder",
    "HostInfo",
    "ImageRecord",
    "ImagesResult",
    "Match",
    "ModelInfo",
    "ModelRemoval",
    "MovedFolder",
    "PairApart",
    "Photo",
    "Picture",
    "PictureBytes",
    "PictureFile",
    "Problem",
    "Question",
    "RelocateResult",
    "Root",
    "Shared",
    "SimilarResult",
    "Skip",
    "Status",
    "Transform",
    "Weighted",
]


def __getattr__(name: str) -> object:
    """Loads the results when one of them is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from imgsimd.client import comparisons, counts, duplicates, images, results

    return next(
        vars(module)[name]
        for module in (comparisons, counts, duplicates, images, results)
        if name in vars(module)
    )
