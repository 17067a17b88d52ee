"""Networks that turn pictures into vectors: found, installed, built."""
