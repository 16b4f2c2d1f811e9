"""Do the tests notice a small wrong change of a module that decides? `make mutants` tells."""
