"""Which rules of the registration page does a case keep?

The rules are data (`data/registration.toml`); one function a rule decides it. Rules about the
network and Kerberos ask the diagnosis itself.
"""

from diagnose.registration.afterwards import initialized_after
from diagnose.registration.judge import judged, with_findings, with_refused
from diagnose.registration.model import Preflight, RuleVerdict

__all__ = ["Preflight", "RuleVerdict", "initialized_after", "judged", "with_findings", "with_refused"]
