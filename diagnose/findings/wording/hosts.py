"""What is wrong with a host or the way to it, one function a code."""

from __future__ import annotations

from diagnose.findings.network import neighbours
from diagnose.findings.network.inference import SENDER
from diagnose.findings.network.packets import rejecter
from diagnose.findings.network.path import the_way
from diagnose.findings.wording.node_records import said
from diagnose.findings.wording.phrases import Told, Words, listed, seen_here

RATE = (
    "Linux answers a sender with about one ICMP error a second, so of many rejected connections most look like silence."
)


def service_down(t: Told) -> Words:
    if all(flow.assumed is not None for flow in t.flows):
        why = listed(dict.fromkeys(flow.assumed or "" for flow in t.flows))
        return Words(
            f"{t.services} listens on none of the hosts where it was looked for",
            f"{t.hosts} refuse {t.ports} at once: the packets get there and nothing listens. It was looked for there because {why}.",
            "It may run on another node, or be stopped.",
            (f"Find out which node runs {t.services} (ListComponentInstances), and add the answer to the case.",),
        )
    unsure = all(SENDER in blame.missing for blame in t.blames)
    return Words(
        f"Nothing listens: {t.services} on {t.hosts}",
        f"{t.hosts} refuses {t.ports} at once: the packets get there and nothing listens. No security-group rule is missing.",
        f"A security group drops in silence; a refusal comes from the host itself{', or from a firewall right in front of it' if unsure else ''}.",
        (
            f"Start {t.services} on {t.hosts}; ss -lntp there shows whether it listens on every interface and on {t.ports}.",
        ),
    )


def os_reject(t: Told) -> Words:
    reasons = listed(
        dict.fromkeys(
            b.outcome.observed.reason
            for b in t.blames
            if b.outcome.observed and b.outcome.observed.reason not in ("rst", "no-response")
        )
    )
    shown = listed(text for topic in ("filtered", "listening") if (text := said(t, topic)))
    if reasons:
        how = (
            f"answers {t.ports} with ICMP “{reasons}”, sent by the host itself: a REJECT rule of firewalld or iptables"
        )
    elif any(b.outcome.observed and b.outcome.observed.reason == "rst" for b in t.blames):
        how = f"refuses {t.ports} as if nothing listened, and a REJECT rule of its own firewall does it"
    elif others := listed(dict.fromkeys(met.reason for b in t.blames if (met := neighbours.of_host(b.outcome)))):
        how = f"answers other connections with ICMP “{others}” and {t.ports} with nothing: a REJECT rule of firewalld or iptables"
    else:
        how = f"does not let {t.ports} in: a REJECT rule of firewalld or iptables"
    return Words(
        "The host's own firewall rejects the connection",
        f"{t.hosts} {how}{f' ({shown})' if shown else ''}. The security group is not what stops it, so no rule is missing there.",
        " ".join(
            (
                "Java reports such a reject over UDP as “Receive timed out”, just like a missing rule.",
                *([RATE] if any(b.outcome.silent for b in t.blames) else ()),
            )
        ),
        (f"On {t.hosts}: {firewall_cmd(t)}, or an iptables ACCEPT for {t.sources} above the REJECT.",),
    )


def firewall_cmd(t: Told) -> str:
    opened = " ".join(
        f"--add-port={port}/{transport}"
        for transport, port in sorted({(f.endpoint.transport, f.endpoint.port) for f in t.flows})
    )
    return f"firewall-cmd --permanent {opened} && firewall-cmd --reload"


def os_drop(t: Told) -> Words:
    if shown := said(t, "filtered"):
        return Words(
            "The host's own firewall drops the packets",
            f"{t.hosts} drops {t.ports} from {t.sources} itself: {shown}. Adding security-group rules will not help.",
            seen_here(t, f"{t.ports} does not answer"),
            (f"On {t.hosts}: {firewall_cmd(t)}, or an iptables ACCEPT for {t.sources} above that rule.",),
        )
    return Words(
        "The security group lets the packets through and the host stays silent",
        f"{t.ports} on {t.hosts} does not answer, although every rule lets {t.sources} in. "
        "That is a firewall on the host, or something else between the two that drops in silence; adding security-group rules will not help.",
        the_way(t.scene, t.blames[0].outcome),
        (
            f"On {t.hosts}: iptables -vnL INPUT (counters that rise), and tcpdump -ni any port {t.flows[0].endpoint.port} while the check runs.",
        ),
    )


def appliance(t: Told) -> Words:
    seen = [b.outcome.observed for b in t.blames if b.outcome.observed]
    named = dict.fromkeys(found for b in t.blames if (found := rejecter(t.scene, b.outcome)) is not None)
    if not named:
        refused = any(one.state == "closed" for one in seen)
        return Words(
            "A device on the way stops the connection",
            f"{t.ports} to {t.hosts} is {'refused in the name of the host' if refused else 'swallowed before it reaches the host'}: "
            "a firewall between the two networks. The security group lets the packets through.",
            advice=(
                f"Allow {t.ports} from {t.sources} to {t.hosts} on the firewall between the two networks (Cloud Firewall, an appliance).",
            ),
        )
    offender = listed(named)
    return Words(
        "A device on the way rejects the connection",
        f"{offender}, which is not the target, answers {'this' if any(one.offender for one in seen) else 'other connections beside it'} with an ICMP prohibition: "
        f"a firewall between the two networks. So {t.ports} does not get to {t.hosts}.",
        RATE if any(one.reason == "no-response" for one in seen) else "",
        (f"Allow {t.ports} from {t.sources} to {t.hosts} at {offender}.",),
    )


def route(t: Told) -> Words:
    """NET-ROUTE, as packets tell it."""
    if t.blames[0].key == "forbidden here":
        return Words(
            "This host forbids itself to send there",
            f"Packets to {t.hosts} are refused by this host before they leave it: a prohibit route, or its own firewall's output rules. "
            "They do not get as far as any security group.",
            advice=(
                f"Here: ip route get {t.flows[0].endpoint.address or t.hosts}, and nft list ruleset or iptables -S OUTPUT.",
            ),
        )
    local = t.blames[0].key == "here"
    offender = listed(
        dict.fromkeys(
            b.outcome.observed.offender for b in t.blames if b.outcome.observed and b.outcome.observed.offender
        )
    )
    who = "This host has no route" if local else f"{offender or 'A router'} reports that there is no way"
    return Words(
        "There is no route to the target",
        f"{who} to {t.hosts}. Packets do not get as far as any security group.",
        advice=("Compare the route tables of both vSwitches; between two VPCs both sides need a route.",),
    )
