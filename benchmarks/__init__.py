"""Comparisons with peers that anybody can run: `python -m benchmarks`, or `make bench`.

Every figure stands beside the figure of a peer from the same run.
"""
