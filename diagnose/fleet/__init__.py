"""What is wrong with many clusters at once? Cases go in one by one, lines of NDJSON come out."""
