"""Which cases are checked against a real cluster: its own files, and its files with one fault?"""
