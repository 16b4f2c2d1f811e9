"""Which storage services beside HDFS must be reachable? HBase and JindoCache, if the case shows
them."""

from __future__ import annotations

from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, served
from diagnose.flows.model import Read

HBASE = "hbase-site.xml"
_JINDO_ADDRESS = ".namespace.rpc.address"


def flows(view: View) -> Found:
    yield from _hbase(view)
    yield from _jindo(view)


def _hbase(view: View) -> Found:
    """Yield the master and every RegionServer. Clients find both through ZooKeeper."""
    for key in ("hbase-master", "hbase-regionserver"):
        found = component(key)
        if view.has(HBASE) or view.running(found) or view.is_named(found):
            port = view.read(found.setting or "", HBASE)
            yield from served(view, found, Read(f"*:{port.value}", port.origin) if port else None)


def _jindo(view: View) -> Found:
    """Yield the namespace service of JindoCache or JindoFSx, whose address is in core-site.xml."""
    configuration = view.case.settings.get("core-site.xml")
    for key in sorted(configuration.keys()) if configuration is not None else ():
        if key.startswith("fs.jindo") and key.endswith(_JINDO_ADDRESS):
            read = view.read(key, "core-site.xml")
            for item in read.value.split(",") if read else ():
                if read and item.strip():
                    yield from served(view, component("jindo-namespace"), Read(item.strip(), read.origin))
