"""The reasoning: from a case to flows, decisions, findings, remedies and a report.

It opens no socket itself: `probes` does.
"""

__version__ = "0.1.0"
