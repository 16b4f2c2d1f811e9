"""What works that did not, if one cause is undone and nothing else?

A cause is what, undone, changes the outcome. Every finding is undone on the values (a line, a
setting, a decision of rules, an observation), and the case is judged again.
"""

from diagnose.undoing.measure import Judged, weighed

__all__ = ["Judged", "weighed"]
