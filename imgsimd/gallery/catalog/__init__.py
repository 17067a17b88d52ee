"""SQLite: the truth about images, one file for each table."""
