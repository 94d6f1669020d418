"""serve: how other programs reach the house: as a component of a spaCy pipeline."""
