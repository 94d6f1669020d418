"""relate: findings -> relations that the text states."""
