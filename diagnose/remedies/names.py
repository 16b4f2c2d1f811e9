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
            finding=finding,
            option=RECOMMENDED,
            fixes=[flow.id],
            object="krb5.conf",
            file=None,
            line=None,
            section="libdefaults",
            key=key,
            before=None,
            after=value,
            reason="libkrb5-name",
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
            return _principal_name(finding, flow, fault.host, fault.right)
        case "DN-HOSTNAME":
            return _datanode_names(finding, flow)
    return None


def _principal_name(finding: FindingRef, flow: Flow, host: str, right: str) -> FileEdit:
    """Return the edit that writes the name in the service's principal where the flow was read."""
    return FileEdit(
        finding=finding,
        option=RECOMMENDED,
        fixes=[flow.id],
        object="hadoop-conf",
        file=flow.origin.file,
        line=flow.origin.line,
        section=None,
        key=flow.origin.key,
        before=host,
        after=right,
        reason="principal-name",
    )


def _datanode_names(finding: FindingRef, flow: Flow) -> FileEdit:
    """Return the edit that makes clients dial DataNodes by name."""
    return FileEdit(
        finding=finding,
        option=RECOMMENDED,
        fixes=[flow.id],
        object="hadoop-conf",
        file="hdfs-site.xml",
        line=None,
        section=None,
        key="dfs.client.use.datanode.hostname",
        before="false",
        after="true",
        reason="datanode-names",
    )


def _hosts(
    finding: FindingRef, flow: Flow, fault: NameFault, before: str | None, line: str, reason: Reason
) -> HostsEdit:
    return HostsEdit(finding, RECOMMENDED, [flow.id], fault.host, before, line, reason)
