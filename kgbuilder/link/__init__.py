"""link: mention -> concepts of a vocabulary, or an honest refusal."""
