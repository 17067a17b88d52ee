"""The API without a daemon, for tests that read its description only."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from imgsimd.control import app

PARTS = (
    *(
        "gallery",
        "reconciler",
        "indexer",
        "similar",
        "same",
        "models_asked",
        "comparer",
        "duplicates",
        "maintenance",
        "model_removal",
        "health",
        "feed",
        "sharing",
    ),
    *("models", "reload", "relocate"),
)
APP = app.build(cast(Any, SimpleNamespace(**dict.fromkeys(PARTS))))  # nothing is asked of it
DOCUMENT = APP.openapi()
