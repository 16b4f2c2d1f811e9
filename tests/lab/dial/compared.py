"""Do the flows of a case agree with what a real client did?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from diagnose.case.model import Case
from diagnose.findings.names import nameservice
from diagnose.flows import paths
from diagnose.flows.authority import split_authority
from diagnose.flows.components import component as load_component
from diagnose.flows.model import BadSetting, Flow, FlowPlan
from diagnose.flows.namenodes import CLIENT_PORT
from diagnose.flows.names import names
from diagnose.flows.plan import flows
from probes.files.hadoopconf import overlay
from tests.lab.dial.clients import Experience, Step
from tests.lab.dial.recorder import Address
from tests.support.scenes import the_scene

COMPONENTS: Final[Mapping[Step, tuple[str, ...]]] = {
    "hdfs": ("namenode-rpc",),
    "yarn": ("resourcemanager-client",),
    "history": ("jobhistory-rpc",),
    "metastore": ("hive-metastore",),
    "jdbc": ("hiveserver2", "hiveserver2-http"),
}
"""Step -> components that the client looks for in it."""

DIRECTORY: Final = "zookeeper"
"""Component that a JDBC client asks first, if service discovery is on."""

FILES: Final[Mapping[Step, tuple[str, ...]]] = {
    "hdfs": ("core-site.xml", "hdfs-site.xml", "yarn-site.xml"),
    "yarn": ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"),
    "history": ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"),
    "metastore": ("core-site.xml", "hive-site.xml", "hivemetastore-site.xml"),
    "jdbc": ("core-site.xml", "hive-site.xml"),
}
"""Step -> files that its client reads. An HDFS client reads yarn-site.xml too: its RPC looks for
security settings of all services, and those of YARN load it."""

_THIS_MACHINE: Final = frozenset({"unset", "loopback"})
"""Faults of addresses that a client dials on its own machine."""

_NOT_DIALLED: Final = frozenset({"authority", "port", "logical-port", "missing", "provider"})
"""Faults of addresses that a client refuses."""

_MAY_BE_REFUSED: Final = _NOT_DIALLED | {"unknown-host", "other-node", "other-port", "other-service", "old-path"}
"""Faults of addresses that a client refuses, or that it dials and ought not to."""

PATH_KEYS: Final = frozenset(key.key for key in paths.KEYS)
"""Settings that name a file system of their own."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the tool says that a client does in one step."""

    dialled: tuple[Address, ...]
    """Address, or name without known address, and port of each required flow, in order."""
    bad: tuple[BadSetting, ...]
    """Settings of the service that lead nowhere."""
    gaps: tuple[str, ...]
    """What the files lack for this service, and files that the client refuses."""
    any_of: tuple[Address, ...] = ()
    """Servers of which the client takes one: a quorum, or nodes of which one runs the service."""


def opinion(case: Case, plan: FlowPlan, step: Step) -> Opinion:
    """Return what the plan of a case says of one step."""
    components = COMPONENTS[step]
    required = [flow for flow in plan.flows if flow.need == "required" and flow.origin.key not in PATH_KEYS]
    titles = {load_component(name).title for name in components}
    gaps = [skip.cause for skip in plan.skipped if skip.check in titles and skip.needs]
    gaps += [f"{fault.file}:{fault.line} {fault.found}" for fault in case.faults if fault.file.endswith(FILES[step])]
    asked = [flow for flow in required if flow.component == DIRECTORY and step == "jdbc"]
    own = [flow for flow in required if flow.component in components]
    candidates = [] if asked else [flow for flow in own if flow.assumed is not None]
    bad_settings = [
        bad
        for bad in plan.bad_settings
        if bad.component in components and bad.need == "required" and bad.origin.key not in PATH_KEYS
    ]
    # A client dials the port of another service as it stands.
    wrong = dict.fromkeys(_address(case, bad) for bad in bad_settings if bad.fault == "other-service")
    return Opinion(
        (*places(flow for flow in own if flow not in candidates), *wrong),
        tuple(bad_settings),
        tuple(gaps),
        places(asked or candidates),
    )


