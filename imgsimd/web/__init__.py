"""Pages for people who would rather look, served to the browser on this machine."""
