"""Which network ACLs does a flow cross, or may it cross?

There are four crossings: out of the vSwitch of the source, into that of the target, and both for
the reply. Traffic inside one vSwitch crosses no ACL. If no file says in which vSwitch an end is,
it may be in any whose blocks hold its address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.case.model import Case, VSwitch
from probes.addresses import Ranges, intersect, parse
from probes.frozen import frozen, replace
from probes.language import tr
from probes.rules.decision import Decision, Direction, Packet
from probes.rules.network_acl import Acl


@frozen
class End:
    """One end of a flow."""

    name: str
    """How the report calls it."""
    vswitches: tuple[str | None, ...]
    """The vSwitches in which it may be. None among them is a vSwitch that no file describes."""

    @property
    def is_known(self) -> bool:
        """Return True if a file says in which vSwitch it is."""
        return len(self.vswitches) == 1 and self.vswitches[0] is not None


@frozen
class AclHop:
    """One crossing of one ACL."""

    acl: Acl
    """The ACL."""
    direction: Direction
    """Direction of the packet, seen from the vSwitch."""
    packet: Packet
    """The request or the reply."""
    doubt: str
    """What says whether the flow crosses it at all. "" if it certainly does."""


def vswitches_of(case: Case, stated: str | None, ranges: Ranges) -> tuple[str | None, ...]:
    """Return the vSwitches in which an end may be.

    ranges: its addresses. () if they are not known.
    """
    if stated is not None:
        return (stated,)
    return (*(ident for ident, vswitch in case.vswitches.items() if _may_hold(vswitch, ranges)), None)


def hops(case: Case, acls: Mapping[str, Acl], source: End, target: End) -> Iterator[AclHop]:
    """Yield the crossings of a flow from one end to the other, each ACL once."""
    if source.vswitches == target.vswitches and source.is_known:
        return
    unknown = [end.name for end in (source, target) if not end.is_known]
    unplaced = tr("the vSwitch of {ends}", ends=", ".join(unknown)) if unknown else ""
    ways: tuple[tuple[End, Direction, Packet], ...] = (
        (source, "egress", "request"),
        (target, "ingress", "request"),
        (target, "egress", "reply"),
        (source, "ingress", "reply"),
    )
    for end, direction, packet in ways:
        for acl, doubt in _acls_of(case, acls, end):
            yield AclHop(acl, direction, packet, unplaced or doubt)


def untold(case: Case, source: End, target: End) -> Iterator[str]:
    """Yield the ends of a flow of which no file tells the network ACL. None inside one vSwitch.

    One that may be in a vSwitch by its address is taken to be there.
    """
    if source.vswitches == target.vswitches and source.is_known:
        return
    for end in (source, target):
        known = [case.vswitches.get(ident) for ident in end.vswitches if ident is not None]
        if not any(vswitch is not None and vswitch.acl is not None for vswitch in known):
            named = [ident for ident in end.vswitches if ident is not None]
            yield named[0] if len(named) == 1 else end.name


def doubted(decision: Decision, doubt: str) -> Decision | None:
    """Return the decision of an ACL that may not be crossed. None if it lets everything through.

    What it stops is unknown, because it stops nothing if the flow does not cross it.
    """
    if decision.verdict == "allowed":
        return None
    parts = tuple(
        part
        if part.verdict == "allowed"
        else replace(part, verdict="unknown", why=tr("{why}, if the flow crosses it", why=part.why))
        for part in decision.deciding
    )
    return replace(
        decision,
        verdict="unknown",
        denied=(),
        unknown=tuple(sorted((*decision.denied, *decision.unknown))),
        deciding=parts,
        missing=(*decision.missing, doubt),
    )


def _may_hold(vswitch: VSwitch, ranges: Ranges) -> bool:
    blocks = [parse(block) for block in (vswitch.cidr, vswitch.ipv6_cidr) if block]
    return not ranges or vswitch.cidr is None or bool(intersect(ranges, tuple(sorted(blocks))))


def _acls_of(case: Case, acls: Mapping[str, Acl], end: End) -> Iterator[tuple[Acl, str]]:
    """Yield the ACLs of the vSwitches of an end, and what says whether each filters it.

    An ACL without an export has no known rules. A vSwitch that no file describes may have any ACL
    that is bound to no known one.
    """
    idents: dict[str, str] = {}
    for ident in end.vswitches:
        if ident is None:
            bound = {vswitch.acl for vswitch in case.vswitches.values()}
            idents |= dict.fromkeys((acl for acl in acls if acl not in bound), "")
        elif (known := case.vswitches.get(ident)) is not None and known.acl:
            idents[known.acl] = known.acl_doubt
    for name, doubt in idents.items():
        yield acls.get(name, Acl(name)), doubt
