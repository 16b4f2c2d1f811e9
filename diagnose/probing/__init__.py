"""The `probe` command: what is asked of one target, and how is the answer said?"""
