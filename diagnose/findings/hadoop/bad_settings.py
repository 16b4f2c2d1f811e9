"""Through which settings does no client get to a service, whatever the network does?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.case.cloud_state import CloudState
from diagnose.findings.cause import Cause
from diagnose.findings.hadoop.standby_namenode import said_by_page
from diagnose.findings.model import Confidence, Evidence, Finding, Severity
from diagnose.findings.values import origin_value
from diagnose.flows.authority import split_authority
from diagnose.flows.client_files import JOB_CLIENT
from diagnose.flows.cluster import view_of
from diagnose.flows.components import component
from diagnose.flows.failover import PROVIDER
from diagnose.flows.model import BadSetting, Fault
from diagnose.flows.yarn import is_switch_misspelt
from diagnose.scene.namenode_state import STANDBY, namenode_state
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr

CODES: Mapping[Fault, tuple[str, Cause, Severity]] = {
    "unset": ("SVC-UNSET", "setting-unset", "error"),
    "authority": ("SVC-UNSET", "setting-authority", "error"),
    "port": ("SVC-PORT", "setting-port", "error"),
    "loopback": ("DNS-LOOPBACK", "setting-loopback", "error"),
    "logical-port": ("HA-NAMESERVICE", "setting-port", "error"),
    "provider": ("HA-NAMESERVICE", "setting-provider", "error"),
    "pinned": ("SVC-STANDBY", "setting-pinned", "warning"),
    "bind": ("SVC-BIND", "setting-bind", "error"),
    "other-port": ("SVC-PORT", "setting-other-port", "warning"),
    "rpc-port": ("SVC-PORT", "setting-rpc-port", "error"),
    "other-service": ("SVC-PORT", "setting-other-service", "error"),
    "unknown-host": ("DW-FILES-STALE", "setting-unknown-host", "error"),
    "other-node": ("DW-FILES-STALE", "setting-other-node", "error"),
    "local-disk": ("SVC-UNSET", "setting-local-disk", "error"),
    "twin": ("HA-PARTIAL", "setting-twin", "warning"),
    "missing": ("SVC-UNSET", "setting-missing", "error"),
    "old-path": ("DW-FILES-STALE", "setting-old-path", "warning"),
}
"""Fault -> code, the sentence of it, and how much it weighs if the service is required."""

ACTIVE = "active"

OF_A_PATH = frozenset({"other-port", "old-path"})
"""Faults of a setting that a client opens as a path."""

DEFAULT_OF_SPARK = "spark.hadoop.fs.defaultFS"
"""Setting that Spark lays over fs.defaultFS. spark-submit dials it before YARN accepts a job."""

STAGING = "spark.yarn.stagingDir"
"""Setting that may lead to another file system than the default one."""

METASTORES = frozenset({"hive.metastore.uris", "metastore.thrift.uris", "spark.hadoop.hive.metastore.uris"})
"""Settings that list servers. A client that fails at one takes the next."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for each setting of a required service."""
    for bad in scene.bad_settings:
        wanted = bad.need == "required" or _may_be_required(scene, bad)
        if wanted and not _is_settled(scene, bad) and not _is_by_switch(scene, bad):
            yield _finding(scene, bad)


def _is_by_switch(scene: Scene, bad: BadSetting) -> bool:
    """Return True for a default address of a ResourceManager that only a misspelt switch of high
    availability makes clients dial. The switch is told (HADOOP-CONF-VALUE)."""
    is_default = bad.component.startswith("resourcemanager") and bad.origin.line is None
    return is_default and is_switch_misspelt(view_of(scene.case).effective(JOB_CLIENT))


def _may_be_required(scene: Scene, bad: BadSetting) -> bool:
    """Return True for a server on loopback that the case does not say whether tasks use."""
    if bad.fault != "bind" or scene.case.registration.engines is not None:
        return False
    service = component(bad.component)
    return service.need == "conditional" and any(
        o.flow.component.removesuffix("-http") == service.key.removesuffix("-http") for o in scene.outcomes
    )


def _is_settled(scene: Scene, bad: BadSetting) -> bool:
    """Return True if packets have settled whether the host exists, or has the service after all."""
    seen = [outcome for outcome in scene.outcomes if outcome.observed and outcome.flow.endpoint.host == _host(bad)]
    if bad.fault != "other-node":
        return bad.fault == "unknown-host" and bool(seen)
    own = (outcome.observed for outcome in seen if outcome.flow.component == bad.component)
    return any(observed is not None and observed.state == "open" for observed in own)


def _host(bad: BadSetting) -> str:
    """Return the host that the setting names."""
    return split_authority(bad.value.rpartition("//")[2]).host


