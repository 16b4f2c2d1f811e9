"""Conclusions: every check looks at the same scene, blames of one cause become one finding, and the first finding is the primary cause."""

from diagnose.findings.conclude import Bug, Conclusion, conclude
from diagnose.findings.model import Blame, Evidence, Finding, Scene, scene

__all__ = ["Blame", "Bug", "Conclusion", "Evidence", "Finding", "Scene", "conclude", "scene"]
