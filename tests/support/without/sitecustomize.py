"""Python imports this by itself: with this folder on PYTHONPATH, the modules that WITHOUT names are
as if their packages were not installed."""

from __future__ import annotations

import os
import sys

for _name in os.environ["WITHOUT"].split():
    sys.modules[_name] = None  # type: ignore[assignment]  # what the import system takes for "none"
