"""Which values do the sentences about network ACLs hold?"""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.params.node_records import records
from diagnose.findings.values import Params
from probes.addresses import cidrs, union


def network_acl(group: BlameGroup) -> Params:
    """Return the list, and what it decided on the first of the flows."""
    decision = group.first.decision
    if decision is None:
        return {}
    return {
        "acl": decision.at,
        "direction": decision.direction,
        "denied": cidrs(union(decision.denied)),
        "reasons": [{"rule": line.rule, "why": line.why} for line in decision.deciding if line.verdict != "allowed"],
        "arrived": records(group, "arrived"),
    }
