"""assemble: findings and relations -> concepts and statements with evidence."""
