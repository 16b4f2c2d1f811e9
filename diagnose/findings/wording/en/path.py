"""What is wrong on the way to a host? One function a code."""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import agree, ends, hosts, listed, networks
from diagnose.findings.wording.words import Words

TCP_HEADERS, TCP_HEADERS_V6 = 40, 60
_OR_BACK = ", or what drops the answers is on the way back"

RATE = (
    "Linux answers a sender with about one ICMP error a second, so of many rejected connections most look like silence."
)

FIRST_ROUTER = 1
"""Number of the router next to this host. Nothing but this host is nearer."""

OR_HERE = ", or the output rules of this host"
HERE = "Here: nft list ruleset or iptables -vnL OUTPUT. A rule for this port there is the cause."


def mtu(s: Statement) -> Words:
    """NET-MTU-TCP."""
    passes, own, measured = s.number("passes"), s.number("own"), s.row("measured")
    limit = f"of more than {passes} bytes" if passes is not None else "as large as this host's own link carries"
    how = (
        f"{s.number('waiting')} bytes of it were never acknowledged: it is packets from here to the host that are lost"
        if s.text("lost") == "requests"
        else "it was acknowledged whole and the answer did not come: it is packets from the host to here that are lost"
    )
    headers = TCP_HEADERS_V6 if s.is_true("is_ipv6") else TCP_HEADERS
    clamp = f" to {passes - headers} bytes" if passes is not None and passes > headers else ""
    link = f" (this host's own link carries {own})" if own is not None else ""
    return Words(
        "Large packets are lost on the way, and nothing says so",
        f"{hosts(s)} accepts connections and answers small requests; packets {limit}{link} vanish. "
        "Logins with large tickets and every transfer of data hang until “Read timed out”.",
        f"A large request to {ends(measured)} stalled: {how}. The same request in small segments was answered, so it "
        "is the size of packets and not the request. No router sent “fragmentation needed”, or something filters it.",
        (
            (
                f"Let ICMP type 3 code 4 (ICMPv6 type 2) through between {networks(s)} and {hosts(s)}, on firewalls "
                "and in network ACLs of both sides."
            ),
            (
                f"Or clamp the MSS{clamp} on the gateway or tunnel in between, or lower the MTU of the interfaces to "
                "what the path carries."
            ),
        ),
    )


def route(s: Statement) -> Words:
    """NET-ROUTE, as packets show it."""
    if s.cause == "loop":
        return _loop(s)
    if s.cause == "local-policy":
        return Words(
            "This host forbids itself to send there",
            f"Packets to {hosts(s)} are refused by this host before they leave it: a prohibit route, or its own "
            "firewall's output rules. They do not get as far as any security group.",
            advice=(
                f"Here: ip route get {s.text('address') or hosts(s)}, and nft list ruleset or iptables -S OUTPUT.",
            ),
        )
    who = "This host has no route"
    if s.cause != "no-local-route":
        who = f"{listed(s.texts('offenders')) or 'A router'} reports that there is no way"
        if s.is_true("is_answering"):
            return _some_ports_away(s, who)
        if s.is_true("is_beside_others"):
            return _one_host_away(s, who)
    return Words(
        "There is no route to the target",
        f"{who} to {hosts(s)}. Packets do not get as far as any security group.",
        advice=("Compare the route tables of both vSwitches; between two VPCs both sides need a route.",),
    )


def _some_ports_away(s: Statement, who: str) -> Words:
    return Words(
        "A router says that there is no route, for some ports alone",
        f"{who} to {ends(s)}, and other ports of {agree(len(s.texts('configured_hosts')), 'this host', 'these hosts')} "
        "answer. No route depends on a port, so a firewall there says so in place of a prohibition.",
        advice=(f"Allow {ends(s)} from {networks(s)} at {listed(s.texts('offenders')) or 'that router'}.",),
    )


def _one_host_away(s: Statement, who: str) -> Words:
    count = len(s.texts("configured_hosts"))
    away = agree(count, "the machine is stopped or released", "the machines are stopped or released")
    moved = agree(count, "it no longer has this address", "they no longer have these addresses")
    return Words(
        "There is no route to the target",
        f"{who} to {hosts(s)}, and other hosts of that vSwitch answer. So the route tables lead there. Most likely "
        f"{away}, or {moved}.",
        advice=(
            f"Look in the ECS console whether {hosts(s)} is running, and with which address.",
            "If it is, look for a route or a rule for this one address on the way.",
        ),
    )


