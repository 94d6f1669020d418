"""reason: answers from the graph and the tables, with their reasons."""
