"""Which nodes run jobs, and what do their containers talk to in the resource group?

A MapReduce client asks the ApplicationMaster of its job, which listens on a NodeManager. In client
mode of Spark it is the other way round: containers dial the driver in the resource group.

Sources: MRClientService, Server.bind and Configuration.IntegerRanges, Hadoop 3.3.6; SparkSubmit,
SparkEnv, and Utils.startServiceOnPort and userPort, Spark 3.5.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.model import Node, Skipped
from diagnose.flows import client_files, networks
from diagnose.flows.client_files import JOB_CLIENT, MAPRED
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, flow, lacking, port_number
from diagnose.flows.model import Callback, Flow, Need, Read, Source
from probes.addresses import V6, Range, cidrs, parse, union
from probes.endpoint import Endpoint
from probes.language import marked, tr

SPARK = "spark-defaults.conf"
AM_PORTS = "yarn.app.mapreduce.am.job.client.port-range"
DEFAULT_RETRIES = 16
"""spark.port.maxRetries, if no file sets it."""
FIRST_USER_PORT, LAST_PORT = 1024, 65535
"""Spark goes on at the first one after the last one."""

CLIENT_MODE = marked("Spark runs in client mode, which the files do not say")


def job_nodes(view: View) -> tuple[Node, ...]:
    """Return the nodes with a NodeManager: by ListComponentInstances, else core and task nodes."""
    running = view.running(component("nodemanager-web"))
    return running or (*view.grouped("CORE"), *view.grouped("TASK"))


def am_flows(view: View) -> Found:
    """Yield the ports of MapReduce ApplicationMasters, if a file limits them to a range."""
    service = component("am-client")
    if not view.has(MAPRED) or view.need(service) != "required":
        return
    read = client_files.read(view.effective(JOB_CLIENT), AM_PORTS)
    if read is None:
        if view.is_named(service):
            cause = tr(
                "no file sets {key}, so clients of a MapReduce job dial any port of any NodeManager", key=AM_PORTS
            )
            yield Skipped(tr("ports of the MapReduce ApplicationMaster"), cause, "")
        return
    spans = port_ranges(read.value)
    if not spans:
        cause = tr("{origin} says {value!r}, which is no range", origin=read.origin, value=read.value)
        yield from lacking(view, service, cause, AM_PORTS, "required")
        return
    nodes = job_nodes(view)
    if not nodes:
        needs = tr("ListNodes, or [[cluster.nodes]] in case.toml")
        yield from lacking(view, service, tr("no file says which nodes run a NodeManager"), needs, "required")
    for node in nodes:
        for first, last in spans:
            host = view.names.host_of(node)
            yield flow(
                view, service, host, first, read.origin, node=node, last_port=_last(first, last), during_jobs=True
            )


def port_ranges(text: str) -> list[Range]:
    """Return the ranges of "50100-50102, 50200", as Hadoop reads them. Empty if it is no range."""
    spans: list[Range] = []
    for part in text.split(","):
        low, dash, high = (word.strip() for word in part.partition("-"))
        first = port_number(low) if low or not dash else 1
        last = port_number(high) if high else LAST_PORT if dash else first
        if first is None or last is None or last < first:
            return []
        spans.append((first, last))
    return spans


def driver_flows(view: View) -> Found:
    """Yield the ports of a Spark driver in the resource group, which containers dial.

    Only in client mode. An engine of Kyuubi has its driver inside the cluster in either mode.
    """
    if not view.has(SPARK) or (view.engines is not None and "spark" not in view.engines):
        return
    mode = _deploy_mode(view)
    if mode == "cluster":
        return
    reads = [(component("spark-driver"), view.read("spark.driver.port", SPARK))]
    blocks = view.read("spark.driver.blockManager.port", SPARK) or view.read("spark.blockManager.port", SPARK)
    reads.append((component("spark-block-manager"), blocks))
    for service, read in reads:
        port = None if read is None else port_number(read.value)
        if read is None or port is None:
            yield _random(service, read, is_client=mode == "client")
        else:
            yield from _callbacks(view, service, read, port, "required" if mode == "client" else "optional")


def _deploy_mode(view: View) -> str | None:
    """Return client or cluster. None if no file says it, because each job may choose."""
    mode = view.read("spark.submit.deployMode", SPARK)
    if mode is not None:
        return mode.value.lower()
    master = view.read("spark.master", SPARK)
    return master.value.lower().removeprefix("yarn-") if master and master.value.lower().startswith("yarn-") else None


def _random(service: Component, read: Read | None, *, is_client: bool) -> Skipped:
    stated = tr("no file sets {key}", key=service.setting)
    if read is not None:
        stated = tr("{origin} says {value!r}", origin=read.origin, value=read.value)
    cause = tr("{why}, so the nodes of the cluster dial it at any TCP port; no rule was judged for that", why=stated)
    if not is_client:
        cause = tr("also needed if {condition}: {what}", condition=tr(CLIENT_MODE), what=cause)
    return Skipped(_back_to(service), cause, "")


def _back_to(service: Component) -> str:
    return tr("connections from the cluster to the {service}", service=service.title)


def _callbacks(view: View, service: Component, read: Read, port: int, need: Need) -> Found:
    senders = tuple(_senders(view))
    if not senders:
        needs = tr("ListNodes, or [[cluster.nodes]] with addresses in case.toml")
        yield from lacking(view, service, tr("no file says which addresses NodeManagers have"), needs, need)
        return
    why = service.reason
    if need == "optional":
        condition = tr(CLIENT_MODE)
        why = tr("{why}; needed only if {condition}", why=why, condition=condition)
        spans = ", ".join(f"{first}-{last}" for first, last in _spark_ports(view, port))
        what = tr("the nodes of the cluster then dial TCP {ports} in the resource group", ports=spans)
        cause = tr("also needed if {condition}: {what}", condition=condition, what=what)
        yield Skipped(_back_to(service), cause, "")
    for network in networks.sources(view.case):
        blocks = tuple(block for block in network.ranges if block[0] < V6)
        if not blocks:
            continue
        target = Source(network.label, blocks, network.vswitch, network.vpc, network.groups)
        host = cidrs(blocks)[0]
        for first, last in _spark_ports(view, port):
            yield Flow(
                id=f"{service.key}/{host}:{first}" + (f"-{last}" if last > first else ""),
                component=service.key,
                service=service.title,
                area=service.area,
                endpoint=Endpoint(host, first, service.transport),
                sources=union(piece for sender in senders for piece in sender.ranges),
                need=need,
                why=why,
                origin=read.origin,
                last_port=_last(first, last),
                during_jobs=True,
                callback=Callback(senders, target),
            )


def _spark_ports(view: View, port: int) -> list[Range]:
    """Return the ports that Spark tries, one after another, until one is free."""
    read = view.read("spark.port.maxRetries", SPARK)
    is_number = read is not None and read.value.isascii() and read.value.isdigit()
    digits = read.value.lstrip("0") if read is not None and is_number else str(DEFAULT_RETRIES)
    retries = int(digits or "0") if len(digits) < 6 else LAST_PORT
    last = port + min(retries, LAST_PORT - FIRST_USER_PORT)
    if last <= LAST_PORT:
        return [(port, last)]
    return [(port, LAST_PORT), (FIRST_USER_PORT, FIRST_USER_PORT + last - LAST_PORT - 1)]


def _senders(view: View) -> Iterator[Source]:
    """Yield the nodes that run containers, one source for each vSwitch and set of groups."""
    main = view.case.cluster.security_group
    by_place: dict[tuple[str, tuple[str, ...]], list[Range]] = {}
    for node in job_nodes(view):
        if node.address is not None:
            groups = node.security_groups or ((main,) if main else ())
            by_place.setdefault((node.vswitch or "", groups), []).append(parse(node.address))
    for (vswitch, groups), addresses in by_place.items():
        known = view.case.vswitches.get(vswitch)
        vpc = (known.vpc if known else None) or view.case.cluster.vpc
        yield Source(vswitch, union(addresses), vswitch or None, vpc, frozenset(groups) or None)


def _last(first: int, last: int) -> int | None:
    return last if last > first else None
