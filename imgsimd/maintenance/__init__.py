"""Checks, rebuilds and backs up what is stored."""
