"""Finds out what changed on disk. An event is only a hint; a scan decides."""
