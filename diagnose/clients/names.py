"""Which client families ask the KDC for a service that does not exist, because of a resolved name?

The faults come from `findings.names.service_principals`, which knows the principal that each family
asks for. This module gives the message that its user reads. The messages of Java and kvno were
measured with OpenJDK 17, krb5 1.20 and their KDC. Hadoop's message is that of SaslRpcClient, which
compares names before it asks the KDC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from diagnose.clients import jdk, mit
from diagnose.clients.model import FAMILIES, Ending, Family, unknown
from diagnose.findings.model import CERTAINTY, Blame
from diagnose.findings.names import service_principals
from diagnose.scene import name_notes
from diagnose.scene.scene import Scene
from probes.language import tr

NO_SERVER: Final = "Server not found in Kerberos database (7) - LOOKING_UP_SERVER"

_FROM_THE_PROGRAM: Final[tuple[Family, ...]] = ("gokrb5", "heimdal")
"""Families that take the name which the program gives. Programs differ."""


def ticket_faults(scene: Scene, realm: str) -> Mapping[Family, Ending]:
    """Return the ending of a service ticket, for families that ask for a wrong principal.

    If a family has several faults, the surest one counts.
    """
    by_family: dict[Family, Ending] = {}
    for blame in sorted(service_principals.blames(scene), key=_order):
        for family, ending in _endings(blame, realm):
            by_family.setdefault(family, ending)
    return by_family


def _order(blame: Blame) -> tuple[int, bool]:
    """Return the sort key of a blame: the surest first.

    What the KDC answers comes before what Hadoop reports in its place.
    """
    return -CERTAINTY.index(blame.confidence), blame.flow.area not in name_notes.SQL_AREAS


def _endings(blame: Blame, realm: str) -> Iterator[tuple[Family, Ending]]:
    fault = blame.name
    if fault is None:
        return
    asks = dict(fault.asks)
    for family in FAMILIES:
        name = asks.get(family)
        if name is None and (family not in _FROM_THE_PROGRAM or blame.mild):
            continue
        if name is None:
            yield family, unknown(tr("which name it asks for at {host} is up to the program", host=fault.host))
            continue
        why = tr("for {host} it asks for {name}, which is not the service's name", host=fault.host, name=name)
        if blame.confidence == "inferred":
            yield family, unknown(tr("{why}, if the tasks get the same look-ups as this host", why=why))
        elif family == "mit":
            yield family, mit.failed(f"Server …/{name}@{realm} not found in Kerberos database", 0.0, "tgs", why)
        elif blame.flow.area in name_notes.RPC_AREAS:
            right = fault.right or "…"
            text = f"Server has invalid Kerberos principal: …/{right}@{realm}, expecting: …/{name}@{realm}"
            yield family, Ending("no", 0.0, f"java.lang.IllegalArgumentException: {text}", why)
        else:
            yield family, jdk.failed(NO_SERVER, 0.0, "tgs", why)
