"""Which YARN and MapReduce services must be reachable?

Jobs go to the ResourceManagers. Results of finished jobs come from the JobHistory server.
"""

from __future__ import annotations

from diagnose.flows.cluster import Read, View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, lacking, only, port_number, served, split

YARN = "yarn-site.xml"
MAPRED = "mapred-site.xml"


def flows(view: View) -> Found:
    """Yield RPC and scheduler of every ResourceManager, JobHistory, then the web pages
    of job logs."""
    for key in ("resourcemanager-client", "resourcemanager-scheduler", "resourcemanager-web"):
        yield from _resourcemanagers(view, component(key))
    for key in ("jobhistory-rpc", "jobhistory-web"):
        found = component(key)
        read = view.read(found.setting or "", MAPRED, YARN)
        yield from served(view, found, read, nodes=only(view.masters()), guess="the only master node")
    yield from _nodemanagers(view)
    yield from _spark_history(view)


def _resourcemanagers(view: View, found: Component) -> Found:
    """Yield the ResourceManagers.

    With HA there is one address for each id in yarn.resourcemanager.ha.rm-ids. If an address is not
    set, the hostname key replaces it.
    """
    ids = view.words("yarn.resourcemanager.ha.rm-ids", YARN)
    enabled = view.read("yarn.resourcemanager.ha.enabled", YARN)
    if not ids or (enabled is not None and enabled.value.lower() == "false"):
        read = _address(view, found, "")
        yield from served(view, found, read, nodes=only(view.masters()), guess="the only master node")
        return
    for name in ids:
        read = _address(view, found, f".{name}")
        if read is None:
            key = f"{found.setting}.{name}"
            cause = f"yarn.resourcemanager.ha.rm-ids lists {name}, but no file sets {key} nor its hostname"
            yield from lacking(
                view, found, cause, f"{key} or yarn.resourcemanager.hostname.{name} in {YARN}", view.need(found)
            )
        else:
            yield from served(view, found, read)


def _address(view: View, found: Component, suffix: str) -> Read | None:
    """Return `<key><suffix>`, else the hostname of this ResourceManager, which gets the default
    port."""
    return view.read(f"{found.setting}{suffix}", YARN) or view.read(f"yarn.resourcemanager.hostname{suffix}", YARN)


def _nodemanagers(view: View) -> Found:
    """Yield the web pages of NodeManagers, only if an answer names the nodes."""
    web = component("nodemanager-web")
    nodes = view.running(web)
    if nodes:
        port = split(read.value)[1] if (read := view.read(web.setting or "", YARN)) else ""
        yield from served(
            view, web, Read(f"*:{port}", read.origin) if read and port_number(port) else None, nodes=nodes
        )


def _spark_history(view: View) -> Found:
    """Yield the Spark history server.

    YARN links to `spark.yarn.historyServer.address`. The server listens on spark.history.ui.port.
    """
    history = component("spark-history")
    address = view.read("spark.yarn.historyServer.address", "spark-defaults.conf")
    port = view.read(history.setting or "", "spark-defaults.conf")
    if address is not None:
        bare = Read(address.value.partition("://")[2] or address.value, address.origin)
        yield from served(view, history, bare)
    elif view.running(history):
        yield from served(view, history, Read(f"*:{port.value}", port.origin) if port else None)
