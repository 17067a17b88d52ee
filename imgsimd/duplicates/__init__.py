"""Which photos are there more than once, and which of them is the one to keep."""
