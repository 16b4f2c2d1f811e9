"""Why does a KDC not run, by its log or its kdc.conf? One function a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import hosts, place
from diagnose.findings.wording.words import Words

_WHY: Final[Mapping[str, tuple[str, str]]] = {
    "database": (
        "it cannot open its database",
        (
            "Look at database_name in kdc.conf: the file must be there and be readable for krb5kdc. Where it was lost, "
            "load the last dump (kdb5_util load). kdb5_util create makes an empty one, without the principals."
        ),
    ),
    "master-key": (
        "it does not find the master key of its database",
        "Look at key_stash_file in kdc.conf. kdb5_util stash writes it anew; it asks for the master password.",
    ),
    "no-realm": (
        "its krb5.conf names no default realm",
        "Set default_realm in /etc/krb5.conf of the KDC's host.",
    ),
    "configuration": (
        "it refuses its own configuration",
        "Mend that line: of kdc.conf, or of /etc/krb5.conf on the KDC's host.",
    ),
    "listen-value": (
        "kdc_listen or kdc_tcp_listen has a value that it refuses",
        "Write ports or address:port there, as in 88 or 0.0.0.0:88. Only one of the two may be empty.",
    ),
    "listen-name": (
        "kdc_listen or kdc_tcp_listen has a word that is no port and no host",
        "Write ports or address:port there, as in 88. kdc.conf has no comments behind a value.",
    ),
    "port-taken": (
        "another process has its port",
        "ss -lntup shows which process has it. End that one, or a second krb5kdc, and start the KDC again.",
    ),
    "no-address": (
        "kdc_listen or kdc_tcp_listen has an address that the host does not have",
        "Write the host's own address there, or the port alone.",
    ),
    "no-permission": (
        "it may not listen on its port",
        "Start it as root, or by its unit of systemd: ports below 1024 need that.",
    ),
    "network": ("it cannot listen", "Look at kdc_listen and kdc_tcp_listen in kdc.conf, and at ss -lntup."),
    "realm": ("it cannot open its realm", "/var/log/krb5kdc.log of that host says why."),
    "exited": ("its process ended", "journalctl -u krb5kdc and /var/log/krb5kdc.log of that host say why."),
    "stopped": ("it was stopped", "Start it: systemctl start krb5kdc."),
}
"""Failure -> why the KDC does not run, and what to do."""


def down(s: Statement) -> Words:
    """KDC-DOWN."""
    why, repair = _WHY[s.text("failure")]
    said = "; ".join(f"“{row.text('text')}” ({place(row)})" for row in s.rows("said"))
    what = "kdc.conf has" if s.is_true("of_conf") else "The last words of its log are"
    of_host = f"the KDC on {hosts(s)} ({place(s)})"
    if s.is_true("may_run"):
        return Words(
            "The KDC may not run: a start of it failed",
            f"{what} {said}: {why}. If that process is no KDC, {of_host} does not run.",
            "If an earlier krb5kdc has the port, it still runs, and nothing is wrong.",
            (repair,),
        )
    return Words(
        "The KDC does not start" if s.text("failure") != "stopped" else "The KDC was stopped",
        f"{what} {said}: {why}. So {of_host} does not run, and no login through it works.",
        "No security-group rule helps, and neither does a change at the client.",
        (repair, f"Then start it on {hosts(s)}: systemctl start krb5kdc, and look at its log."),
    )
