"""How long a test waits for what must come. No test says it in seconds of its own.

A deadline only bounds how long a broken program makes a test wait: where all is well, a test goes
on as soon as what it waits for is there. So it is generous, for a slow machine that has much else
to do.
"""

DEADLINE = 120.0
"""Seconds for what a program does with some photos: it starts, answers, indexes them, ends."""
LONG_DEADLINE = 5 * DEADLINE
"""Seconds for what takes a minute even where all is well: a large model is built or used, packages
are installed, a machine boots, a server takes thousands of rows."""
