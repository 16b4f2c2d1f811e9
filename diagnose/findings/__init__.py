"""What is wrong? Every check reads the same scene and blames flows.

Blames of one cause become one finding. The first finding is the primary cause.
"""

from diagnose.findings.conclude import Conclusion, conclude
from diagnose.findings.model import Blame, Evidence, Finding

__all__ = ["Blame", "Conclusion", "Evidence", "Finding", "conclude"]
