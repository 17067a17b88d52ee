"""Turns the bytes of picture files into pixels and metadata; only the worker process does that."""
