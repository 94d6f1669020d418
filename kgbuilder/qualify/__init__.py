"""qualify: how a mention is meant: polarity, certainty, temporality, experiencer."""
