"""What is the smallest change that repairs a cause, and how does each tool say it? It is tried on
the model first."""
