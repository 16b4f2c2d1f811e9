"""Conclusions: every check looks at the same scene, blames of one cause become one finding, and the first finding is the primary cause."""

from diagnose.findings.conclude import Conclusion, conclude
from diagnose.findings.model import Blame, Evidence, Finding

__all__ = ["Blame", "Conclusion", "Evidence", "Finding", "conclude"]
