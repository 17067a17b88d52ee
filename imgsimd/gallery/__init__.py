"""What we know: the catalog (SQLite, the truth) and the index (FAISS, derived from it)."""
