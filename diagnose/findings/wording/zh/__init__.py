"""What is the Chinese text of each code, with a gap around each value?

`writers` says which function makes it.
"""
