"""Which values do the sentences about names hold? They come from the `NameFault` of each blame."""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.names.name_fault import NameFault
from diagnose.findings.names.resolution import silent_servers
from diagnose.findings.values import Params, Value, unique
from diagnose.scene import name_notes


def name_faults(group: BlameGroup) -> Params:
    """Return one row for each host, and values that concern all hosts.

    - servers: name servers and what each replied; dead: those that sent nothing.
    - hosts_lines: lines for a hosts file.
    - unknown_beside: hosts that no flow goes to and that do not exist here either.
    - files: where the hosts are named.
    """
    faults = {blame.name.host: blame.name for blame in group.blames if blame.name is not None}
    servers = {server: said for fault in faults.values() for server, said in fault.servers}
    return {
        "names": [_fault(fault) for fault in faults.values()],
        "servers": [{"server": server, "reply": said} for server, said in servers.items()],
        "dead": silent_servers(servers.items()),
        "hosts_lines": _hosts_lines(group),
        "unknown_beside": _unknown_beside(group),
        "files": unique(str(flow.origin) for flow in group.flows),
        "is_proven": any(blame.confidence == "proven" for blame in group.blames),
    }


def _fault(fault: NameFault) -> Value:
    return {
        "host": fault.host,
        "address": fault.address,
        "given": fault.given,
        "right": fault.right,
        "line": fault.line,
        "text": fault.text,
        "hosts_line": fault.hosts_line(),
        "right_entry": fault.hosts_entry(fault.right or ""),
    }


def _hosts_lines(group: BlameGroup) -> tuple[str, ...]:
    """Return the lines for the addresses that the case has for the hosts."""
    return unique(
        blame.name.hosts_entry(blame.flow.endpoint.address)
        for blame in group.blames
        if blame.flow.endpoint.address and blame.name is not None
    )


def _unknown_beside(group: BlameGroup) -> tuple[str, ...]:
    if group.first.cause != "unknown-name":
        return ()
    ours = {outcome.flow.endpoint.host.lower() for outcome in group.scene.outcomes}
    known = name_notes.known_names(group.scene)
    return tuple(
        note.names.host for host, note in known.items() if host not in ours and note.reason == "name-not-found"
    )
