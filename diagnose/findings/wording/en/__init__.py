"""What is the English text of each code? `writers` says which function makes it."""
