"""What was done to a photo is said in the words of its owner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgsimd.client.comparisons import Transform
from imgsimd.client.copy_words import described

NOTHING = Transform({}, (), 1.0, 0.0, False, None, 0.0, False, 0.0, False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "unchanged"),
        ({"scale": 1.01, "turned": 0.4, "brighter": -0.02, "bordered": 0.01}, "unchanged"),
        (
            {"crop": (0, 0, 0.6, 1), "turned": 90, "grey": True, "scale": 0.5},
            "the left 60 %, turned by 90° to the right, grey, smaller (0.5x)",
        ),
        ({"crop": (0.39, 0.01, 0.6, 0.985)}, "the right 60 %"),
        ({"crop": (0.2, 0, 0.6, 1)}, "the middle 60 %"),
        ({"crop": (0, 0.5, 1, 0.5)}, "the bottom 50 %"),
        ({"crop": (0.2, 0.2, 0.6, 0.6)}, "the centre 60 %"),
        ({"crop": (0, 0, 0.5, 0.5)}, "the top left 50 %"),
        ({"crop": (0.3, 0.6, 0.5, 0.4)}, "the bottom 50 % x 40 %"),
        ({"crop": (0.6, 0.3, 0.4, 0.4)}, "the right 40 %"),
        ({"crop": (0, 0, 1, 1), "recompressed": True}, "recompressed"),
        ({"mirrored": True, "turned": -10.2}, "mirrored, turned by 10° to the left"),
        ({"turned": -179.9}, "turned by 180°"),
        ({"scale": 3.0, "brighter": 0.2}, "brighter, larger (3x)"),
        ({"scale": 0.0333, "brighter": -0.2}, "darker, smaller (0.033x)"),
        ({"bordered": 0.25}, "with more around it (25 % of it)"),
    ],
)
def test_a_transform_in_words(changes: dict[str, object], said: str) -> None:
    assert described(replace(NOTHING, **changes)) == said  # type: ignore[arg-type]  # fields by name
