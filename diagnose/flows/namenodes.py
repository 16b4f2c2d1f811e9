"""Which NameNodes does a client dial for `hdfs://AUTHORITY`?

Sources: HAUtilClient.isLogicalUri, NameNodeProxiesClient and DFSUtilClient.getNNAddress, Hadoop
3.3.6. Measured with hadoop-client 3.3.6: an address without a port is dialled on 8020, whatever
the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.model import Skipped
from diagnose.flows import client_files
from diagnose.flows.authority import Authority, fault_of, is_port, split_authority
from diagnose.flows.client_files import CORE, HDFS_CLIENT
from diagnose.flows.cluster import HDFS_FILES, RPC_ADDRESS, View
from diagnose.flows.components import component
from diagnose.flows.endpoints import (
    Found,
    bad_setting,
    default_origin,
    dialled,
    flow,
    is_wildcard,
    known_address,
    lacking,
    lost,
    other_service,
    setting_in,
)
from diagnose.flows.failover import PROVIDER, USUAL_PROVIDER, provider_fault
from diagnose.flows.model import AssumedPort, Flow, Need, Read
from diagnose.flows.names import emr_name
from probes.frozen import frozen, replace
from probes.language import marked, semicolons, tr

CLIENT_PORT = 8020
"""Port that every Hadoop client takes for a NameNode without one: DFS_NAMENODE_RPC_PORT_DEFAULT."""

MORE_ADDRESSES = ("dfs.namenode.servicerpc-address", "dfs.namenode.lifeline.rpc-address")
"""Settings with further ports that a NameNode listens on."""

OWN_CLIENT = "org.apache.hadoop.hdfs.DistributedFileSystem"
"""Class of Hadoop that opens hdfs:// if no file sets fs.hdfs.impl (FileSystem, Hadoop 3.3.6)."""

POLICIES = "fs.accessPolicies.discovery"
"""Bucket whose policies map names of hdfs:// to itself: JindoSDK, "Access OSS-HDFS by using
RootPolicy", https://www.alibabacloud.com/help/en/oss/user-guide/access-oss-hdfs-by-using-rootpolicy,
20 March 2026."""


@frozen
class Member:
    """One NameNode of a nameservice."""

    key: str
    """Key of its address."""
    read: Read | None
    """Its address. None if no file sets the key."""


def nameservices(view: View) -> tuple[str, ...]:
    """Return every nameservice that some file defines, of this cluster or another one."""
    configuration = view.effective(HDFS_CLIENT)
    prefix = "dfs.ha.namenodes."
    with_members = (setting.key.removeprefix(prefix) for setting in configuration.matching(prefix))
    return tuple(dict.fromkeys((*configuration.get_list("dfs.nameservices"), *with_members)))


def members(view: View, service: str) -> tuple[Member, ...]:
    """Return the NameNodes of a nameservice. One without HA has its address under its own name."""
    configuration = view.effective(HDFS_CLIENT)
    ids = configuration.get_list(f"dfs.ha.namenodes.{service}")
    keys = [f"dfs.namenode.rpc-address.{service}.{name}" for name in ids] or [f"dfs.namenode.rpc-address.{service}"]
    return tuple(Member(key, client_files.read(configuration, key)) for key in keys)


def is_logical(view: View, host: str) -> bool:
    """Return True if a failover provider is set, because a client then sees a nameservice."""
    return client_files.read(view.effective(HDFS_CLIENT), f"{PROVIDER}{host}") is not None


def is_undefined(view: View, at: Authority) -> bool:
    """Return True for the name of a nameservice that no file defines.

    That is a bare word that is no node and is not called like one. With a port, or if the cluster
    is known to have one NameNode, it is a host, unless the cluster has several NameNodes.
    """
    if "." in at.host or at.host in nameservices(view) or view.single_namenode() or emr_name(at.host):
        return False
    if at.port and not view.high_availability():
        return False
    return not _is_known_host(view, at.host) and fault_of(Authority(at.host, "")) is None


def is_nameservice_alone(view: View, host: str) -> bool:
    """Return True if the files list this nameservice, and no host is called like it."""
    return host in nameservices(view) and not _is_known_host(view, host)


def other_client(view: View, host: str) -> Read | None:
    """Return the setting that has another class than Hadoop's own open hdfs:// at this name.

    None if the name is a host or a nameservice, which that class may leave to HDFS.
    """
    read = client_files.read(view.effective(HDFS_CLIENT), "fs.hdfs.impl")
    is_own = read is None or client_files.is_default(read) or read.value == OWN_CLIENT
    return None if is_own or host in nameservices(view) or _is_known_host(view, host) else read


