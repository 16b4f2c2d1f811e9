"""Which values do the sentences about a KDC hold?"""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup, rule_value
from diagnose.findings.params import node_records
from diagnose.findings.params.routes import missing_way
from diagnose.findings.values import Params, origin_value, unique


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
    return {"answers_on": group.first.answers_on, **_conf(group)}


def half(group: BlameGroup) -> Params:
    return {"off": group.flows[0].endpoint.transport, **_conf(group)}


def bind(group: BlameGroup) -> Params:
    return _conf(group) or node_records.bind(group)


def _conf(group: BlameGroup) -> Params:
    """Return what the kdc.conf of the case says. Empty if the finding does not rest on it.

    dialled: addresses that clients dial; port: the port that they dial.
    """
    if group.first.cause != "kdc-conf":
        return {}
    ends = [flow.endpoint for flow in group.flows]
    known = (group.scene.far.of(flow.id).kdc_conf for flow in group.flows)
    lines = [says.line for says in known if says is not None]
    return {
        "said": [{"text": line.text, "origin": origin_value(line.origin)} for line in dict.fromkeys(lines)],
        "dialled": unique(end.address for end in ends if end.address is not None),
        "port": ends[0].port,
    }


def down(group: BlameGroup) -> Params:
    """Return why the KDC does not run. Empty if its records do not say.

    what: realm, socket or name that the line is about; None if it names none.
    may_run: whether an earlier process may still run.
    """
    known = (group.scene.far.of(flow.id).kdc_down for flow in group.flows)
    shown = next((each for each in known if each is not None), None)
    if group.first.cause != "kdc-start" or shown is None:
        return {}
    return {
        "failure": shown.failure,
        "what": shown.what,
        "said": [{"text": shown.line.text, "origin": origin_value(shown.line.origin)}],
        "may_run": not shown.is_sure,
        "of_conf": shown.line.origin.file.endswith(".conf"),
    }


def beside_live(group: BlameGroup) -> Params:
    """Return the code of a KDC's fault, and the host that clients ask in its place.

    instead: None if they wait for the dead one before.
    """
    return {"host_code": group.first.host_code, "instead": group.first.flow.spare_of}


def asymmetric(group: BlameGroup) -> Params:
    observed = (blame.outcome.observed for blame in group.blames)
    return {"answered_from": unique(str(each.detail.get("answered_from")) for each in observed if each)}
