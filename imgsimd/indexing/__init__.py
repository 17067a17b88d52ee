"""Joins gallery and embedding: the backlog becomes vectors."""
