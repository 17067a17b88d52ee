"""What changed on disk: an event is a hint, the scan is the truth."""
