"""How does a setting become a flow?

Read `host:port`, replace a wildcard by the node that runs the service, and give the flow its id and
place.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.model import Node, Skipped
from diagnose.flows import components
from diagnose.flows.authority import Authority, fault_of, is_port, is_unspecified, split_authority
from diagnose.flows.cluster import View
from diagnose.flows.components import Component
from diagnose.flows.model import AssumedPort, BadSetting, Fault, Flow, Need, Read
from diagnose.flows.names import Place, dialled_address, emr_name, numeric
from diagnose.flows.networks import of_family
from diagnose.output.sentences import commas
from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.language import marked, semicolons, tr
from probes.origin import Origin
from probes.regex import regex

Found = Iterator[Flow | BadSetting | Skipped]
"""What a builder yields: flows, settings that lead nowhere, and what cannot become a flow."""

_WORD = regex(r"[^\s$\x00-\x1f\x7f/\\@:,;?#\[\]<>\"']{1,253}")
"""Characters of a host. Wider than DNS: hosts files have underscores and names of any script."""

_HADOOP = frozenset({"hdfs", "yarn", "mapreduce", "hive"})
"""Areas whose services run beside each other on masters and nodes."""

ADDRESS_FILES = frozenset(
    {
        *("yarn-site.xml", "mapred-site.xml", "hive-site.xml", "hbase-site.xml"),
        *("spark-defaults.conf", "kyuubi-defaults.conf"),
    }
)
"""Files with the address of a service. A case without one does not say what its clients dial."""

INSTANCES = marked("ListComponentInstances, or components of each [[cluster.nodes]] in case.toml")


def split(text: str) -> tuple[str, str]:
    """Return host and port text of 'host:port', 'host', '[::1]:port' or '::1'. The
    port may be ""."""
    text = text.strip()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":").strip()
    if numeric(text) is not None:
        return text, ""
    host, _, port = text.rpartition(":") if ":" in text else (text, "", "")
    return host.strip(), port.strip()


def port_number(text: str) -> int | None:
    """Return a port from 1 to 65535, else None. A server with port 0 lets the system choose."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535 else None


def is_wildcard(host: str) -> bool:
    """Return True if no client can dial this host: every interface, or an unset variable."""
    return is_unspecified(host.strip("[]")) or "${" in host


def is_host(text: str) -> bool:
    """Return True for a numeric address, or a word that can be a host name.

    Anything else is a mistake in the file, not a place to connect to.
    """
    return not is_wildcard(text) and (numeric(text) is not None or _WORD.fullmatch(text) is not None)


def default_origin(component: Component) -> Origin:
    return Origin(components.TABLE, None, component.key)


def flow(
    view: View,
    component: Component,
    host: str,
    port: int,
    origin: Origin,
    *,
    why: str | None = None,
    need: Need | None = None,
    realm: str | None = None,
    node: Node | None = None,
    assumed: str | None = None,
    assumed_port: AssumedPort | None = None,
    last_port: int | None = None,
    during_jobs: bool = False,
) -> Flow:
    """Return one flow. The node is looked up by the host unless the caller passes it."""
    place = view.names.place(host)
    if node is not None:
        place = Place(place.host, node.name, dialled_address(node, place.address), node)
    label = f"[{place.label}]" if ":" in place.label else place.label
    wanted = need or view.need(component)
    return Flow(
        id=f"{component.key}/{label}:{port}" + (f"-{last_port}" if last_port else ""),
        component=component.key,
        service=component.title,
        area=component.area,
        endpoint=Endpoint(place.host, port, component.transport, place.address),
        sources=of_family(view.sources, place.address),
        need=wanted,
        why=_why(view, component, why or component.reason, wanted),
        origin=origin,
        realm=realm,
        assumed=assumed,
        assumed_port=assumed_port,
        last_port=last_port,
        during_jobs=during_jobs,
    )


def _why(view: View, component: Component, why: str, need: Need) -> str:
    """Return why a flow is needed. If it is not required, add when it would be."""
    condition = view.condition(component) if need == "optional" else None
    return tr("{why}; needed only if {condition}", why=why, condition=condition) if condition else why


