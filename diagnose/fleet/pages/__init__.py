"""Which pages does a fleet summary have? One module a format, each a pure function."""