def _severity(scene: Scene, bad: BadSetting) -> Severity:
    """Return the severity.

    One NameNode of several is an error only if itself or the cloud says that it is standby. What it
    says itself counts more: it was asked now. A server that is not known to be used is worth a
    warning. The default file system of Spark stops every job of Spark, and a path stops what uses
    it.
    """
    if bad.need != "required":
        return "warning"
    if bad.fault in OF_A_PATH:
        return "error" if bad.origin.key == DEFAULT_OF_SPARK and _stops_spark(scene, bad) else "warning"
    asked = _answering_namenode(scene, bad)
    if asked is not None:
        return "error" if namenode_state(asked) == STANDBY else CODES[bad.fault][2]
    state = _state(scene, bad) if bad.fault == "pinned" else None
    return "error" if state is not None and state.value.lower() != ACTIVE else CODES[bad.fault][2]


def _stops_spark(scene: Scene, bad: BadSetting) -> bool:
    """Return True if tasks surely use Spark and its jobs are surely staged at the default file
    system."""
    engines = view_of(scene.case).engines
    own = scene.case.settings.get(bad.origin.file)
    staging = own.get(STAGING) if own is not None else None
    return bad.sure and engines is not None and "spark" in engines and "://" not in (staging or "")


def _finding(scene: Scene, bad: BadSetting) -> Finding:
    code, cause, _ = CODES[bad.fault]
    state, asked = _state(scene, bad) if bad.fault == "pinned" else None, _answering_namenode(scene, bad)
    origin = bad.origin
    place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
    sets = tr("{place} sets {key} to {value}", place=place, key=origin.key, value=bad.value or tr("nothing"))
    evidence = [Evidence("line", place, sets, origin)]
    if state is not None:
        evidence.append(_said_by(state))
    if asked is not None:
        evidence.append(said_by_page(asked))
    confidence: Confidence = "strong" if bad.sure else "inferred"
    return Finding(
        code=code,
        severity=_severity(scene, bad),
        confidence=confidence,
        cause=cause,
        params={
            "service": bad.service,
            "component": bad.component,
            "key": origin.key,
            "value": bad.value,
            "right": bad.right,
            "known": bad.known,
            "state": state.value if state is not None else None,
            "says": namenode_state(asked) if asked is not None else None,
            "origin": origin_value(origin),
        },
        flows=tuple(_stopped(scene, bad)),
        evidence=tuple(evidence),
        settle_by=_settled_by(bad),
        setting=bad,
    )


def _settled_by(bad: BadSetting) -> str:
    if bad.fault == "provider":
        return tr("hdfs dfs -ls / on a client with these files: whether it loads the class")
    if bad.fault == "rpc-port":
        return tr("the port that the NameNode listens on: ss -lntp on its node shows it")
    file = _site_file(bad.origin.file)
    return tr("{key} in the {file} that the resource group and the nodes use", key=bad.origin.key, file=file)


def _stopped(scene: Scene, bad: BadSetting) -> Iterator[str]:
    """Yield the ids of the flows that the setting stops.

    If it leads to another service or node, a client fails there and goes on to the servers on other
    hosts. So it does from one server of a list to the next.
    """
    host, is_of_list = _host(bad), bad.origin.key in METASTORES
    for outcome in scene.outcomes:
        is_other = bad.fault in ("other-service", "other-node") or (is_of_list and outcome.flow.origin == bad.origin)
        is_beside = is_other and outcome.flow.endpoint.host != host
        if bad.fault == "provider":
            service = (bad.origin.key or "").removeprefix(PROVIDER)
            is_beside = f".{service}." not in f"{outcome.flow.origin.key}."
        if outcome.flow.component == bad.component and not is_beside:
            yield outcome.flow.id


def _site_file(file: str) -> str:
    return file.replace("-default.xml", "-site.xml")


def _said_by(state: CloudState) -> Evidence:
    place = f"{state.origin.file}:{state.origin.line}"
    text = tr(
        "{place}: {field} of {name} on {node} is {value}",
        place=place,
        field=state.field,
        name=state.name,
        node=state.node,
        value=state.value,
    )
    return Evidence("line", place, text, state.origin)


def _answering_namenode(scene: Scene, bad: BadSetting) -> Outcome | None:
    """Return the flow of a pinned NameNode that told its state. None if it did not."""
    if bad.fault != "pinned":
        return None
    told = (o for o in scene.outcomes if o.flow.component == bad.component and namenode_state(o) is not None)
    return next((o for o in told if o.flow.endpoint.host == _host(bad)), None)


def _state(scene: Scene, bad: BadSetting) -> CloudState | None:
    """Return what ListComponentInstances says of the server that is named: active or standby."""
    names = {name.casefold() for name in component(bad.component).instances}
    flow = next((o.flow for o in scene.outcomes if o.flow.endpoint.host == _host(bad)), None)
    node = scene.model.node(flow) if flow is not None else None
    for state in scene.case.states:
        if state.field == "BizState" and state.name.casefold() in names and node and state.node == node.name:
            return state
    return None
