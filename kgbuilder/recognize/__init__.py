"""recognize: sentences -> mentions."""
