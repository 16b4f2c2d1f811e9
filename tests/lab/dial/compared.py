"""Do the flows of a case agree with what a real client did?"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from diagnose.case.model import Case
from diagnose.flows.model import BadSetting, FlowPlan
from tests.lab.dial.clients import Experience, Step

COMPONENTS: Final[Mapping[Step, str]] = {
    "hdfs": "namenode-rpc",
    "yarn": "resourcemanager-client",
    "history": "jobhistory-rpc",
}
"""Step -> component that the client looks for in it."""

FILES: Final[Mapping[Step, tuple[str, ...]]] = {
    "hdfs": ("core-site.xml", "hdfs-site.xml"),
    "yarn": ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"),
    "history": ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"),
}
"""Step -> files that its client reads."""

_THIS_MACHINE: Final = frozenset({"unset", "loopback"})
"""Faults of addresses that a client dials on its own machine."""

_NOT_DIALLED: Final = frozenset({"authority", "port", "logical-port"})
"""Faults of addresses that a client refuses."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the tool says that a client does in one step."""

    dialled: frozenset[tuple[str, int]]
    """Address, or name without known address, and port of each required flow."""
    bad: tuple[BadSetting, ...]
    """Settings of the service that lead nowhere."""
    gaps: tuple[str, ...]
    """What the files lack for this service, and files that the client refuses."""


def opinion(case: Case, plan: FlowPlan, step: Step) -> Opinion:
    component = COMPONENTS[step]
    flows = [flow for flow in plan.flows if flow.component == component and flow.need == "required"]
    titles = {"hdfs": "NameNode RPC", "yarn": "ResourceManager", "history": "JobHistory RPC"}
    gaps = [f"{skip.cause}" for skip in plan.skipped if skip.check == titles[step] and skip.needs]
    gaps += [f"{fault.file}:{fault.line} {fault.found}" for fault in case.faults if fault.file.endswith(FILES[step])]
    return Opinion(
        frozenset((flow.endpoint.address or flow.endpoint.host, flow.endpoint.port) for flow in flows),
        tuple(bad for bad in plan.bad_settings if bad.component == component and bad.need == "required"),
        tuple(gaps),
    )


def disagreement(told: Opinion, experience: Experience) -> str | None:
    """Return what differs, or None."""
    here = {at for at in experience.dialled if ipaddress.ip_address(at[0]).is_loopback}
    elsewhere = experience.dialled - here
    unknown = {at for at in told.dialled if not _is_address(at[0])}
    faults = {bad.fault for bad in told.bad}
    if told.dialled - unknown != elsewhere:
        return "other addresses"
    if unknown and not all(f"{host}" in experience.message for host, _ in unknown):
        return "a name that the client does not look up"
    if bool(here) != bool(faults & _THIS_MACHINE):
        return "loopback"
    refused = experience.message != "works" and not experience.dialled and not unknown
    if refused and not (faults & _NOT_DIALLED or told.gaps):
        return "a refusal that is no finding"
    if not refused and (faults & _NOT_DIALLED or (told.gaps and not experience.dialled)):
        return "a finding that is no refusal"
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
