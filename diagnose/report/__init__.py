"""The report as one immutable value, and one module per output format, each a pure function of it."""
