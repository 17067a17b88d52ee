"""Entries in the menus of file managers and of the desktop, each of which opens `browse`."""
