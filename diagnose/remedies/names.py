"""Which one line repairs a name?

It is a line of the hosts file with the full name first, a line of krb5.conf if MIT alone is wrong,
or the value that names the host.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.model import Blame
from diagnose.findings.names.name_fault import NameFault
from diagnose.flows.model import Flow
from diagnose.remedies.model import RECOMMENDED, FileEdit, FindingRef, HostsEdit, Reason

BY_HOSTS: Mapping[str, Reason] = {
    "DNS-NO-PTR": "no-ptr",
    "DNS-PTR-OTHER": "ptr-other",
    "DNS-CANON": "canonical-name",
}


def name_edit(blame: Blame, finding: FindingRef) -> FileEdit | HostsEdit | None:
    """Return the line that repairs a name.

    None if no single line does, or if the right name is not known.
    """
    fault, flow = blame.name, blame.flow
    if fault is None:
        return None
    if blame.cause == "mit-name" and fault.text:
        key, _, value = fault.text.partition(" = ")
        return FileEdit(
            finding, RECOMMENDED, [flow.id], "krb5.conf", None, None, "libdefaults", key, None, value, "libkrb5-name"
        )
    if blame.code in BY_HOSTS:
        line = fault.hosts_line()
        why: Reason = "refused-name" if blame.cause == "refused-name" else BY_HOSTS[blame.code]
        return None if line is None else _hosts(finding, flow, fault, fault.given, line, why)
    address = flow.endpoint.address
    match blame.code:
        case "DNS-NX-KDC" | "DNS-CLUSTER-NAME" if address is not None:
            return _hosts(finding, flow, fault, None, fault.hosts_entry(address), "no-address")
        case "DNS-STALE-IP" | "DNS-LOOPBACK" if fault.right is not None:
            reason: Reason = "stale-address" if blame.code == "DNS-STALE-IP" else "loopback-address"
            return _hosts(finding, flow, fault, f"{fault.given} {fault.host}", fault.hosts_entry(fault.right), reason)
        case "DNS-IP-URL" | "DNS-ALIAS" if fault.right is not None and fault.right != fault.host:
            origin = flow.origin
            return FileEdit(
                finding,
                RECOMMENDED,
                [flow.id],
                "hadoop-conf",
                origin.file,
                origin.line,
                None,
                origin.key,
                fault.host,
                fault.right,
                "principal-name",
            )
        case "DN-HOSTNAME":
            key = "dfs.client.use.datanode.hostname"
            return FileEdit(
                finding,
                RECOMMENDED,
                [flow.id],
                "hadoop-conf",
                "hdfs-site.xml",
                None,
                None,
                key,
                "false",
                "true",
                "datanode-names",
            )
    return None


def _hosts(
    finding: FindingRef, flow: Flow, fault: NameFault, before: str | None, line: str, reason: Reason
) -> HostsEdit:
    return HostsEdit(finding, RECOMMENDED, [flow.id], fault.host, before, line, reason)
