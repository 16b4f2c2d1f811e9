"""Which values do the sentences about hosts and their firewalls hold?"""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.network import neighbours, path
from diagnose.findings.network.packets import is_sender_doubtful
from diagnose.findings.params.node_records import records
from diagnose.findings.values import Params, unique
from diagnose.scene.other_service import other_protocol


def service_down(group: BlameGroup) -> Params:
    """Return why the service is looked for there. Empty if a file names the host.

    is_listed: no packet was sent, and the list of sockets of the host does not have the port.
    """
    assumed = [flow.assumed for flow in group.flows if flow.assumed is not None]
    return {
        "assumed": unique(assumed) if len(assumed) == len(group.flows) else (),
        "is_listed": all(blame.outcome.observed is None for blame in group.blames),
        "may_be_firewall": all(
            blame.flow.assumed is None and is_sender_doubtful(group.scene, blame.outcome) for blame in group.blames
        ),
    }


def os_reject(group: BlameGroup) -> Params:
    """Return what the host's firewall showed.

    - icmp: reasons of the errors that these flows met.
    - neighbours_icmp: reasons of the errors that other flows to the host met.
    """
    observed = [blame.outcome.observed for blame in group.blames if blame.outcome.observed]
    others = (neighbour for blame in group.blames if (neighbour := neighbours.of_host(blame.outcome)))
    return {
        "icmp": unique(each.reason for each in observed if each.reason not in ("rst", "conn-refused", "no-response")),
        "is_reset": any(each.reason == "rst" for each in observed),
        "neighbours_icmp": unique(other.reason for other in others),
        "filtered": records(group, "filtered"),
        "listening": records(group, "listening"),
        "is_any_silent": any(blame.outcome.is_silent for blame in group.blames),
    }


def os_drop(group: BlameGroup) -> Params:
    return {
        "filtered": records(group, "filtered"),
        "drops_answers": all(group.scene.far.of(flow.id).drops_answer for flow in group.flows),
        "trace": path.traced_way(group.scene, group.first.outcome),
        "port": group.flows[0].endpoint.port,
    }


def port(group: BlameGroup) -> Params:
    """Return what answers: the service on another port, or another service on this one."""
    return {"answers_on": group.first.answers_on, "protocol": other_protocol(group.first.outcome.observations)}
