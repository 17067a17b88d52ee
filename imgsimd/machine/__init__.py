"""The machine that imgsimd runs on: what it lives on, and who else needs it."""
