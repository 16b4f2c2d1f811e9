"""Which servers does a client dial for `webhdfs://AUTHORITY`?

The web page of a NameNode, which sends it on to that of a DataNode, by its name. HttpFS speaks the
same, and passes on every byte by itself.
Sources: WebHdfsFileSystem.resolveNNAddr, DFSUtilClient.getAddresses and
NamenodeWebHdfsMethods.redirectURI, Hadoop 3.3.6. Measured with hadoop-client 3.3.6 and 2.10.2:
dfs.namenode.http-address counts for the members of a nameservice alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.flows import client_files, datanodes, namenodes
from diagnose.flows.authority import Authority, fault_of, split_authority
from diagnose.flows.client_files import HDFS_CLIENT
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, bad_setting, dialled, lacking, setting_in
from diagnose.flows.failover import PROVIDER
from diagnose.flows.model import Need, Read
from probes.language import tr

PAGES: Mapping[str, tuple[str, str]] = {
    "webhdfs": ("namenode-http", "datanode-http"),
    "swebhdfs": ("namenode-https", "datanode-https"),
}
"""Scheme -> components of the NameNode and of the DataNode."""

_SECURE_2 = 50470
"""Port of swebhdfs:// without one in Hadoop 2: DFS_NAMENODE_HTTPS_PORT_DEFAULT, 2.10.2."""

_HTTPFS = "httpfs"
"""Component that answers on its port instead of a NameNode."""


def flows(view: View, scheme: str, authority: Read, need: Need) -> Found:
    """Yield the flows of a client that opens `webhdfs://AUTHORITY`, or why it cannot."""
    page_key, data_key = PAGES[scheme]
    page, at = component(page_key), split_authority(authority.value)
    is_httpfs = at.port == str(component(_HTTPFS).default_port())
    why = tr("{origin} is {scheme}://, so clients open every path over it", origin=authority.origin, scheme=scheme)
    if not at.host or fault_of(Authority(at.host, "")) == "authority":
        yield bad_setting(view, page, "authority", authority, at, need=need, scheme=f"{scheme}://")
        return
    if namenodes.is_logical(view, at.host):
        yield from _members(view, page, at.host, need, why)
    elif namenodes.is_undefined(view, at) or namenodes.is_nameservice_alone(view, at.host):
        cause = tr(
            "{origin} names {service}, a nameservice for which no file sets {key}, so clients look it up as a host",
            origin=authority.origin,
            service=at.host,
            key=f"{PROVIDER}{at.host}",
        )
        needs = tr("hdfs-site.xml with dfs.nameservices and {key}.*", key=page.setting)
        yield from lacking(view, page, cause, needs, need)
        return
    else:
        page = component(_HTTPFS) if is_httpfs else page
        default = page.default_port(view.generation) or (_SECURE_2 if view.generation == 2 else page.ports["3"])
        yield from dialled(view, page, authority, default=default, need=need, why=why, scheme=f"{scheme}://")
    if not is_httpfs:
        yield from datanodes.flows(view, need, why, data_key)


def _members(view: View, page: Component, service: str, need: Need, why: str) -> Found:
    """Yield the page of every NameNode of a nameservice. A client leaves out those without one."""
    configuration = view.effective(HDFS_CLIENT)
    ids = configuration.get_list(f"dfs.ha.namenodes.{service}")
    keys = [f"{page.setting}.{service}.{name}" for name in ids] or [f"{page.setting}.{service}"]
    found = [read for key in keys if (read := client_files.read(configuration, key)) is not None]
    if not found:
        cause = tr("{service} is a nameservice, but no file sets {key}", service=service, key=tr(", ").join(keys))
        yield from lacking(view, page, cause, setting_in(keys[0], "hdfs-site.xml"), need)
    for read in found:
        yield from dialled(view, page, read, default=None, need=need, why=why)
