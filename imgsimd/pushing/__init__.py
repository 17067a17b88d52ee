"""Joins gallery and Milvus: pushes what the catalog says to the store that several hosts share."""
