"""Drawn pictures to play and test with."""