def by_other_client(view: View, host: str, setting: Read, need: Need) -> Found:
    """Yield what is not known of a name of hdfs:// that another class opens."""
    rpc = component("namenode-rpc")
    policies = client_files.read(view.effective(HDFS_CLIENT), POLICIES)
    if policies is not None and policies.value.startswith("oss://"):
        template = marked("{origin} maps hdfs://{host} to an object store outside the cluster, which was not checked")
        yield Skipped(rpc.title, tr(template, origin=policies.origin, host=host), "")
        return
    template = marked("{origin} is {value}, and no file that is read tells which servers it dials for hdfs://{host}")
    cause = tr(template, origin=setting.origin, value=setting.value, host=host)
    needs = tr("a list of {scheme}:// from the resource group: hdfs dfs -ls /", scheme="hdfs")
    yield from lacking(view, rpc, cause, needs, need)


def _is_known_host(view: View, host: str) -> bool:
    place = view.names.place(host)
    return place.node is not None or place.address is not None


def dialled_for(view: View, authority: Read, need: Need, why: str | None) -> Found:
    """Yield the flows of a client that opens `hdfs://AUTHORITY`, or why it cannot."""
    rpc = component("namenode-rpc")
    at = split_authority(authority.value)
    if not at.host or fault_of(Authority(at.host, "")) == "authority":
        right = _of_several(view, authority.value) or known_address(view, rpc, at.port, CLIENT_PORT, "hdfs://")
        yield bad_setting(view, rpc, "authority", authority, at, need=need, right=right, scheme="hdfs://")
    elif (other := other_client(view, at.host)) is not None:
        yield from by_other_client(view, at.host, other, need)
    elif is_logical(view, at.host):
        # HAUtilClient and NameNodeProxiesClient take port 0 as none.
        if at.port.strip("0") and at.port != str(CLIENT_PORT):
            right = f"hdfs://{at.host}"
            yield bad_setting(view, rpc, "logical-port", authority, at, need=need, right=right, scheme="hdfs://")
            return
        yield from of_service(view, at.host, need, why)
    elif is_nameservice_alone(view, at.host):
        key = f"{PROVIDER}{at.host}"
        cause = tr(
            "{service} is a nameservice, but no file sets {key}, so clients look it up as a host",
            service=at.host,
            key=key,
        )
        yield from lacking(view, rpc, cause, setting_in(key, "hdfs-site.xml"), need)
        yield from of_service(view, at.host, need, why)
    elif is_undefined(view, at):
        yield from _undefined(view, at.host, authority, need, why)
    elif (listens := _listens(view, at)) is not None:
        port, service = listens
        right = f"hdfs://{service or f'{at.host}:{port}'}"
        bad = bad_setting(view, rpc, "rpc-port", authority, at, need=need, right=right, known=port, scheme="hdfs://")
        # The port that EMR gives speaks for core-site.xml: no server may have this hdfs-site.xml
        by_emr = rpc.ports["ha" if view.high_availability() else "single"]
        yield replace(bad, sure=(at.port or str(CLIENT_PORT)) != str(by_emr))
    else:
        yield from _pinned(view, authority, at, need)
        yield from dialled(view, rpc, authority, default=CLIENT_PORT, need=need, why=why, scheme="hdfs://")


def _listens(view: View, at: Authority) -> tuple[str, str] | None:
    """Return the port that the NameNode of this host listens on, and the nameservice that clients
    dial it by, or "". None if it is the port that a client dials, or if it is not known.

    Source: NameNode.initializeGenericKeys, Hadoop 3.3.6: dfs.namenode.rpc-address overrides
    fs.defaultFS for the server, and no client reads it. Another server may listen on the ports of
    servicerpc-address and lifeline.
    """
    label, dialled_port = view.names.place(at.host).label, at.port or str(CLIENT_PORT)
    own = view.read(RPC_ADDRESS, *HDFS_FILES)
    named = [(service, address) for service, address in known(view)]
    named += [("", split_authority(own.value))] if own is not None else []
    found = {
        (address.port or str(CLIENT_PORT), service if is_logical(view, service) else "")
        for service, address in named
        if view.names.place(address.host).label == label or is_wildcard(address.host)
    }
    if len(found) != 1:
        return None
    port, service = found.pop()
    others = {split_authority(read.value).port for key in MORE_ADDRESSES if (read := view.read(key, *HDFS_FILES))}
    is_right = is_port(port) and other_service(view, component("namenode-rpc"), int(port)) is None
    is_known = is_port(dialled_port) and dialled_port not in {port, *others}
    return (port, service) if is_right and is_known else None


