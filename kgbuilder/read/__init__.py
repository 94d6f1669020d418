"""read: files and streams -> documents, one at a time."""
