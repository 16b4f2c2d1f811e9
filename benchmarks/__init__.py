"""Runnable comparisons with peers: `python -m benchmarks`, or `make bench`. Every figure stands beside a peer's from the same run."""
