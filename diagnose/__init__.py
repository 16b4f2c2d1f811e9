"""The reasoning: from a case to flows, decisions, findings, remedies and a report. Opens no socket."""

__version__ = "0.1.0"
