"""Joins watching and gallery: makes the catalog agree with the disk."""
