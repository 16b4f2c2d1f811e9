"""Which connections does Spark need besides HDFS and YARN?"""

from __future__ import annotations

from diagnose.flows import nodemanagers
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, served
from diagnose.flows.model import Read

SPARK = "spark-defaults.conf"


def flows(view: View) -> Found:
    """Yield the history server, and what the cluster needs of a driver in the resource group."""
    yield from _history(view)
    yield from nodemanagers.driver_flows(view)


def _history(view: View) -> Found:
    """Yield the Spark history server.

    YARN links to `spark.yarn.historyServer.address`. The server listens on spark.history.ui.port.
    """
    history = component("spark-history")
    address = view.read("spark.yarn.historyServer.address", SPARK)
    port = view.read(history.setting or "", SPARK)
    if address is not None:
        bare = Read(address.value.partition("://")[2] or address.value, address.origin)
        yield from served(view, history, bare)
    elif view.running(history):
        yield from served(view, history, Read(f"*:{port.value}", port.origin) if port else None)
