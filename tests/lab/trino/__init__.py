"""Does a real coordinator of Trino work for `probe` and `check`, and is its fault named?"""
