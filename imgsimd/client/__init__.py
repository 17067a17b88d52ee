"""Asks the daemon from Python: `from imgsimd.client import Client`.

It needs the standard library alone. Errors are those of `imgsimd.errors`.
"""

from __future__ import annotations

from imgsimd.client.client import Client
from imgsimd.client.pictures import Picture, PictureBytes, PictureFile
from imgsimd.client.question import Question
from imgsimd.client.results import (
    AcceptedRoot,
    CheckResult,
    Failure,
    Finding,
    ForgetResult,
    ForgottenFolder,
    Match,
    ModelInfo,
    MovedFolder,
    RelocateResult,
    SimilarResult,
)
from imgsimd.client.status import Problem, Root, Status

__all__ = [
    "AcceptedRoot",
    "CheckResult",
    "Client",
    "Failure",
    "Finding",
    "ForgetResult",
    "ForgottenFolder",
    "Match",
    "ModelInfo",
    "MovedFolder",
    "Picture",
    "PictureBytes",
    "PictureFile",
    "Problem",
    "Question",
    "RelocateResult",
    "Root",
    "SimilarResult",
    "Status",
]
