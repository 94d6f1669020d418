"""evaluate: pure metrics with confidence intervals, and readers of annotated corpora."""
