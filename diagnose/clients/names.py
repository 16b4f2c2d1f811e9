"""Which families ask the KDC for a service that does not exist, because of what the resolver makes of the service's host?

The same faults as in `findings.service_names`, which knows the name that each family makes; here is what its user then reads. What Java and kvno say was met with
OpenJDK 17, krb5 1.20 and their KDC; Hadoop's text is of SaslRpcClient, which compares names before it asks the KDC for anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from diagnose.clients import jdk, mit
from diagnose.clients.model import FAMILIES, Ending, Family
from diagnose.findings.model import CERTAINTY, Blame
from diagnose.findings.names import service_principals
from diagnose.findings.names.name_fault import NameFault
from diagnose.scene import name_notes
from diagnose.scene.scene import Scene

NO_SERVER: Final = "Server not found in Kerberos database (7) - LOOKING_UP_SERVER"

_FROM_THE_PROGRAM: Final[tuple[Family, ...]] = ("gokrb5", "heimdal")
"""The library takes the name that the program gives it, and programs differ."""


def spoilt(scene: Scene, realm: str) -> Mapping[Family, Ending]:
    """How a service ticket ends for the families whose name for some service is wrong; the surest fault counts."""
    found: dict[Family, Ending] = {}
    for blame in sorted(service_principals.blames(scene), key=_order):
        for family, ending in _endings(blame, realm):
            found.setdefault(family, ending)
    return found


def _order(blame: Blame) -> tuple[bool, int, bool]:
    """What tasks need before what they may need, the surest first, and what the KDC says before what Hadoop says in its place."""
    return (
        blame.flow.need != "required",
        -CERTAINTY.index(blame.confidence),
        blame.flow.area not in name_notes.SQL_AREAS,
    )


def _endings(blame: Blame, realm: str) -> Iterator[tuple[Family, Ending]]:
    fault = blame.key
    if not isinstance(fault, NameFault):
        return
    asks = dict(fault.asks)
    for family in FAMILIES:
        name = asks.get(family)
        if name is None and (family not in _FROM_THE_PROGRAM or blame.mild):
            continue
        if name is None:
            yield family, Ending("unknown", None, None, f"which name it asks for at {fault.host} is up to the program")
            continue
        why = f"for {fault.host} it asks for {name}, which is not the service's name"
        if blame.confidence == "inferred":
            yield family, Ending("unknown", None, None, f"{why}, if the look-ups here hold where the tasks run")
        elif family == "mit":
            yield family, mit.failed(f"Server …/{name}@{realm} not found in Kerberos database", 0.0, "tgs", why)
        elif blame.flow.area in name_notes.RPC_AREAS:
            right = fault.right or "…"
            text = f"Server has invalid Kerberos principal: …/{right}@{realm}, expecting: …/{name}@{realm}"
            yield family, Ending("no", 0.0, f"java.lang.IllegalArgumentException: {text}", why)
        else:
            yield family, jdk.failed(NO_SERVER, 0.0, "tgs", why)
