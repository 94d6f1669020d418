"""curate: public files of curated knowledge (ontologies, thesauri, tables) as batches for a graph."""
