"""What does the kdc.conf of the case show to be wrong? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import configured_hosts, hosts, listed, place, ports
from diagnose.findings.wording.words import Words

OPTIONS = {"udp": "kdc_listen", "tcp": "kdc_tcp_listen"}
"""Transport -> the option of kdc.conf."""


def off(s: Statement) -> Words:
    """KDC-UDP-OFF, KDC-TCP-OFF."""
    transport = s.text("off")
    harm = (
        "Java asks over UDP first and does not fall back to TCP"
        if transport == "udp"
        else "replies that do not fit a datagram fail"
    )
    repair = (
        (
            f"On {hosts(s)}: add {s.text('port')} to that line of kdc.conf, or set {OPTIONS.get(transport, '')} = "
            f"{s.text('port')} in its place, and restart krb5kdc."
        ),
        *(("Or set udp_preference_limit = 1 in krb5.conf of the clients.",) if transport == "udp" else ()),
    )
    return Words(
        f"The KDC does not listen on {ports(s)}",
        f"{_said(s)}. So {hosts(s)} does not listen there, and clients dial it ({place(s)}): {harm}.",
        "No security-group rule helps: nothing takes the requests.",
        repair,
    )


def moved(s: Statement) -> Words:
    """KDC-PORT."""
    port, options = s.text("answers_on"), " and ".join(OPTIONS.values())
    return Words(
        f"krb5.conf names another KDC port than kdc.conf: the KDC listens on {port}",
        f"{_said(s)}. Clients dial {ports(s)} of {hosts(s)} ({place(s)}), where it does not listen.",
        f"A rule that opens {ports(s)} does not help. Port {port} has to be open.",
        (
            (
                f"Put port {port} behind {configured_hosts(s)} in krb5.conf (EMR console, Kerberos service, "
                "Configure), and initialize the resource group again."
            ),
            f"Or add {s.text('port')} to {options} in kdc.conf of {hosts(s)}, and restart krb5kdc.",
        ),
    )


def bind(s: Statement) -> Words:
    """KDC-BIND."""
    dialled = listed(s.texts("dialled"))
    options = " and ".join(f"{option} = {s.text('port')}" for option in OPTIONS.values())
    return Words(
        "kdc.conf lets the KDC listen on another address than clients dial",
        f"{_said(s)}. Clients dial {dialled}, where it does not listen on {ports(s)}.",
        "No security-group rule helps: the host itself refuses.",
        (f"On {hosts(s)}: set {options} in kdc.conf, and restart krb5kdc.",),
    )


def _said(s: Statement) -> str:
    """Return the lines of kdc.conf, each with its place."""
    return listed(f"{row.text('text')} ({place(row)})" for row in s.rows("said"))