def of_path(case: Case, key: str, experience: Experience) -> Opinion:
    """Return what the plan says of the file system that one setting names.

    A file system that the case names twice is one flow. So what the setting adds must be dialled,
    and what is dialled must be in the plan.
    """
    plan, without = flows(case), flows(_without(case, key))
    known = _namenodes(without)
    added = tuple(at for at in _namenodes(plan) if at not in known or at in experience.dialled)
    bad = tuple(bad for bad in plan.bad_settings if bad.origin.key == key)
    wrong = tuple(_address(case, bad) for bad in bad if bad.fault == "other-port")
    found = nameservice.findings(the_scene(case, plan.flows))
    gaps = [finding.code for finding in found if any(at.origin and at.origin.key == key for at in finding.evidence)]
    gaps += [f"{fault.file}:{fault.line} {fault.found}" for fault in case.faults]
    return Opinion(wrong or added, bad, tuple(gaps))


def _namenodes(plan: FlowPlan) -> tuple[Address, ...]:
    return places(flow for flow in plan.flows if flow.component == "namenode-rpc" and flow.need == "required")


def _without(case: Case, key: str) -> Case:
    """Return the case without one setting."""
    kept = {
        file: overlay([setting for setting in configuration.settings if setting.key != key])
        for file, configuration in case.settings.items()
    }
    return replace(case, settings=kept)


def _address(case: Case, bad: BadSetting) -> Address:
    """Return where a client goes that believes a setting with a wrong port."""
    at = split_authority(bad.value.rpartition("//")[2])
    return names(case).place(at.host).address or at.host, int(at.port or CLIENT_PORT)


def places(found: Iterable[Flow]) -> tuple[Address, ...]:
    """Return where the flows go, each place once."""
    return tuple(dict.fromkeys((flow.endpoint.address or flow.endpoint.host, flow.endpoint.port) for flow in found))


def disagreement(told: Opinion, experience: Experience) -> str | None:
    """Return what differs, or None."""
    # No server has port 0. A client tries it, and the tool says that it is no port.
    dialled = tuple(at for at in experience.dialled if at[1] != 0)
    if told.any_of:
        # A client takes the servers of a quorum, and those that a quorum names, in any order.
        rest = sorted(at for at in dialled if at not in told.any_of)
        return None if len(rest) < len(dialled) and rest == sorted(told.dialled) else "other servers"
    here = tuple(at for at in dialled if is_here(at))
    elsewhere = tuple(at for at in dialled if not is_here(at))
    unknown = tuple(at for at in told.dialled if not is_address(at[0]))
    known = tuple(at for at in told.dialled if is_address(at[0]))
    faults = {bad.fault for bad in told.bad}
    refused = experience.message != "works" and not dialled
    if refused and (faults & _MAY_BE_REFUSED or told.gaps):
        return None  # What is dialled when that is mended cannot be compared.
    # A client that fails over may dial one server and refuse the address of the next.
    ended = experience.message == "works" or experience.message.startswith("java.io.EOFException")
    if not ended and faults & _NOT_DIALLED and elsewhere and set(elsewhere) < set(told.dialled):
        return None
    if here and "bind" in faults:
        return None  # The client is on the node of the server, which listens on loopback alone.
    if set(known) != set(elsewhere):
        return "other addresses"
    if known != elsewhere and "other-service" not in faults:
        return "another order"
    if unknown and not dialled and not any(host in experience.message for host, _ in unknown):
        return "a name that the client does not look up"
    if bool(here) != bool(faults & _THIS_MACHINE):
        return "loopback"
    if refused:
        return None if unknown else "a refusal that is no finding"
    if (ended and faults & _NOT_DIALLED and dialled == experience.dialled) or (told.gaps and not dialled):
        return "a finding that is no refusal"
    return None


def is_here(at: Address) -> bool:
    """Return True if the client dialled its own machine."""
    return ipaddress.ip_address(at[0]).is_loopback


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
