"""Which one line repairs a name? A hosts line with the full name first, a line of krb5.conf where MIT alone is wrong, or the value that names the host."""

from __future__ import annotations

from typing import Literal

from diagnose.findings.model import Blame
from diagnose.findings.names.name_fault import NameFault
from diagnose.findings.wording.names import hosts_line
from diagnose.remedies.model import SuggestedEdit
from probes.origin import Origin

RECOMMENDED = 1

BY_HOSTS = {
    "DNS-NO-PTR": "the address has no name, so Java asks for a ticket for the address",
    "DNS-PTR-OTHER": "clients ask for a ticket under the name that the address has",
    "DNS-CANON": "the first name of the line is the canonical one, which replaces _HOST",
}


def edit(blame: Blame) -> SuggestedEdit | None:
    """None where no single line repairs it, or the right name is not known."""
    fault = blame.key
    if not isinstance(fault, NameFault):
        return None
    if fault.kind == "mit" and fault.text:
        name = fault.text.partition(" ")[0]
        return _edit(
            "krb5.conf", f"[libdefaults] {name}", None, fault.text, "libkrb5 then asks for the service's own name"
        )
    if blame.code in BY_HOSTS:
        line = hosts_line(fault)
        return None if line is None else _edit("hosts", fault.host, fault.said, line, BY_HOSTS[blame.code])
    address = blame.flow.endpoint.address
    match blame.code:
        case "DNS-NX-KDC" | "DNS-CLUSTER-NAME" if address is not None:
            return _edit(
                "hosts", fault.host, None, fault.hosts_entry(address), "the name does not resolve where the tasks run"
            )
        case "DNS-STALE-IP" | "DNS-LOOPBACK" if fault.right is not None:
            why = "the name leads to another machine" if blame.code == "DNS-STALE-IP" else "the name leads to loopback"
            return _edit("hosts", fault.host, f"{fault.said} {fault.host}", fault.hosts_entry(fault.right), why)
        case "DNS-IP-URL" | "DNS-ALIAS" if fault.right is not None and fault.right != fault.host:
            why = "the service's principal has this name"
            return _edit("hadoop-conf", _place(blame.flow.origin), fault.host, fault.right, why)
        case "DN-HOSTNAME":
            why = "DataNodes answer under their names, and not at the addresses that the NameNode hands out"
            name = "dfs.client.use.datanode.hostname"
            return _edit("hadoop-conf", f"hdfs-site.xml {name}", "false", "true", why)
    return None


def _edit(
    what: Literal["krb5.conf", "hosts", "hadoop-conf"], ident: str, before: str | None, after: str, why: str
) -> SuggestedEdit:
    return SuggestedEdit(RECOMMENDED, what, ident, "set", before, after, why, [])


def _place(origin: Origin) -> str:
    """The id must be one for each line to change, so it is the line."""
    return str(origin)
