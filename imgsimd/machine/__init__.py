"""The machine that imgsimd runs on: its power supply, its load, and the priority of work."""
