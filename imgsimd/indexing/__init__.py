"""Joins gallery and embedding: computes the vectors of the images in the backlog."""
