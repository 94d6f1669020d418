"""store: the graph in memory and on disk, and its exports."""
