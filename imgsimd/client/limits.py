"""How much one request may hold. The daemon refuses more; callers check first."""

from __future__ import annotations

MOST_QUERIES = 10_000
"""Pictures in one question."""
MOST_MATCHES = 10_000
"""Matches in one answer."""
MOST_PATHS = 1000
"""Paths in one request to try pictures again."""
LONGEST_PATH = 4095
"""Bytes: Linux's PATH_MAX, less the closing NUL."""