def served(
    view: View,
    component: Component,
    read: Read | None,
    *,
    nodes: tuple[Node, ...] = (),
    guess: str = "",
    need: Need | None = None,
    default: int | None = None,
    why: str | None = None,
) -> Found:
    """Yield flows to a service whose own address setting is `read`. Host or port may be missing.

    A missing or wildcard host becomes the nodes that run the component, else `nodes`; then `guess`
    says why those. Without the file of the component there is no guess: what it says is unknown. A
    missing port becomes `default`, else that of the table; without the file it is only assumed. If
    something remains unknown and the service is required, a Skipped is yielded.
    """
    unread = view.unread(component.file or "") if read is None else None
    if unread is not None:
        yield from undecided(view, component, unread, need or view.need(component))
        return
    host, port_text = split(read.value) if read else ("", "")
    port = port_number(port_text) if port_text else (default or component.default_port(view.generation))
    wanted = need or view.need(component)
    if port is None:
        cause = (
            tr("{origin} says {value!r}, which is no fixed port", origin=read.origin, value=port_text)
            if read and port_text
            else tr("no file states its port")
        )
        yield from lacking(view, component, cause, setting_in(component.setting or "", component.file or ""), wanted)
        return
    origin = read.origin if read else default_origin(component)
    clause = why or component.reason
    if not port_text:
        clause = semicolons((clause, tr("{port} is the default port", port=port)))
    if read and not is_wildcard(host) and not is_host(host):
        cause = tr("{origin} says {value!r}, which is no host", origin=read.origin, value=host)
        yield from lacking(view, component, cause, setting_in("host:port", read.origin.key or ""), wanted)
        return
    if not is_wildcard(host):
        yield flow(view, component, host, port, origin, why=clause, need=wanted)
        return
    running = view.running(component)
    silent = read is None and (view.instances_known() or not view.has(component.file or ""))
    if not running and (not nodes or silent):
        yield from unplaced(view, component, wanted, read)
        return
    assumed_port = _without_file(view, component, port) if read is None else None
    if assumed_port is not None:
        yield from lacking(view, component, assumed_port.why, assumed_port.needs, wanted)
    for node in running or nodes:
        reason = clause if running or not guess else semicolons((clause, guess))
        assumed = guess if not running and len(nodes) > 1 else None
        name = view.names.host_of(node)
        yield flow(
            view,
            component,
            name,
            port,
            origin,
            why=reason,
            need=wanted,
            node=node,
            assumed=assumed,
            assumed_port=assumed_port,
        )


def _without_file(view: View, component: Component, port: int) -> AssumedPort | None:
    """Return why the port of a service is assumed. None if the case has the file that decides it.

    Without the file it is not known what its clients dial, whatever listens on the nodes.
    """
    file = component.file
    if file not in ADDRESS_FILES or view.has(file):
        return None
    template = marked("{why}, so its address is assumed: port {port} on the nodes that ListComponentInstances shows")
    return AssumedPort(tr(template, why=lost(view, file), port=port), tr("{file} of a node", file=file))


def dialled(
    view: View,
    component: Component,
    read: Read,
    *,
    default: int | None,
    need: Need | None = None,
    why: str | None = None,
    scheme: str = "",
) -> Found:
    """Yield the flow that a Java client opens for this address setting, or why it cannot.

    The client dials the address as it is written. `default` is the port that it takes if the
    address has none; None if it refuses such an address. A bad address of an optional service is
    left out. `scheme` is what stands before the address in the value of the setting.
    """
    at = split_authority(read.value)
    fault = fault_of(at)
    if fault == "loopback" and view.is_on_loopback():
        fault = None
    number = int(at.port) if at.port and fault is None else default
    if fault != "authority" and not at.port and default is None:
        fault = "port"
    wanted = need or view.need(component)
    if fault is not None or number is None:
        if wanted == "required":
            right = known_address(view, component, at.port, default, scheme)
            yield bad_setting(view, component, fault or "port", read, at, need=wanted, right=right, scheme=scheme)
        return
    other = other_service(view, component, number) if at.port else None
    if other is not None:
        if wanted == "required":
            yield _of_other_service(view, component, other, read, at, wanted, scheme)
        return
    if wanted == "required" and is_unknown(view, component, at.host):
        bad = bad_setting(view, component, "unknown-host", read, at, need=wanted, scheme=scheme)
        yield replace(bad, sure=False)
    if wanted == "required" and runs_elsewhere(view, component, at.host):
        right = known_address(view, component, at.port, default, scheme)
        known = tr(", ").join(view.names.host_of(node) for node in view.running(component))
        yield bad_setting(view, component, "other-node", read, at, need=wanted, right=right, known=known, scheme=scheme)
    clause = why or component.reason
    if not at.port:
        default_port = tr("{port} is the port that clients take if the address has none", port=number)
        clause = semicolons((clause, default_port))
    yield flow(view, component, at.host, number, read.origin, why=clause, need=wanted)


def is_unknown(view: View, component: Component, host: str) -> bool:
    """Return True if neither the node list nor the hosts file of the case has this host.

    False without a list of nodes. A metastore may be outside the cluster, unless it is called like
    a node.
    """
    place = view.names.place(host)
    if not view.case.nodes or place.node is not None or place.address is not None:
        return False
    return component.area != "hive" or emr_name(host)


def runs_elsewhere(view: View, component: Component, host: str) -> bool:
    """Return True if the list of component instances has the service on other nodes alone.

    False if it may not be whole, or shows nothing of this node.
    """
    node, running = view.names.place(host).node, view.running(component)
    is_whole = not any(skip.hides and skip.about == "instances" for skip in view.case.skipped)
    return is_whole and node is not None and bool(node.components and running) and node not in running


