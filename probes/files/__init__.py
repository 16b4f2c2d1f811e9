"""What does a file say? One reader for each format; each value keeps its file and line."""
