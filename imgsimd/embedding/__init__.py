"""Turns pictures into vectors, in a process of their own."""
