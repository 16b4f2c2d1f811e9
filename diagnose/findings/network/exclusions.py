"""What rules out each look-alike of a cause that the inference table names?

A cause is proven only if every look-alike that the catalogue lists for it is ruled out.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings import catalogue
from diagnose.findings.model import Exclusion
from diagnose.findings.network.inference import Facts

Ruled = tuple[str, str]
"""A column of the inference table, and the words of it that rule a look-alike out. The words are
separated by "|"."""

EXCLUDED_BY: Mapping[str, Mapping[str, Ruled]] = {
    "KDC-TCP-HOLE": {"SG-KDC-TCP": ("seen", "hang"), "KDC-NOT-KRB": ("seen", "hang")},
    "KDC-RESET": {"KDC-DOWN": ("seen", "reset")},
    "KDC-NOT-KRB": {"KDC-TCP-HOLE": ("seen", "other protocol")},
    "KDC-ASYM-SRC": {"SG-KDC-UDP": ("seen", "answer from elsewhere")},
    "NET-ROUTE": {"FW-OS-REJECT": ("seen", "no route|loop"), "RET-ROUTE": ("seen", "no route|loop|unreachable")},
    "FW-OS-REJECT": {"NET-ROUTE": ("seen", "reject|refusal"), "SG-SVC": ("seen", "reject|refusal")},
    "FW-VPC": {"NET-ROUTE": ("seen", "reject on the way|forged refusal")},
    "KDC-BIND": {"KDC-DOWN": ("listening", "loopback|elsewhere")},
    "SVC-BIND": {"SVC-DOWN": ("listening", "loopback|elsewhere"), "DNS-LOOPBACK": ("listening", "elsewhere")},
    "KDC-UDP-OFF": {"KDC-DOWN": ("beside", "answers"), "SG-KDC-UDP": ("seen", "refusal")},
    "KDC-TCP-OFF": {"SG-KDC-TCP": ("seen", "refusal")},
    "KDC-DOWN": {
        "KDC-PORT": ("listening", "no"),
        "KDC-BIND": ("listening", "no"),
        "FW-OS-REJECT": ("listening", "no"),
    },
    "SVC-DOWN": {
        "SVC-PORT": ("listening", "no"),
        "SVC-BIND": ("listening", "no"),
        "FW-OS-REJECT": ("listening", "no"),
    },
    "FW-OS-DROP": {"NACL-RETURN": ("configured", "allowed"), "RET-ROUTE": ("filtered", "drop")},
}
"""Code -> its look-alike -> what rules that out.

A test compares the look-alikes with those of the catalogue.
"""


def excluded(code: str, facts: Facts) -> tuple[Exclusion, ...]:
    """Return the look-alikes of this cause that the facts of one flow rule out."""
    ruled_out = []
    for other, (column, words) in EXCLUDED_BY.get(code, {}).items():
        word = str(getattr(facts, column))
        if word in words.split("|"):
            ruled_out.append(Exclusion(other, column, word))
    return tuple(ruled_out)


def left_open(code: str, ruled_out: tuple[Exclusion, ...]) -> tuple[str, ...]:
    """Return how each look-alike that is not ruled out differs, as the catalogue says it."""
    closed = {exclusion.code for exclusion in ruled_out}
    if set(EXCLUDED_BY.get(code, {})) <= closed:
        return ()
    differences = catalogue.entry(code).look_alikes
    return tuple(f"whether it is {other}: {text}" for other, text in differences.items() if other not in closed)
