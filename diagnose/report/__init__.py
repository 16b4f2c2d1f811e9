"""What does the user read? One immutable report; each output format is a pure function of it."""
