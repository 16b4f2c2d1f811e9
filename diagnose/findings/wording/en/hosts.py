"""What is wrong with a host? One function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.node_records import quoted
from diagnose.findings.wording.en.path import HERE, RATE, traced_way
from diagnose.findings.wording.en.phrases import (
    agree,
    all_hosts,
    ends,
    hosts,
    hosts_do,
    listed,
    networks,
    ports,
    seen_here,
    services,
)
from diagnose.findings.wording.words import Words


def service_down(s: Statement) -> Words:
    """SVC-DOWN."""
    if s.is_true("is_listed"):
        return Words(
            f"Nothing listens: {services(s)} on {hosts(s)}",
            f"The list of sockets of {hosts(s)} has no listener on {ports(s)}. No security-group rule is missing.",
            "The service may be stopped, or listen on another port, or the list is older than its start.",
            (_where_it_listens(s),),
        )
    refuses = f"{hosts_do(s, 'refuses', 'refuse')} at once: the packets get there and nothing listens."
    if why := listed(s.texts("assumed")):
        return Words(
            f"{services(s)} listens on none of the hosts where it was looked for",
            f"{refuses} It was looked for there because {why}.",
            "It may run on another node, or be stopped.",
            (f"Find out which node runs {services(s)} (ListComponentInstances), and add the answer to the case.",),
        )
    firewall = ", or from a firewall right in front of it" if s.is_true("may_be_firewall") else ""
    return Words(
        f"Nothing listens: {services(s)} on {hosts(s)}",
        f"{refuses} No security-group rule is missing.",
        f"A security group drops in silence; a refusal comes from the host itself{firewall}. The service may be "
        "stopped, or listen on another port or another address.",
        (_where_it_listens(s),),
    )


def _where_it_listens(s: Statement) -> str:
    return (
        f"On {hosts(s)}: ss -lntp shows whether {services(s)} listens, and where. If it listens nowhere, start it. "
        f"If it listens elsewhere than on {ports(s)}, correct the address in the files, or where it binds."
    )


ABOUT_ITSELF = frozenset({"host-unreachable", "net-unreachable", "proto-unreachable"})
"""Errors that a host sends of its own address by a REJECT rule, or where it forwards a port."""


def os_reject(s: Statement) -> Words:
    """FW-OS-REJECT."""
    records = listed(text for name in ("filtered", "listening") if (text := quoted(s, name)))
    reject = "a REJECT rule of firewalld or iptables"
    if any(reason in ABOUT_ITSELF for reason in s.texts("icmp")):
        reject += ", or the host forwards the port to a machine or container that is away"
    if reasons := listed(s.texts("icmp")):
        how = f"{_answer(s)} with ICMP “{reasons}”, sent by the host itself: {reject}"
    elif s.is_true("is_reset"):
        how = (
            f"{hosts_do(s, 'refuses', 'refuse')} as if nothing listened, and a REJECT rule of its own firewall does it"
        )
    elif others := listed(s.texts("neighbours_icmp")):
        how = (
            f"{hosts(s)} answers other connections with ICMP “{others}”, and those to {ends(s)} with nothing: {reject}"
        )
    else:
        how = f"{hosts_do(s, 'does not answer on', 'do not answer on')}, because of {reject}"
    return Words(
        "The host's own firewall rejects the connection",
        f"{how}{f' ({records})' if records else ''}. The security group does not stop it, so no rule is missing there.",
        "Java reports such a reject over UDP as “Receive timed out”, just like a missing rule."
        + (f" {RATE}" if s.is_true("is_any_silent") else ""),
        (f"On {hosts(s)}: {firewall_cmd(s)}, or an iptables ACCEPT for {networks(s)} above the REJECT.",),
    )


def _answer(s: Statement) -> str:
    return hosts_do(s, "answers", "answer")


def firewall_cmd(s: Statement) -> str:
    opened = {
        (row.text("transport"), int(port))
        for target in s.rows("targets")
        for row in target.rows("ports")
        for port in row.texts("ports")
    }
    options = " ".join(f"--add-port={port}/{transport}" for transport, port in sorted(opened))
    return f"firewall-cmd --permanent {options} && firewall-cmd --reload"


def os_drop(s: Statement) -> Words:
    """FW-OS-DROP."""
    if s.is_true("drops_answers"):
        return Words(
            "The host's own firewall drops its answers to the resource group",
            f"A rule of {hosts(s)} drops the answers to {networks(s)}: {quoted(s, 'filtered')}. "
            f"So requests to {ends(s)} arrive and stay without an answer. Adding security-group rules will not help.",
            seen_here(s, f"{ends(s)} does not answer"),
            (f"On {hosts(s)}: take that rule away, or an ACCEPT for answers to {networks(s)} above it.",),
        )
    if shown := quoted(s, "filtered"):
        return Words(
            "The host's own firewall drops the packets",
            f"{hosts_do(s, 'drops', 'drop')} from {networks(s)} by a rule of its own: {shown}. "
            "Adding security-group rules will not help.",
            seen_here(s, f"{ends(s)} does not answer"),
            (f"On {hosts(s)}: {firewall_cmd(s)}, or an iptables ACCEPT for {networks(s)} above that rule.",),
        )
    return Words(
        "The security group lets the packets through and "
        f"{agree(len(all_hosts(s)), 'the host stays', 'the hosts stay')} silent",
        f"{ends(s)} does not answer, although every rule lets {networks(s)} in. "
        f"A firewall on the {agree(len(all_hosts(s)), 'host', 'hosts')} drops the packets in silence, or "
        "something else between the two does. Adding security-group rules will not help.",
        traced_way(s.row("trace")),
        (
            *((HERE,) if s.row("trace").text("nearest") else ()),
            (
                f"On {hosts(s)}: iptables -vnL INPUT (counters that rise), and tcpdump -ni any port {s.text('port')} "
                "while the check runs."
            ),
            *_full_queues(s),
        ),
    )


def _full_queues(s: Statement) -> Iterator[str]:
    """Yield what else drops connections in silence, for ports of TCP."""
    if any(row.text("transport") == "tcp" for target in s.rows("targets") for row in target.rows("ports")):
        yield (
            "There as well: ss -lnt. Where Recv-Q of the port is above Send-Q, its process takes nobody and the kernel "
            "drops each new connection: restart the process."
        )