def other_service(view: View, component: Component, port: int) -> Component | None:
    """Return the other service of Hadoop that has this port, or None.

    None also if the component itself may have it, or if the files give that service another port.
    """
    found = components.owners(port)
    if component in found or component.transport != "tcp":
        return None
    for other in found:
        stated = view.read(other.setting or "", other.file or "")
        beside = {other.area, component.area} <= _HADOOP and other.need != "never"
        if (beside or other.area == component.area) and (stated is None or split(stated.value)[1] == str(port)):
            return other
    return None


def _of_other_service(
    view: View, component: Component, other: Component, read: Read, at: Authority, need: Need, scheme: str
) -> BadSetting:
    """Return the setting that names the port of another service.

    The host to write is another one if the node that is named does not run the service. The fault
    is sure if that service has this port in the cluster's generation of Hadoop.
    """
    host, port = Authority(at.host, ""), view.usual_port(component)
    right = (
        bad_setting(view, component, "other-service", read, host, scheme=scheme).value + f":{port}" if port else None
    )
    node, able = view.names.place(at.host).node, view.running(component) or view.masters()
    if node is not None and able and node not in able:
        right = known_address(view, component, "", port, scheme)
    sure = int(at.port) == view.usual_port(other)
    bad = bad_setting(
        view, component, "other-service", read, at, need=need, right=right, known=other.title, scheme=scheme
    )
    return replace(bad, sure=sure)


def known_address(view: View, component: Component, port: str, default: int | None, scheme: str) -> str | None:
    """Return the value to write if exactly one node can run the service, else None."""
    nodes = view.running(component) or view.masters()
    number = port if is_port(port) else view.usual_port(component) or default
    return f"{scheme}{view.names.host_of(nodes[0])}:{number}" if len(nodes) == 1 and number else None


def bad_setting(
    view: View,
    component: Component,
    fault: Fault,
    read: Read,
    at: Authority,
    *,
    need: Need | None = None,
    right: str | None = None,
    known: str | None = None,
    scheme: str = "",
) -> BadSetting:
    """Return the setting that leads nowhere. The value holds no user and no password."""
    host = f"[{at.host}]" if ":" in at.host and numeric(at.host) is not None else at.host
    value = f"{scheme}{host}:{at.port}" if at.port else f"{scheme}{host}"
    if ".hostname" in (read.origin.key or ""):
        # The default of the address adds the port, so this key takes a host alone.
        value, right = host, right.rpartition(":")[0] or right if right else None
    return BadSetting(
        fault=fault,
        component=component.key,
        service=component.title,
        need=need or view.need(component),
        value=value,
        origin=read.origin,
        right=right,
        known=known,
    )


def unplaced(view: View, component: Component, need: Need, read: Read | None = None) -> Found:
    """Yield a Skipped for a needed component of which no file tells the node."""
    unread = view.unread(component.file or "") if read is None else None
    if unread is not None:
        yield from undecided(view, component, unread, need)
        return
    if read is None and view.instances_known():
        cause = tr("ListComponentInstances shows no node that runs it, and no file names it")
        yield Skipped(component.title, cause, "")
        return
    if read is not None:
        cause = tr(
            "{origin} listens on every interface and no file says which node that is",
            origin=read.origin,
        )
        yield from lacking(view, component, cause, tr(INSTANCES), need)
        return
    file = component.file
    cause = tr("no file says where it runs")
    if file is not None and not view.has(file):
        cause = tr("{why}, and nothing else says where it runs", why=lost(view, file))
    yield from lacking(view, component, cause, commas((str(file), tr(INSTANCES))), need)


def undecided(view: View, component: Component, file: str, need: Need) -> Found:
    """Yield a Skipped for a needed component whose address is in a file that was not read."""
    cause = tr("{why}, so its address and port are not known", why=lost(view, file))
    yield from lacking(view, component, cause, tr("{file} that can be read", file=file), need)


def lost(view: View, file: str) -> str:
    """Return why nothing is known of a file that clients read."""
    if view.is_refused(file):
        return tr("{file} cannot be read", file=file)
    if view.is_unread(file):
        return tr("{file} was not read", file=file)
    return tr("{file} is not in the case", file=file)


def setting_in(key: str, file: str) -> str:
    """Return where something must be written: 'fs.defaultFS in core-site.xml'."""
    return tr("{key} in {file}", key=key, file=file)


def lacking(view: View, component: Component, cause: str, needs: str, need: Need) -> Found:
    """Yield a Skipped if the component is required. Otherwise the answer has no gap."""
    if need == "required":
        yield Skipped(component.title, cause, needs)


def only(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the node if there is exactly one, else nothing."""
    return nodes if len(nodes) == 1 else ()
