"""Stores of vectors that find the nearest ones."""
