"""What other programs, and the command line, use to ask the daemon."""
