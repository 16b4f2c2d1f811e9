"""Do the flows of a case agree with what a real client did?"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from diagnose.case.model import Case
from diagnose.flows.components import component as load_component
from diagnose.flows.model import BadSetting, FlowPlan
from tests.lab.dial.clients import Experience, Step

COMPONENTS: Final[Mapping[Step, str]] = {
    "hdfs": "namenode-rpc",
    "yarn": "resourcemanager-client",
    "history": "jobhistory-rpc",
}
"""Step -> component that the client looks for in it."""

FILES: Final[Mapping[Step, tuple[str, ...]]] = {
    "hdfs": ("core-site.xml", "hdfs-site.xml", "yarn-site.xml"),
    "yarn": ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"),
    "history": ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"),
}
"""Step -> files that its client reads. An HDFS client reads yarn-site.xml too: its RPC looks for
security settings of all services, and those of YARN load it."""

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


@dataclass(frozen=True, slots=True)
class Difference:
    """Why the tool and the client differ in some configurations, on purpose."""

    reason: str
    """Why that is right."""
    holds: Callable[[Mapping[str, str], Opinion, Experience], bool]
    """True if it explains the difference: site files, what the tool says, what the client did."""


EXPLAINED: Final[Mapping[str, Difference]] = {
    "local-file-system": Difference(
        "core-site.xml without fs.defaultFS means the local file system. An export may lack the key, so the tool "
        "names the NameNodes that hdfs-site.xml has, or asks for the file.",
        lambda files, _, experience: experience.message == "works" and "hdfs://" not in files.get("core-site.xml", ""),
    ),
    "viewfs": Difference(
        "The client asks the mount table. The tool does not read one, and names the NameNodes of hdfs-site.xml.",
        lambda files, _, __: "viewfs://" in files.get("core-site.xml", ""),
    ),
    "other-root": Difference(
        "Hadoop 3 takes any root element, Hadoop 2 only <configuration>. The tool reports the file.",
        lambda files, _, __: any("<config>" in text for text in files.values()),
    ),
    "final-without-value": Difference(
        "A final property without value locks its key against later files. The case keeps no property without value.",
        lambda files, _, __: any("<value></value><final>true" in text for text in files.values()),
    ),
    "dot-at-the-end": Difference(
        "A name server knows the name with a dot at its end, the hosts file of the oracle does not.",
        lambda files, _, __: any(
            "nn.example.com.<" in t or "nn.example.com.:" in t or "nn.example.com./" in t for t in files.values()
        ),
    ),
}
"""Name of a difference -> what it is."""


def opinion(case: Case, plan: FlowPlan, step: Step) -> Opinion:
    """Return what the plan of a case says of one step."""
    component = COMPONENTS[step]
    flows = [flow for flow in plan.flows if flow.component == component and flow.need == "required"]
    title = load_component(component).title
    gaps = [skip.cause for skip in plan.skipped if skip.check == title and skip.needs]
    gaps += [f"{fault.file}:{fault.line} {fault.found}" for fault in case.faults if fault.file.endswith(FILES[step])]
    return Opinion(
        frozenset((flow.endpoint.address or flow.endpoint.host, flow.endpoint.port) for flow in flows),
        tuple(bad for bad in plan.bad_settings if bad.component == component and bad.need == "required"),
        tuple(gaps),
    )


def explanation(files: Mapping[str, str], told: Opinion, experience: Experience) -> str | None:
    """Return the name of the difference that explains a disagreement, or None."""
    return next((name for name, known in EXPLAINED.items() if known.holds(files, told, experience)), None)


def disagreement(told: Opinion, experience: Experience) -> str | None:
    """Return what differs, or None."""
    # No server has port 0. A client tries it, and the tool says that it is no port.
    dialled = {at for at in experience.dialled if at[1] != 0}
    here = {at for at in dialled if ipaddress.ip_address(at[0]).is_loopback}
    elsewhere = dialled - here
    unknown = {at for at in told.dialled if not _is_address(at[0])}
    faults = {bad.fault for bad in told.bad}
    refused = experience.message != "works" and not dialled
    if refused and (faults & _NOT_DIALLED or told.gaps):
        return None  # What is dialled when that is mended cannot be compared.
    # A client that fails over may dial one server and refuse the address of the next.
    ended = experience.message == "works" or experience.message.startswith("java.io.EOFException")
    if not ended and faults & _NOT_DIALLED and elsewhere < told.dialled:
        return None
    if told.dialled - unknown != elsewhere:
        return "other addresses"
    if unknown and not elsewhere and not any(host in experience.message for host, _ in unknown):
        return "a name that the client does not look up"
    if bool(here) != bool(faults & _THIS_MACHINE):
        return "loopback"
    if refused:
        return None if unknown else "a refusal that is no finding"
    if (ended and faults & _NOT_DIALLED and dialled == experience.dialled) or (told.gaps and not dialled):
        return "a finding that is no refusal"
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
