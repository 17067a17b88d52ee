"""Bytes of picture files become pixels; only the worker process does that."""
