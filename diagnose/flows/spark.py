"""Which connections does Spark need besides HDFS and YARN?"""

from __future__ import annotations

from diagnose.case.model import Skipped
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, served
from diagnose.flows.model import Read

SPARK = "spark-defaults.conf"


def flows(view: View) -> Found:
    """Yield the history server, and what the cluster needs of a driver in the resource group."""
    yield from _history(view)
    yield from _callbacks(view)


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


def _callbacks(view: View) -> Found:
    """Yield the ports of a driver in the resource group, which executors in the cluster dial.

    This is the other direction: outbound of the cluster's group, inbound of the resource group's.
    """
    mode = view.read("spark.submit.deployMode", SPARK)
    if not view.has(SPARK) or (view.engines is not None and "spark" not in view.engines):
        return
    if mode is not None and mode.value.lower() == "cluster":
        return
    ports = [view.read(key, SPARK) for key in ("spark.driver.port", "spark.blockManager.port")]
    retries = view.read("spark.port.maxRetries", SPARK)
    more = int(retries.value) if retries is not None and retries.value.isdigit() else 16
    fixed = [read.value for read in ports if read is not None and read.value.isdigit() and read.value != "0"]
    known = " and ".join(f"{port} to {int(port) + more}" for port in fixed) if len(fixed) == 2 else "any port"
    cause = (
        "needed only if Spark runs in client mode: the nodes of the cluster dial the driver in the "
        f"resource group at TCP {known}; the outbound rules of the cluster and the inbound rules of the "
        "resource group were not judged for it"
    )
    yield Skipped("connections from the cluster to a Spark driver", cause, "")