def of_service(view: View, service: str, need: Need, why: str | None) -> Found:
    """Yield the flows to the NameNodes of a nameservice. The nameservice itself is never a host."""
    rpc = component("namenode-rpc")
    if is_logical(view, service) and service not in view.effective(HDFS_CLIENT).get_list("dfs.nameservices"):
        cause = tr(
            "{key} is set, but dfs.nameservices does not list {service}", key=f"{PROVIDER}{service}", service=service
        )
        needs = tr("dfs.nameservices with {service} in hdfs-site.xml", service=service)
        yield from lacking(view, rpc, cause, needs, need)
    provider = client_files.read(view.effective(HDFS_CLIENT), f"{PROVIDER}{service}")
    if provider is not None and (fault := provider_fault(provider.value)) is not None:
        at = Authority(provider.value, "")
        bad = bad_setting(view, rpc, "provider", provider, at, need=need, right=USUAL_PROVIDER)
        yield replace(bad, sure=fault == "no-class")
    for member in members(view, service):
        if member.read is None:
            cause = tr("{service} is a nameservice, but no file sets {key}", service=service, key=member.key)
            yield from lacking(view, rpc, cause, setting_in(member.key, "hdfs-site.xml"), need)
        else:
            # DFSUtilClient.getAddressesForNameserviceId takes no default port.
            default = None if is_logical(view, service) else CLIENT_PORT
            yield from dialled(view, rpc, member.read, default=default, need=need, why=why)


def _of_several(view: View, authority: str) -> str | None:
    """Return what to write for a list of NameNodes: the nameservice that has each of them."""
    listed = {view.names.place(split_authority(each).host).label for each in authority.split(",")}
    for service in nameservices(view):
        own = {view.names.place(split_authority(m.read.value).host).label for m in members(view, service) if m.read}
        if len(listed) > 1 and listed <= own and is_logical(view, service):
            return f"hdfs://{service}"
    return None


def known(view: View) -> Iterator[tuple[str, Authority]]:
    """Yield nameservice and address of every NameNode that a nameservice lists."""
    for service in nameservices(view):
        for member in members(view, service):
            if member.read is not None:
                yield service, split_authority(member.read.value)


def _undefined(view: View, service: str, authority: Read, need: Need, why: str | None) -> Found:
    """Yield what is known of a nameservice that no file defines.

    The list of instances may still contain its NameNodes.
    """
    rpc = component("namenode-rpc")
    cause = tr("{origin} names {service}, a nameservice that no file defines", origin=authority.origin, service=service)
    if view.is_unread("hdfs-site.xml"):
        cause = tr(
            "{origin} names {service}, a nameservice that a file that is not read may define",
            origin=authority.origin,
            service=service,
        )
    if need == "required":
        needs = tr("hdfs-site.xml with dfs.nameservices and dfs.namenode.rpc-address.*")
        yield Skipped(rpc.title, cause, needs)
    yield from by_instance(view, need, why)


def by_instance(view: View, need: Need, why: str | None) -> Iterator[Flow]:
    """Yield the flows to the nodes that run a NameNode. No file states their port.

    EMR writes 8020 into the files of a cluster with HA, and 9000 into those of another. Several
    NameNodes are HA, also if the file that says so is missing.
    """
    if view.unread("hdfs-site.xml") is not None:
        return  # the port that it sets is unknown
    rpc = component("namenode-rpc")
    nodes = tuple(view.running(rpc))
    ha = view.high_availability() or len(nodes) > 1
    port = rpc.ports["ha" if ha else "single"]
    lost_core = tr("{why}, so the file system that clients take is not known", why=lost(view, CORE))
    assumed_port = None if view.has(CORE) else AssumedPort(lost_core, tr("{file} of a node", file=CORE))
    by_emr = tr("EMR sets port {port} on a cluster without high availability", port=port)
    if ha:
        by_emr = tr("EMR sets port {port} on a cluster with high availability", port=port)
    reason = semicolons((rpc.reason, by_emr))
    for node in nodes:
        host = view.names.host_of(node)
        clause = why or reason
        yield flow(
            view, rpc, host, port, default_origin(rpc), why=clause, need=need, node=node, assumed_port=assumed_port
        )


def _pinned(view: View, authority: Read, at: Authority, need: Need) -> Found:
    """Yield a bad setting if the host is one of several NameNodes of a nameservice."""
    place = view.names.place(at.host)
    for service in nameservices(view):
        if not is_logical(view, service):
            continue
        hosts = [split_authority(member.read.value).host for member in members(view, service) if member.read]
        labels = [view.names.place(host).label for host in hosts]
        if len(labels) > 1 and place.label in labels:
            others = ", ".join(host for host, label in zip(hosts, labels, strict=True) if label != place.label)
            rpc = component("namenode-rpc")
            yield bad_setting(
                view, rpc, "pinned", authority, at, need=need, right=f"hdfs://{service}", known=others, scheme="hdfs://"
            )
            return
