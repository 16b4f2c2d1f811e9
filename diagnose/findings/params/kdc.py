"""Which values do the sentences about a KDC hold?"""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup, rule_value
from diagnose.findings.params.routes import missing_way
from diagnose.findings.values import Params, unique


def external(group: BlameGroup) -> Params:
    """Return rules of the case that open just this port, and a missing way.

    Such rules have no effect on a host outside the cluster.
    """
    ports = {flow.endpoint.port for flow in group.flows}
    useless = [
        rule
        for known in group.scene.model.groups.values()
        for rule in known.rules
        if rule.accept
        and rule.direction == "ingress"
        and isinstance(rule.ports, tuple)
        and rule.protocol is not None
        and any(low == high and low in ports for low, high in rule.ports)
    ]
    return {"useless_rules": [rule_value(rule) for rule in useless], **missing_way(group)}


def moved(group: BlameGroup) -> Params:
    return {"answers_on": group.first.answers_on}


def half(group: BlameGroup) -> Params:
    return {"off": group.flows[0].endpoint.transport}


def first_dead(group: BlameGroup) -> Params:
    return {"host_code": group.first.host_code}


def asymmetric(group: BlameGroup) -> Params:
    observed = (blame.outcome.observed for blame in group.blames)
    return {"answered_from": unique(str(each.detail.get("answered_from")) for each in observed if each)}
