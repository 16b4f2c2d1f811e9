"""Do two members of an HA group have one address?

A client then knows one server of two. It works until that one fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.flows import client_files, namenodes
from diagnose.flows.authority import Authority, fault_of, split_authority
from diagnose.flows.client_files import JOB_CLIENT
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import bad_setting
from diagnose.flows.hdfs import filesystem, own_nameservices
from diagnose.flows.model import BadSetting, Need, Read
from probes.frozen import frozen


@frozen
class _Member:
    """One server of an HA group."""

    read: Read
    """Its address, or its host alone."""
    at: Authority
    """The same, with the port that clients take."""


def flows(view: View) -> Iterator[BadSetting]:
    """Yield each address that an earlier member of the same group has."""
    default = filesystem(view)
    need = view.need(component("namenode-rpc"))
    if default is not None and default.scheme.lower() not in ("hdfs", "viewfs", ""):
        need = "optional"
    for service in own_nameservices(view):
        reads = [member.read for member in namenodes.members(view, service) if member.read is not None]
        yield from _repeated(view, component("namenode-rpc"), reads, None, need)
    manager = component("resourcemanager-client")
    yield from _repeated(view, manager, _managers(view, manager), manager.default_port(), view.need(manager))


def _managers(view: View, service: Component) -> list[Read]:
    """Return the addresses of the ResourceManagers. Without HA there is no group."""
    configuration = view.effective(JOB_CLIENT)
    if not configuration.get_bool("yarn.resourcemanager.ha.enabled"):
        return []
    reads = [
        client_files.read(configuration, f"{service.setting}.{name}")
        or client_files.read(configuration, f"yarn.resourcemanager.hostname.{name}")
        for name in configuration.get_list("yarn.resourcemanager.ha.rm-ids")
    ]
    return [read for read in reads if read is not None]


def _repeated(
    view: View, service: Component, reads: Sequence[Read], port: int | None, need: Need
) -> Iterator[BadSetting]:
    members = [_Member(read, _completed(read, port)) for read in reads]
    first: dict[tuple[str, str], Read] = {}
    for member in members:
        if fault_of(member.at) is not None:
            continue
        earlier = first.setdefault((view.names.place(member.at.host).label, member.at.port), member.read)
        if earlier is not member.read and earlier.origin.key != member.read.origin.key:
            at = split_authority(member.read.value)
            right = _other_master(view, at, members)
            known = f"{earlier.origin.key} ({earlier.origin.file}:{earlier.origin.line})"
            yield bad_setting(view, service, "twin", member.read, at, need=need, right=right, known=known)


def _completed(read: Read, port: int | None) -> Authority:
    at = split_authority(read.value)
    return Authority(at.host, at.port or str(port or ""))


def _other_master(view: View, at: Authority, members: Sequence[_Member]) -> str | None:
    """Return the address on the one master that no member names, or None."""
    named = {view.names.place(member.at.host).label for member in members}
    hosts = [view.names.host_of(node) for node in view.masters()]
    free = [host for host in hosts if view.names.place(host).label not in named]
    return (f"{free[0]}:{at.port}" if at.port else free[0]) if len(free) == 1 and len(members) == 2 else None
