"""What is wrong with a network ACL? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.node_records import quoted
from diagnose.findings.wording.en.phrases import ends, hosts, listed, networks, seen_here
from diagnose.findings.wording.words import Words
from probes.rules.ruleset import CLIENT_PORTS, LINUX_CLIENT_PORTS


def inbound(s: Statement) -> Words:
    """NACL-IN."""
    way = (
        "into the vSwitch of the cluster"
        if s.text("direction") == "ingress"
        else "out of the vSwitch of the resource group"
    )
    return Words(
        "A network ACL drops the packets before any security group sees them",
        f"{_acl(s)} lets nothing {way} from {listed(s.texts('denied')) or networks(s)} to {ends(s)}: {_why(s)}. "
        "Between two vSwitches both the network ACLs and the security group have to let a packet pass.",
        seen_here(s, f"{ends(s)} does not answer"),
    )


def reply(s: Statement) -> Words:
    """NACL-RETURN."""
    way = (
        "out of the vSwitch of the cluster"
        if s.text("direction") == "egress"
        else "into the vSwitch of the resource group"
    )
    shown = quoted(s, "arrived")
    requests = f"The requests arrive ({shown})" if shown else "This list does not stop the requests"
    return Words(
        "A network ACL drops the answers on their way back",
        f"{requests}, but {_acl(s)} lets no answer {way}: {_why(s)}. A network ACL keeps no state, so answers need an "
        f"entry of their own, to the ports that clients use ({CLIENT_PORTS[0]}/{CLIENT_PORTS[1]})."
        + ("" if shown else f" tcpdump on {hosts(s)} shows whether the requests arrive."),
        seen_here(s, f"{ends(s)} does not answer"),
    )


def ephemeral(s: Statement) -> Words:
    """NACL-EPHEMERAL."""
    return Words(
        "A network ACL lets answers through to some client ports only",
        f"{_acl(s)} decides the answers of {ends(s)} by the port of the client: {_why(s)}. Connections then work or "
        "fail by the port that the client's system happens to choose. Linux, on which resource groups run, takes it "
        f"from {LINUX_CLIENT_PORTS[0]}/{LINUX_CLIENT_PORTS[1]}.",
        advice=(f"Let answers through to all of {CLIENT_PORTS[0]}/{CLIENT_PORTS[1]}.",),
    )


def _acl(s: Statement) -> str:
    return listed(s.texts("acl"))


def _why(s: Statement) -> str:
    rows = s.rows("reasons")
    return listed(f"{row.text('rule')}, {row.text('why')}" if row.text("rule") else row.text("why") for row in rows)
