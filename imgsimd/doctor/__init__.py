"""What is wrong with this installation and this machine, and which command mends it."""
