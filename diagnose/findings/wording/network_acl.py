"""What is wrong with a network ACL, one function a code."""

from __future__ import annotations

from diagnose.findings.wording.phrases import Told, Words, ends, listed, seen_here
from probes.addresses import cidrs, union
from probes.rules.decision import Decision
from probes.rules.ruleset import CLIENT_PORTS, LINUX_CLIENT_PORTS


def inbound(t: Told) -> Words:
    """NACL-IN."""
    acl, decision = _at(t)
    way = (
        "into the vSwitch of the cluster"
        if decision.direction == "ingress"
        else "out of the vSwitch of the resource group"
    )
    return Words(
        "A network ACL drops the packets before any security group sees them",
        f"{acl} lets nothing {way} for {t.ports} from {_denied(t, decision)} to {t.hosts}: {_why(decision)}. "
        "Between two vSwitches both the network ACLs and the security group have to let a packet pass.",
        seen_here(t, f"{ends(t)} does not answer"),
    )


def reply(t: Told) -> Words:
    """NACL-RETURN."""
    acl, decision = _at(t)
    way = (
        "out of the vSwitch of the cluster"
        if decision.direction == "egress"
        else "into the vSwitch of the resource group"
    )
    return Words(
        "A network ACL drops the answers on their way back",
        f"The requests arrive, but {acl} lets no answer {way}: {_why(decision)}. A network ACL keeps no state, so answers need an entry of their own, "
        f"to the ports that clients use ({CLIENT_PORTS[0]}/{CLIENT_PORTS[1]}). The log of {t.hosts} shows the requests.",
        seen_here(t, f"{ends(t)} does not answer"),
    )


def ephemeral(t: Told) -> Words:
    """NACL-EPHEMERAL."""
    acl, decision = _at(t)
    return Words(
        "A network ACL lets answers through to some client ports only",
        f"{acl} decides the answers of {ends(t)} by the port of the client: {_why(decision)}. Connections then work or fail by the port that the "
        "client's system happens to choose; Linux, on which resource groups run, takes them from "
        f"{LINUX_CLIENT_PORTS[0]}/{LINUX_CLIENT_PORTS[1]}.",
        advice=(f"Let answers through to all of {CLIENT_PORTS[0]}/{CLIENT_PORTS[1]}.",),
    )


def _at(t: Told) -> tuple[str, Decision]:
    """The list, and what it decided on the first of the flows."""
    key = t.blames[0].key
    found = [d for d in t.blames[0].outcome.decisions if d.layer == "network-acl" and (*d.at, d.direction) == key]
    return listed(found[0].at), found[0]


def _denied(t: Told, decision: Decision) -> str:
    return listed(cidrs(union(decision.denied))) or t.sources


def _why(decision: Decision) -> str:
    return listed(
        dict.fromkeys(
            f"{line.rule}, {line.why}" if line.rule else line.why
            for line in decision.deciding
            if line.verdict != "allowed"
        )
    )
