"""A verification survives the way from the worker, and nothing else gets through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgsimd.verification import Transform, Verdict, Verification

TRANSFORM = Transform(
    matrix=((2.0, 0.0, 10.0), (0.0, 2.0, 20.5)),
    scale=0.5,
    turned=-90.0,
    mirrored=True,
    crop=(0.1, 0.2, 0.6, 0.8),
    bordered=0.25,
    grey=True,
    brighter=-0.1,
)
FIELDS = json.loads(Verification(Verdict.SAME, 42, TRANSFORM).pack())


@pytest.mark.parametrize(
    "verification",
    [
        Verification(Verdict.NO),
        Verification(Verdict.PROBABLY, 7),
        Verification(Verdict.SAME, 42, TRANSFORM),
        Verification(Verdict.SAME, 300, Transform(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))),
    ],
)
def test_a_verification_is_unpacked_as_it_was_packed(verification: Verification) -> None:
    assert Verification.unpack(verification.pack()) == verification


@pytest.mark.parametrize("packed", [b"", b"{", b"null", b"7", b"[]", b"{}", b"\xff", b"[" * 9999])
def test_what_is_no_verification_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (json's own error is one, too)
        Verification.unpack(packed)


@pytest.mark.parametrize(
    "lie",
    [
        {"verdict": "maybe"},
        {"verdict": None},
        {"inliers": -1},
        {"inliers": 1.5},
        {"inliers": True},
        {"inliers": 10**30},
        {"transform": []},
        {"transform": {}},
        {"more": 1},
    ],
)
def test_a_verification_that_cannot_be_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Verification.unpack(json.dumps({**FIELDS, **lie}).encode())


@pytest.mark.parametrize(
    "lie",
    [
        {"matrix": None},
        {"corners": None},
        {"corners": [[0, 0], [1, 0], [1, 1]]},
        {"corners": [[0, 0], [1, 0], [1, 1], [0]]},
        {"corners": [[0, 0], [1, 0], [1, 1], [0, "1"]]},
        {"matrix": [[1, 0, 0]]},
        {"matrix": [[1, 0, 0, 0], [0, 1, 0, 0]]},
        {"matrix": [[1, 0, "0"], [0, 1, 0]]},
        {"matrix": [[1, 0, float("nan")], [0, 1, 0]]},
        {"scale": 0},
        {"scale": float("inf")},
        {"scale": None},
        {"turned": 181},
        {"mirrored": 1},
        {"crop": [0, 0, 1]},
        {"crop": [0, 0, 0, 1]},
        {"crop": [0.5, 0, 0.6, 1]},
        {"crop": [-0.1, 0, 0.6, 1]},
        {"crop": "none"},
        {"bordered": 1.1},
        {"bordered": None},
        {"grey": "yes"},
        {"brighter": -2},
        {"recompressed": None},
        {"more": 1},
    ],
)
def test_a_transform_that_cannot_be_is_refused(lie: dict[str, Any]) -> None:
    transform = {**FIELDS["transform"], **lie}
    with pytest.raises(ValueError):  # noqa: PT011
        Verification.unpack(json.dumps({**FIELDS, "transform": transform}).encode())
