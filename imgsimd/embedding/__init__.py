"""Pixels become vectors, in a process of its own."""
