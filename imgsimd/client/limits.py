"""How much one request may hold. The daemon refuses more; callers check first."""

from __future__ import annotations

MOST_QUERIES = 10_000
"""Pictures in one question."""
MOST_MATCHES = 10_000
"""Matches in one answer."""
MOST_QUESTIONS = 256
"""Pictures that one request asks about one by one. More would not be faster."""
MOST_MATCHES_EACH = 20_000
"""Matches in all answers to one such request. To write so many as JSON stops the loop for 20 ms."""
MOST_IMAGES = 1000
"""Images in one answer that lists them, or that one request asks about by their ids."""
MOST_ID = 2**53
"""From this number on a float no longer tells two apart, and some readers of JSON have no other
numbers. A gallery never comes so far."""
MOST_COUNTED = 10_000
"""Images among which one request counts: as many as one answer may have matches."""
MOST_COUNTS = 10_000
"""Folders, months, formats or cameras in one answer."""
MOST_PATHS = 1000
"""Paths in one request to try pictures again."""
MOST_FOLDERS = 100
"""Folders in one list of a search for duplicates."""
MOST_APART = 100
"""Photos of which one request says that no two are duplicates: 4,950 pairs."""
MOST_PIXELS = 4096
"""Long side of the largest thumbnail."""
LONGEST_PATH = 4095
"""Bytes: Linux's PATH_MAX, less the closing NUL."""
MOST_FOREIGN = 500
"""Photos of another gallery in one request: about a megabyte, with vectors of 256 numbers."""
MOST_MODELS = 16
"""Models of which another gallery has vectors. It has one or two."""
MOST_NUMBERS = 2**15
"""Of a vector: eight times as many as VGG16's."""
MOST_DECISIONS = 1000
"""About duplicates, in one request."""
LAST_FOREIGN_ID = 2**52
"""The largest id that is taken from another gallery: there must be room for more below MOST_ID."""
