"""What does a file say? One reader a format; each value keeps its file and line."""
