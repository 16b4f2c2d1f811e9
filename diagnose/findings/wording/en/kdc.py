"""What is wrong with a KDC that packets or the configuration show? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import kdc_conf, kdc_start
from diagnose.findings.wording.en.phrases import (
    agree,
    configured_hosts,
    ends,
    groups,
    hosts,
    hosts_do,
    listed,
    networks,
    place,
    ports,
    seen_here,
    services,
)
from diagnose.findings.wording.en.routes import to_open, way_out
from diagnose.findings.wording.words import Words


def external(s: Statement) -> Words:
    """KDC-EXTERNAL."""
    opened = [f"{rule.text('id')} in {rule.text('group')}" for rule in s.rows("useless_rules")]
    useless = (
        f" {listed(opened)} {agree(len(opened), 'opens', 'open')} that port on the cluster, which does nothing for a "
        "host elsewhere."
        if opened
        else ""
    )
    what = "The KDC" if s.is_true("has_kdc") else services(s)
    return Words(
        f"{what} is outside the cluster, so the cluster's security group does not guard it",
        f"{place(s)} names {configured_hosts(s)}, which is no node of the cluster.{useless} {to_open(s)}{way_out(s)}",
        seen_here(s, "it does not answer from here"),
        (
            (
                f"Open {ports(s)} from {networks(s)} at {hosts(s)}, on its security group or firewall, and check the "
                "route both ways."
            ),
        ),
    )


WHERE_IT_LISTENS = (
    "On {}: ss -lntu shows whether the KDC listens, and where. If it listens nowhere: systemctl start krb5kdc. "
    "If it listens elsewhere: write that port and address into krb5.conf."
)


def down(s: Statement) -> Words:
    """KDC-DOWN: by its records, else as packets show it."""
    if s.cause == "kdc-start":
        return kdc_start.down(s)
    return Words(
        "Nothing listens on the KDC's port",
        f"{hosts_do(s, 'refuses', 'refuse')} at once: the packets get there, and nothing listens. "
        f"No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself. The KDC may be stopped, or listen "
        "on another port or another address.",
        (WHERE_IT_LISTENS.format(hosts(s)),),
    )


def moved(s: Statement) -> Words:
    """KDC-PORT: by kdc.conf, else as packets show it."""
    if s.cause == "kdc-conf":
        return kdc_conf.moved(s)
    port = s.text("answers_on")
    return Words(
        f"krb5.conf names the wrong KDC port: the KDC answers on {port}",
        f"{hosts_do(s, 'refuses', 'refuse')} ({place(s)}), and a KDC answers on port {port} of the same host.",
        advice=(
            (
                f"Put port {port} behind {configured_hosts(s)} in krb5.conf (EMR console, Kerberos service, "
                "Configure), and initialize the resource group again."
            ),
        ),
    )


def half(s: Statement) -> Words:
    """KDC-UDP-OFF, KDC-TCP-OFF: by kdc.conf, else as packets show it."""
    if s.cause == "kdc-conf":
        return kdc_conf.off(s)
    off, on = ("UDP", "TCP") if s.text("off") == "udp" else ("TCP", "UDP")
    harm = (
        "Java clients fail at once"
        if off == "UDP"
        else "replies that do not fit a datagram fail with “Connection refused”"
    )
    return Words(
        f"The KDC does not listen on {off}",
        f"{hosts(s)} answers Kerberos over {on} and refuses {off}: {harm}.",
        advice=(
            f"In kdc.conf set {'kdc_listen' if off == 'UDP' else 'kdc_tcp_listen'} to the port and restart krb5kdc.",
        ),
    )


def not_kerberos(s: Statement) -> Words:
    """KDC-NOT-KRB."""
    by_datagram = all(port.text("transport") == "udp" for target in s.rows("targets") for port in target.rows("ports"))
    how, java = (
        ("answers datagrams, and not in Kerberos", "Identifier doesn't match expected value (906)")
        if by_datagram
        else ("accepts connections but does not answer Kerberos", "Cannot get a KDC reply")
    )
    return Words(
        "Something other than a KDC listens on the KDC's port",
        f"{ends(s)} {how}. Java says “{java}”.",
        advice=(f"Find what listens on {ports(s)} of {hosts(s)}, or correct host and port at {place(s)}.",),
    )


_HOW = {
    "KDC-DOWN": "does not run, or not at this port",
    "KDC-UDP-OFF": "refuses UDP",
    "KDC-BIND": "listens on another address",
    "FW-OS-REJECT": "is closed by its own firewall",
}


def first_dead(s: Statement) -> Words:
    """KDC-FIRST-DEAD."""
    code = s.text("host_code")
    if instead := s.text("instead"):
        return Words(
            "The first KDC in krb5.conf refuses, and another one takes its place",
            f"{hosts(s)} ({place(s)}) {_HOW.get(code, 'does not answer')} ({code}). Its host refuses at once, so "
            f"clients ask {instead} without a wait, and every login rests on that one: if it stops, none works.",
            advice=(
                (
                    f"Repair {hosts(s)} (emr-diagnose explain {code}), or move it behind the others in krb5.conf: if "
                    "it becomes silent, Java waits 3 x 30 s for it at each login."
                ),
            ),
        )
    return Words(
        "The first KDC in krb5.conf is dead, and another one answers",
        f"{hosts(s)} ({place(s)}) {_HOW.get(code, 'does not answer')}; a later KDC of the same realm answers. Java "
        "asks in the order of the file and gives the first one 3 x 30 s before it goes on. So a login succeeds after "
        "minutes, and the one to two minutes of an initialization are over by then.",
        seen_here(s, f"{ends(s)} got no answer"),
        (
            (
                f"Repair {hosts(s)}, or move it behind the others in krb5.conf; kdc_timeout = 3s and max_retries = 1 "
                "shorten the wait."
            ),
            f"emr-diagnose explain {code} says how to repair the host itself.",
        ),
    )


WITHOUT_RULE = frozenset({"SG-KDC-UDP", "SG-KDC-TCP"})
"""Codes of a KDC that lacks a rule alone."""


def spare(s: Statement) -> Words:
    """KDC-SPARE."""
    code, instead = s.text("host_code"), s.text("instead")
    return Words(
        "A spare KDC of the realm is not reachable, or may not be",
        f"{hosts(s)} ({place(s)}) has the fault {code} at {ports(s)}. Clients ask {instead} first, which krb5.conf "
        f"names before it, so every login rests on that one: if it stops, none works.",
        seen_here(s, f"{ends(s)} got no answer"),
        (
            (
                f"Repair it before {instead} stops: {groups(s)} lacks an accept rule for {ports(s)} from {networks(s)}."
                if code in WITHOUT_RULE
                else f"Repair it before {instead} stops: emr-diagnose explain {code} says how."
            ),
            f"If {hosts(s)} is gone for good: remove its line from krb5.conf.",
        ),
    )


def asymmetric(s: Statement) -> Words:
    """KDC-ASYM-SRC."""
    return Words(
        "The KDC answers from another address than the one that was asked",
        f"{ends(s)} was asked, and the answer came from {listed(s.texts('answered_from'))}. Java and every client with "
        "a connected socket throw such an answer away: “Receive timed out”.",
        advice=(
            (
                "Name the KDC by the address that it answers from, or correct the address translation or load balancer "
                "in front of it; TCP is not affected."
            ),
        ),
    )


def reset(s: Statement) -> Words:
    """KDC-RESET."""
    if s.cause == "closed-early":
        return Words(
            "The KDC's port takes TCP connections and closes them",
            f"{ends(s)} takes the connection and closes it without a byte of an answer. Java says “Cannot get a KDC "
            "reply”. A proxy or load balancer without a KDC behind it does so, a KDC that has too many connections, "
            "and any other service.",
            advice=(f"On {hosts(s)}: ss -lntp shows which process listens on {ports(s)}. Read its log.",),
        )
    return Words(
        "The connection to the KDC is reset",
        f"{ends(s)} takes the connection and resets it when it is asked. Java says “Connection reset”.",
        advice=(f"Look at the log of krb5kdc on {hosts(s)}; a device that inspects connections may do the same.",),
    )


def tcp_hole(s: Statement) -> Words:
    """KDC-TCP-HOLE."""
    return Words(
        "The KDC's TCP port accepts connections and never answers",
        f"{ends(s)} completes the handshake and then stays silent. Java waits for “Read timed out”; kinit waits "
        "without limit.",
        advice=(
            (
                f"Look at what listens on {ports(s)} of {hosts(s)}: a hung KDC, a half-open proxy, or packets that are "
                "lost once they are large."
            ),
        ),
    )
