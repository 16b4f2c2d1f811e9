"""What may a check look at? The case, its decisions, what was observed, and what nodes recorded."""
