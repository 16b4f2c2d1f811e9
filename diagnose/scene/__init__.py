"""All that a check may look at: the case, its decisions, what was observed, and what nodes recorded."""
