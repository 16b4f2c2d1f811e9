"""What is wrong with the rules of a security group, one function a code."""

from __future__ import annotations

from diagnose.findings.wording.phrases import MOST_NAMED, Told, Words, ends, have, listed, place, seen_here, udp_ends
from probes.addresses import cidrs, size, union
from probes.rules.group_rule import describe


def kdc_udp(t: Told) -> Words:
    others = [t.scene.other_transport(blame.outcome) for blame in t.blames if blame.flow.endpoint.transport == "udp"]
    tcp = ""
    if any(flow.endpoint.transport == "tcp" for flow in t.flows):
        tcp = "Nor is TCP, which large tickets need. "
    elif all(other is not None and other.verdict in ("reachable", "allowed") for other in others):
        tcp = "TCP is open, so telnet and even kinit work. "
    return Words(
        "The KDC cannot be reached over UDP: no inbound rule allows it",
        f"No rule of {t.groups} lets UDP from {t.sources} in to {udp_ends(t)}. {tcp}"
        "Java clients (Hive, Spark, DataWorks) ask the KDC over UDP first and do not fall back to TCP when nothing answers, "
        "so after 3 x 30 s per KDC they report “Receive timed out”.",
        seen_here(t, "an AS-REQ over UDP got no answer"),
    )


def kdc_tcp(t: Told) -> Words:
    return Words(
        "The KDC cannot be reached over TCP: only UDP is open",
        f"No rule of {t.groups} lets TCP from {t.sources} in to {ends(t)}. Small tickets pass over UDP; a reply that does not fit a datagram, "
        "and every client that prefers TCP, needs TCP and ends in “Connect timed out”.",
        seen_here(t, "a TCP connection to the KDC was not answered"),
    )


def kdc_port(t: Told) -> Words:
    wanted = listed(sorted({str(flow.endpoint.port) for flow in t.flows}))
    return Words(
        f"The rules open another port than the KDC's: krb5.conf says {wanted}",
        f"krb5.conf names port {wanted} ({place(t)}); the rule that lets {t.sources} in is {t.said_rules}. Packets to port {wanted} match no rule.",
        seen_here(t, "the configured port does not answer"),
        (f"Change the port range of the rule to {wanted}/{wanted}, if nothing else needs the old port.",),
    )


def direction(t: Told) -> Words:
    egress = any(rule.direction == "egress" for rule in t.rules)
    how = (
        "is an outbound rule; what is missing is an inbound one"
        if egress
        else "has the vSwitch block as its destination. An inbound rule names the sender as its source, so this rule matches no packet to the cluster"
    )
    return Words(
        "The rule exists but points the wrong way",
        f"{t.said_rules} {how}. The registration page says “Set Destination to the vSwitch CIDR block”; the field it means is Source "
        "(Authorization Object in older consoles).",
        seen_here(t, f"{t.ports} on {t.hosts} does not answer"),
        (f"After adding the right rule, delete {listed(rule.id for rule in t.rules)}: it does nothing.",),
    )


def source(t: Told) -> Words:
    missing = union(piece for b in t.blames if (d := b.outcome.decision("ingress")) for piece in d.denied)
    allowed = union(piece for b in t.blames if (d := b.outcome.decision("ingress")) for piece in d.allowed)
    share = f"{size(missing)} of {size(union((*missing, *allowed)))} addresses" if allowed else "all of it"
    return Words(
        "The rules do not cover the whole vSwitch of the resource group",
        f"Not let in to {t.groups} on {t.ports}: {listed(cidrs(missing))} ({share}). The rules for these ports are {t.said_rules}. "
        "A resource group takes any free address of its vSwitches, so it works or fails by the address it happens to get.",
        seen_here(t, "an address in the uncovered part gets no answer"),
    )


def wrong_group(t: Told) -> Words:
    owners = listed(dict.fromkeys(rule.group for rule in t.rules))
    return Words(
        "The rule was added to a security group that the target is not in",
        f"{t.said_rules} would let {t.sources} in, but {t.hosts} {have(t)} {t.groups}, not {owners}.",
        seen_here(t, f"{t.ports} does not answer"),
    )


def shadowed(t: Told) -> Words:
    drops = [rule for rule in t.rules if not rule.accept]
    accepts = [rule for rule in t.rules if rule.accept]
    return Words(
        "A drop rule wins over the rule that should let the resource group in",
        f"{listed(f'{r.id} in {r.group} ({describe(r)})' for r in drops)} is tried before "
        f"{listed(f'{r.id} ({describe(r)})' for r in accepts)}: the smaller priority number wins, and at equal priority drop wins. "
        f"{t.ports} from {t.sources} is dropped.",
        seen_here(t, "the port does not answer"),
    )


