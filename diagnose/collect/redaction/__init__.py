"""How is a case made that may be given away? Secrets go from every file, and names on demand."""
