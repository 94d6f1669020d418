"""ontology: what is known before reading: vocabularies, hierarchy, lexicons, names."""