def _loop(s: Statement) -> Words:
    routers = listed(s.texts("routers"))
    return Words(
        "Packets go round in a loop",
        f"A trace to {hosts(s)} meets {routers} again and again: a router sends packets for this host back to where "
        "they came from. They get as far as no security group.",
        "Connections time out, or end with “time to live exceeded”.",
        (
            (
                f"Compare the routes for {hosts(s)} at {routers}: two of them point at each other. Often one of them "
                "lacks the route of the attachment and uses its default."
            ),
        ),
    )


VOICES: Mapping[str, str] = {
    "http": "answers in HTTP",
    "closed": "ends it without an answer",
    "silent": "says nothing",
}
"""How every port behaves -> what it does."""


def appliance(s: Statement) -> Words:
    """FW-VPC."""
    if s.cause == "taken-connections":
        return Words(
            "A device on the way takes the connections in place of the hosts",
            f"{ends(s)}: each takes the connection and {VOICES[s.text('voice')]}. No service that was asked over TCP "
            "answers as itself, and so many do not fail alike at once: a proxy, a firewall or a load balancer between "
            "the two networks answers for them.",
            advice=(
                (
                    f"On the firewall or proxy between the two networks let {networks(s)} connect to these ports "
                    "untouched. tcpdump on a node shows whether the connections arrive there."
                ),
            ),
        )
    if s.cause == "forged-reset":
        return _forged_reset(s)
    offenders = listed(s.texts("offenders"))
    if not offenders:
        how = (
            "Connections to {} are refused in the name of the host"
            if s.is_true("is_refused")
            else "Packets to {} vanish before they reach the host"
        )
        return Words(
            "A device on the way stops the connection",
            f"{how.format(ends(s))}: a firewall between the two networks. The security group lets the packets through.",
            advice=(
                (
                    f"Allow {ends(s)} from {networks(s)} on the firewall between the two networks "
                    "(Cloud Firewall, an appliance)."
                ),
            ),
        )
    what = "this" if s.is_true("is_own") else "other connections beside it"
    return Words(
        "A device on the way rejects the connection",
        f"{offenders}, which is not the target, answers {what} with an ICMP prohibition: a firewall between the two "
        f"networks. So packets do not get to {ends(s)}.",
        RATE if s.is_true("is_any_silent") else "",
        (f"Allow {ends(s)} from {networks(s)} at {offenders}.",),
    )


def _forged_reset(s: Statement) -> Words:
    distance, ttl, host_ttl = (s.number(name) for name in ("distance", "ttl", "host_ttl"))
    clues = []
    if distance is not None:
        clues.append(
            f"the host is {distance} hops away, and the reset came for a packet that could go {distance - 1} only"
        )
    if ttl is not None and host_ttl is not None and ttl != host_ttl:
        clues.append(f"the reset came with TTL {ttl}, the host's own packets with {host_ttl}")
    text = "; ".join(clues)
    here = distance == FIRST_ROUTER + 1
    return Words(
        "A device on the way resets the connection in the host's name",
        f"{ends(s)} seems closed, but the reset does not look like the host's own: a firewall between the two networks "
        f"makes such resets{OR_HERE if here else ''}. The service may well be running.",
        f"{text[:1].upper()}{text[1:]}. Other ports of the host answer through the same way." if text else "",
        (
            *((HERE,) if here else ()),
            f"Allow {ends(s)} from {networks(s)} on the firewall between them.",
        ),
    )


def traced_way(trace: Values) -> str:
    """Return how far packets were seen, as one sentence. Empty if nothing was traced."""
    if not trace.params:
        return ""
    last, refusal = trace.text("last"), trace.text("refusal")
    if trace.is_true("is_reached"):
        return (
            "A packet of a trace was answered, later: the silence was not for all packets. "
            "Run the check again before anything is changed."
        )
    if nearest := trace.text("nearest"):
        return (
            f"{nearest}, the first router, answered a trace to an open port of the host, and no router answered one to "
            "this port. So this host or that router drops the packets."
        )
    if not last:
        return "No router on the way answered a trace. That is common and proves nothing."
    if refusal:
        return (
            f"{last} refused a packet of a trace ({refusal}). Routers send few such answers a second, "
            "so it may well refuse those that nobody answered."
        )
    place, whole = trace.number("place") or 0, trace.number("distance")
    if whole is not None and place == whole - 1:
        return (
            f"The last router that answered a trace is {last}, the last one before the host: "
            f"what drops the packets is there or behind it{_OR_BACK}."
        )
    of = f" of {whole - 1} on the way to an open port of the host" if whole is not None and place < whole else ""
    return (
        f"The last router that answered a trace is {last}, number {place}{of}; "
        f"what drops the packets is there or behind it{_OR_BACK}."
    )