def proto(t: Told) -> Words:
    return Words(
        "The port is open for the wrong protocol",
        f"{t.said_rules} opens the port number, but {t.services} needs {t.ports}.",
        seen_here(t, f"{t.ports} does not answer"),
    )


def enterprise(t: Told) -> Words:
    return Words(
        "The nodes are in an enterprise (advanced) security group",
        f"{t.groups} is an enterprise group: it denies everything in and out that no rule allows, and no rule lets {t.sources} in to {t.ports}. "
        "EMR supports basic groups only.",
        seen_here(t, "none of the ports answers"),
        ("Better than more rules: move the nodes to a basic security group, which EMR requires.",),
    )


def group_ref(t: Told) -> Words:
    sure = any(blame.confidence != "inferred" for blame in t.blames)
    how = (
        "which the resource group's interfaces are not in"
        if sure
        else "and no file says whether the resource group's interfaces are in that group"
    )
    return Words(
        "A rule lets in a security group, not the vSwitch",
        f"{t.said_rules} lets in members of a group, {how}. ECS instances in that group connect; "
        f"{'the resource group does not' if sure else 'the resource group connects only if it is in it'}.",
        seen_here(t, f"{t.ports} does not answer"),
    )


def service(t: Told) -> Words:
    kerberos = " The KDC is among them." if any(flow.area == "kerberos" for flow in t.flows) else ""
    return Words(
        f"No inbound rule opens {'the ports of the cluster' if len(t.flows) > MOST_NAMED else t.services} to the resource group",
        f"{t.groups} lets nothing from {t.sources} in to {t.ports} on {t.hosts} ({t.services}).{kerberos} "
        "Being in the same VPC or vSwitch does not help: a security group lets in only what a rule names.",
        seen_here(t, "the ports do not answer"),
    )


def datanode(t: Told) -> Words:
    return Words(
        "The NameNode can be reached, the DataNodes cannot",
        f"No rule of {t.groups} on {t.hosts} lets {t.ports} in from {t.sources}. Listing files works; reading and writing them fails with "
        "“could only be replicated to 0 nodes” or BlockMissingException.",
        seen_here(t, "the DataNodes do not answer"),
    )


def rg_egress(t: Told) -> Words:
    at = listed(dict.fromkeys(ident for b in t.blames if (d := b.outcome.decision("egress")) for ident in d.at))
    rules = f" by {t.said_rules}" if t.rules else " by default: no outbound rule allows them"
    return Words(
        "The resource group's own security group blocks its outbound traffic",
        f"{at} on the resource group's interfaces stops packets to {t.ports} on {t.hosts}{rules}. No rule of the cluster's own groups can repair this.",
        seen_here(t, "nothing answers"),
    )


def unresolved(t: Told) -> Words:
    if any(blame.key == "records" for blame in t.blames):
        shown = listed(dict.fromkeys(f"{one.ref}: {one.text}" for blame in t.blames for one in blame.evidence))
        return Words(
            "The records of the host contradict the packets: they are of another time or of another machine",
            f"What {ends(t)} was seen to do does not fit {shown}. The packets are right.",
            advice=(f"Take ss -tunlp and iptables-save on {t.hosts} again, while this check runs.",),
        )
    if any(blame.key == "contradiction" for blame in t.blames):
        denying = [ident for b in t.blames for d in b.outcome.decisions if d.denied for ident in d.at]
        heard = (
            "got a request from this host, as its own records show"
            if t.silent()
            else "answered a connection from this host"
        )
        return Words(
            "The exported rules contradict the packets: an input is out of date or incomplete",
            f"{ends(t)} {heard}, which the exported rules of {listed(dict.fromkeys(denying)) or t.groups} deny. The packets are right: "
            "the export is older than the rules, a further group is on the interface, or this host is not what the case says.",
            advice=(
                "Export the security groups of the target's interface again (DescribeNetworkInterfaces names them all), then run the check again.",
            ),
        )
    missing = listed(dict.fromkeys(text for blame in t.blames for text in blame.missing))
    return Words(
        "The rules cannot be evaluated: part of them is not in the case",
        f"Whether {t.ports} from {t.sources} gets through depends on {missing}.",
        advice=(
            "Add what is missing to the case and run the check again; until then these flows are neither open nor closed.",
        ),
    )
