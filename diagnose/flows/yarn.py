"""Which YARN services does a client dial? Jobs are submitted to the ResourceManagers.

Sources: HAUtil, YarnConfiguration.getSocketAddr and YarnClientImpl.submitApplication, Hadoop 3.3.6.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.flows import client_files
from diagnose.flows.authority import split_authority
from diagnose.flows.client_files import JOB_CLIENT, YARN
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, bad_setting, dialled, lacking, port_number, served, setting_in, split
from diagnose.flows.kerberos import unknown_principal, uses_kerberos
from diagnose.flows.model import BadSetting, Need, Read
from probes.files.hadoopconf import Configuration
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin

SPARK = "spark-defaults.conf"
SWITCH = "yarn.resourcemanager.ha.enabled"
IDS = "yarn.resourcemanager.ha.rm-ids"


def flows(view: View) -> Found:
    """Yield the ResourceManagers, the Timeline Server, then the web pages that job logs link to."""
    client = component("resourcemanager-client")
    yield from _resourcemanagers(view, client, None)
    yield from unknown_principal(view, client, "yarn.resourcemanager.principal", YARN, view.need(client))
    yield from _resourcemanagers(view, component("resourcemanager-scheduler"), _scheduler_need(view))
    yield from _timeline(view)
    yield from _web(view)
    yield from _nodemanagers(view)


def _scheduler_need(view: View) -> Need:
    """Return how much the scheduler is needed.

    Only an ApplicationMaster outside the cluster dials it.
    """
    unmanaged = view.read("spark.yarn.unmanagedAM.enabled", SPARK)
    return "required" if unmanaged is not None and unmanaged.value.lower() == "true" else "optional"


def _web(view: View) -> Found:
    policy = client_files.read(view.effective(JOB_CLIENT), "yarn.http.policy") if view.has(YARN) else None
    secure = policy is not None and policy.value.upper() == "HTTPS_ONLY"
    yield from _resourcemanagers(
        view, component("resourcemanager-web-https" if secure else "resourcemanager-web"), None
    )


def _resourcemanagers(view: View, service: Component, need: Need | None) -> Found:
    """Yield one service of every ResourceManager. Settings of Spark override those of YARN."""
    wanted = need or view.need(service)
    configuration = view.effective(JOB_CLIENT)
    read = client_files.read(configuration, service.setting or "")
    if not view.has(YARN) and (read is None or client_files.is_default(read)):
        yield from served(view, service, None, need=wanted)
        return
    yield from _by_files(view, service, configuration, wanted)
    if view.overrides_for_spark("yarn.resourcemanager.") and (view.engines is None or "spark" in view.engines):
        yield from _by_files(view, service, view.effective(JOB_CLIENT, spark=True), wanted)


def _by_files(view: View, service: Component, configuration: Configuration, need: Need) -> Found:
    """Yield what the files say. HA is off unless yarn.resourcemanager.ha.enabled is true."""
    key = service.setting or ""
    port = service.default_port(view.generation)
    if not configuration.get_bool(SWITCH):
        read = client_files.read(configuration, key)
        if read is not None and (need == "required" or not client_files.is_default(read)):
            yield from _standby(view, service, read, need)
            yield from dialled(view, service, read, default=port, need=need)
        return
    names = configuration.get_list(IDS)
    if not names:
        yield _without(view, service, configuration, IDS, ",".join(_known_ids(configuration)) or None, need)
    strangers = _other_ids(view, service, configuration, names, need)
    if strangers is not None:
        yield strangers
        return
    for number, name in enumerate(names):
        read = client_files.read(configuration, f"{key}.{name}")
        read = read or client_files.read(configuration, f"yarn.resourcemanager.hostname.{name}")
        if read is None and number == 0:
            hostname = f"yarn.resourcemanager.hostname.{name}"
            yield _without(view, service, configuration, hostname, _only_free_host(view, service, configuration), need)
        elif read is None:
            own = f"{key}.{name}"
            cause = tr(
                "yarn.resourcemanager.ha.rm-ids lists {name}, but no file sets {key} nor its hostname",
                name=name,
                key=own,
            )
            keys = tr(" or ").join((own, f"yarn.resourcemanager.hostname.{name}"))
            yield from lacking(view, service, cause, setting_in(keys, YARN), need)
        else:
            yield from dialled(view, service, read, default=port, need=need)


def is_switch_misspelt(configuration: Configuration) -> bool:
    """Return True if yarn.resourcemanager.ha.enabled is neither true nor false, beside ids of
    ResourceManagers. High availability is off then, and clients dial the default address."""
    is_set = bool((configuration.get(SWITCH) or "").strip())
    return is_set and configuration.get_bool(SWITCH) is None and bool(configuration.get_list(IDS))


def _without(
    view: View, service: Component, configuration: Configuration, key: str, right: str | None, need: Need
) -> BadSetting:
    """Return the finding for a setting that a client of YARN with high availability stops without.

    Measured with hadoop-client 3.3.6 and 2.10.2: it dials nobody without ids, or without the
    address of the first one. Without the address of a later one it stops at a failover.
    """
    switch = client_files.read(configuration, SWITCH)
    place = "" if switch is None else f"{switch.origin.file}:{switch.origin.line}"
    return BadSetting("missing", service.key, service.title, need, "", Origin(YARN, None, key), right, place)


def _other_ids(
    view: View, service: Component, configuration: Configuration, names: Sequence[str], need: Need
) -> BadSetting | None:
    """Return the finding if the ids of rm-ids are others than those of all addresses and hosts.

    None if one of the ids has an address, or if the two have not the same number: it is then not
    known which ids belong together.
    """
    ids, written = _known_ids(configuration), client_files.read(configuration, IDS)
    if written is None or not names or len(ids) != len(set(names)) or set(ids) & set(names):
        return None
    lacking_first = _without(view, service, configuration, IDS, ",".join(ids), need)
    return replace(lacking_first, value=written.value, origin=written.origin)


def _known_ids(configuration: Configuration) -> list[str]:
    """Return the ids that the keys of addresses and hosts carry."""
    prefixes = ("yarn.resourcemanager.hostname.", "yarn.resourcemanager.address.")
    keys = (setting.key for prefix in prefixes for setting in configuration.matching(prefix))
    return sorted({key.rpartition(".")[2] for key in keys})


def _only_free_host(view: View, service: Component, configuration: Configuration) -> str | None:
    """Return the host of the only node that can run the service and has no id. None without one."""
    prefixes = ("yarn.resourcemanager.hostname.", f"{service.setting}.")
    reads = (
        client_files.read(configuration, setting.key)
        for prefix in prefixes
        for setting in configuration.matching(prefix)
    )
    taken = {view.names.place(split_authority(read.value).host).label for read in reads if read is not None}
    hosts = [view.names.host_of(node) for node in view.running(service) or view.masters()]
    free = [host for host in hosts if view.names.place(host).label not in taken]
    return free[0] if len(free) == 1 else None


def _standby(view: View, service: Component, read: Read, need: Need) -> Found:
    """Yield a bad setting if the one ResourceManager that the files name is standby.

    It opens no port for clients. ListComponentInstances says which one is active.
    """
    at = split_authority(read.value)
    node = view.names.place(at.host).node
    names = {name.casefold() for name in service.instances}
    states = {s.node: s.value.lower() for s in view.case.states if s.field == "BizState" and s.name.casefold() in names}
    active = next((name for name, state in states.items() if state == "active"), None)
    if node is not None and states.get(node.name) == "standby" and active is not None:
        yield bad_setting(view, service, "pinned", read, at, need=need, known=active)


def _timeline(view: View) -> Found:
    """Yield the Timeline Server, which a client asks for a token before each submission.

    Only with Kerberos and version 1 of the service.
    """
    if not view.has(YARN) or not uses_kerberos(view):
        return
    configuration = view.effective(JOB_CLIENT)
    if not (configuration.get_bool("yarn.timeline-service.enabled") and _has_version_1(configuration)):
        return
    spark = view.effective(JOB_CLIENT, spark=True)
    exempt = spark.get_bool("yarn.timeline-service.enabled") is False
    need: Need = "required"
    if exempt and view.engines is not None and view.engines <= {"spark", "spark-thrift", "kyuubi"}:
        need = "optional"
    policy = client_files.read(configuration, "yarn.http.policy")
    secure = policy is not None and policy.value.upper() == "HTTPS_ONLY"
    service = component("timeline-https" if secure else "timeline")
    read = client_files.read(configuration, service.setting or "")
    if read is not None:
        yield from dialled(view, service, read, default=service.default_port(), need=need)


def _has_version_1(configuration: Configuration) -> bool:
    versions = configuration.get_list("yarn.timeline-service.versions")
    return any(text.startswith("1") for text in versions or (configuration.get("yarn.timeline-service.version") or "",))


def _nodemanagers(view: View) -> Found:
    """Yield the web pages of NodeManagers, only if an answer names the nodes."""
    web = component("nodemanager-web")
    nodes = view.running(web)
    if nodes:
        port = split(read.value)[1] if (read := view.read(web.setting or "", YARN)) else ""
        address = Read(f"*:{port}", read.origin) if read and port_number(port) else None
        yield from served(view, web, address, nodes=nodes)
