"""Why does no rule let this flow in? Finds the rule that was meant to, and how it misses.

Each function finds one way to miss, from the rules alone. `TESTS` goes from the most specific to
the least.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final

from diagnose.decisions.model import FORWARD, PROTOCOL
from diagnose.flows.components import find, owners
from diagnose.flows.spelling import is_mistyped_port
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import Ranges, contains, covers, intersect, parse, parse_address
from probes.files.krb5conf.mit import KDC_PORT
from probes.frozen import frozen, replace
from probes.regex import regex
from probes.rules.decision import Decision, Direction
from probes.rules.group_rule import TCP, UDP, Group, GroupRef, Rule, Unresolved
from probes.rules.security_group import is_membership_alone

MOST_DELIBERATE_PORTS = 16
"""A rule for at most so many ports was made for one service. A wider rule shows no intent."""

OTHER_UDP_SERVICES = frozenset({53, 67, 68, 123, 137, 138, 161, 162, 464, 500, 514, 4500})
"""DNS, DHCP, NTP, NetBIOS, SNMP, kpasswd, IPsec, syslog.

A rule for them was not meant for a KDC.
"""

SLIPS_OF_88 = frozenset({8, 78, 87, 89, 98, 188, 749, 750, 888, 8888})
"""Ports that are typed for 88: a neighbour on the keyboard, digits that are swapped, missing or
doubled, or another port of Kerberos.

749 is kadmind, 750 the KDC of Kerberos 4 (the default kdc_ports of older MIT releases is 88,750).
"""

_FOR_KERBEROS: Final = regex(r"(?i)\bkdc|kerberos|krb5?|dataworks")
"""Description of a rule that was made for the KDC: nothing else of the cluster takes UDP."""


@frozen
class Miss:
    """How the rules miss one flow."""

    code: str
    """Code of the catalogue."""
    key: tuple[str, ...]
    """Equal for flows that one repair cures."""
    rules: tuple[Rule, ...] = ()
    """The rules that were meant or perhaps meant, or that stand in the way."""


@frozen
class NeededRule:
    """The rule that one denied flow needs, taken apart once for all tests."""

    scene: Scene
    """Where the flow comes from."""
    outcome: Outcome
    """The denied flow."""
    decision: Decision
    """What the groups of the target decided inbound."""
    groups: tuple[Group, ...]
    """The groups of the target."""
    protocol: int
    """IP protocol number."""
    port: int
    """Destination port. The first denied one of a range."""
    hole: Ranges
    """Source addresses that are denied."""
    accepts: tuple[Rule, ...]
    """Inbound accepts of the groups."""
    fitting: tuple[Rule, ...]
    """Accepts of the groups for the protocol and the port, in both directions."""

    @property
    def is_kdc(self) -> bool:
        return self.outcome.flow.area == "kerberos"

    def fitting_of(self, direction: Direction) -> Iterator[Rule]:
        """Yield the accepts of one direction for the protocol and the port."""
        return (rule for rule in self.fitting if rule.direction == direction)


class Misses:
    """How the rules of one scene miss its flows.

    Flows that no test tells apart share the answer, so many nodes cost little more than one.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._found: dict[Hashable, Miss] = {}
        self._decisions: list[Decision] = []  # keeps each decision, whose id stands for it

    def of(self, outcome: Outcome, decision: Decision) -> Miss:
        """Return how the inbound rules of the target's groups miss this flow."""
        flow = outcome.flow
        key = (*_key_of(outcome, decision), flow.area, flow.component)
        if key not in self._found:
            self._decisions.append(decision)
            self._found[key] = _miss(self._scene, outcome, decision)
        return self._found[key]

    def unresolved(self, outcome: Outcome, decision: Decision) -> Miss:
        """Return what is not known of the rules that may stop this flow."""
        key = _key_of(outcome, decision)
        if key not in self._found:
            self._decisions.append(decision)
            self._found[key] = _unresolved(self._scene, outcome, decision)
        return self._found[key]


def depends_on_other_flows(scene: Scene) -> bool:
    """Return True if the outcomes of other flows tell how the rules miss a flow.

    They do for an enterprise group.
    """
    return any(group.kind == "enterprise" for group in scene.model.groups.values())


def _key_of(outcome: Outcome, decision: Decision) -> tuple[Hashable, ...]:
    """Return what is equal for flows that the rules treat alike.

    Flows that no layer tells apart share their decision.
    """
    return id(decision), outcome.flow.endpoint.transport, outcome.flow.ports


def _unresolved(scene: Scene, outcome: Outcome, decision: Decision) -> Miss:
    groups = [scene.model.group(ident) for ident in decision.at]
    end = outcome.flow.endpoint
    by_group = meant_by_group(scene, groups, PROTOCOL[end.transport], end.port)
    only_membership = by_group and is_membership_alone(decision.missing, groups, FORWARD)
    if only_membership and decision.direction == "ingress":
        return _let_in_by_group(by_group)
    return Miss("SG-UNRESOLVED", ("group", decision.direction, *decision.at))


def _miss(scene: Scene, outcome: Outcome, decision: Decision) -> Miss:
    groups = tuple(scene.model.group(ident) for ident in decision.at)
    protocol, port = PROTOCOL[outcome.flow.endpoint.transport], scene.model.first_denied(outcome.flow, decision)
    accepts = tuple(rule for group in groups for rule in group.rules if rule.accept)
    needed = NeededRule(
        scene,
        outcome,
        decision,
        groups,
        protocol,
        port,
        decision.denied,
        tuple(rule for rule in accepts if rule.direction == "ingress"),
        tuple(rule for rule in accepts if _is_for(rule, protocol, port)),
    )
    for test in TESTS:
        found = test(needed)
        if found is not None:
            return found
    return _no_rule(needed)


def _shadowed(needed: NeededRule) -> Miss | None:
    """Find a drop that decides, if an accept would decide without it."""
    drops = needed.scene.model.denying(needed.decision)
    if not drops:
        return None
    removed = {
        group.id: replace(group, rules=tuple(rule for rule in group.rules if rule.accept or not _meets(rule, needed)))
        for group in needed.groups
    }
    without = needed.scene.model.with_groups({**needed.scene.model.groups, **removed})
    after = next(
        d for d in without.decisions(needed.outcome.flow) if d.direction == "ingress" and d.layer == "security-group"
    )
    if not intersect(after.allowed, needed.hole):
        return None
    return Miss(
        "SG-SHADOWED",
        tuple(rule.id for rule in drops),
        (*drops, *(r for r in needed.fitting_of("ingress") if _touches(r, needed))),
    )


def _partial(needed: NeededRule) -> Miss | None:
    """Find a source that is too small: a part of the vSwitch is let in, and a part is not."""
    if not needed.decision.allowed:
        return None
    rules = tuple(rule for rule in needed.fitting_of("ingress") if _touches_ranges(rule, needed.decision.allowed))
    return Miss("SG-SOURCE", ("partial", *map(str, needed.decision.denied)), rules)


def _enterprise(needed: NeededRule) -> Miss | None:
    """Find an enterprise group with no rule that lets the resource group in."""
    group = next((group for group in needed.groups if group.kind == "enterprise"), None)
    if group is None:
        return None
    inbound = (other.decision("ingress") for other in needed.scene.outcomes if other.flow.need == "required")
    let_in = any(each is not None and each.at == needed.decision.at and each.allowed for each in inbound)
    return None if let_in else Miss("SG-ENTERPRISE", (group.id,))


def _direction(needed: NeededRule) -> Miss | None:
    """Find a rule with the vSwitch as its destination, or an outbound rule."""
    dead = [
        rule
        for rule in needed.fitting_of("ingress")
        if _ranges_meet(rule.dest, needed.hole) and not _holds_target(rule, needed)
    ]
    dead += [
        rule
        for rule in needed.fitting_of("egress")
        if _is_deliberate(rule) and (_ranges_meet(rule.dest, needed.hole) or _ranges_meet(rule.source, needed.hole))
    ]
    return Miss("SG-DIRECTION", tuple(sorted({rule.direction for rule in dead})), tuple(dead)) if dead else None


def _group_reference(needed: NeededRule) -> Miss | None:
    """Find a rule that was meant for this port and lets in a security group, which the resource
    group's interfaces are not in."""
    rules = meant_by_group(needed.scene, needed.groups, needed.protocol, needed.port)
    return _let_in_by_group(rules) if rules else None


def _let_in_by_group(rules: tuple[Rule, ...]) -> Miss:
    """Return the miss of rules that let in the members of groups. Rules for the same groups are one
    fault."""
    named = {rule.source.group for rule in rules if isinstance(rule.source, GroupRef)}
    return Miss("SG-GROUPREF", tuple(sorted(named)), rules)


def meant_by_group(scene: Scene, groups: Iterable[Group], protocol: int, port: int) -> tuple[Rule, ...]:
    """Return the inbound accepts with a group as source that could have been meant for this port.

    - A rule for the cluster's own groups lets its nodes talk to each other.
    - A rule for all protocols or many ports was not made for one service.
    - An enterprise group takes no group in a rule.
    """
    own = scene.node_groups | {group.id for group in groups} | {scene.case.cluster.security_group or ""}
    return tuple(
        rule
        for group in groups
        if group.kind != "enterprise"
        for rule in group.rules
        if rule.accept
        and rule.direction == "ingress"
        and isinstance(rule.source, GroupRef)
        and rule.source.group not in own
        and rule.protocol == protocol
        and _is_deliberate(rule)
        and not isinstance(rule.ports, Unresolved)
        and contains(rule.ports, port)
    )


def _other_source(needed: NeededRule) -> Miss | None:
    """Find a rule for this port with another source range, which is not the cluster's own."""
    own = needed.scene.cluster
    rules = tuple(
        rule
        for rule in needed.fitting_of("ingress")
        if rule.protocol is not None
        and _is_deliberate(rule)
        and rule.dest is None
        and isinstance(rule.source, tuple)
        and not intersect(rule.source, own)
    )
    return Miss("SG-SOURCE", ("elsewhere", *sorted({str(rule.source) for rule in rules})), rules) if rules else None


def _kdc_port(needed: NeededRule) -> Miss | None:
    """Find a rule for the vSwitch that opens another port than the one in krb5.conf."""
    if not needed.is_kdc:
        return None
    taken = {o.flow.endpoint.port for o in needed.scene.outcomes if o.flow.area != "kerberos"}
    rules = tuple(
        rule
        for rule in needed.accepts
        if rule.protocol == needed.protocol
        and _is_deliberate(rule)
        and _covers_hole(rule, needed)
        and _meant_for_kdc(rule, needed, taken)
    )
    return Miss("SG-KDC-PORT", ("port", str(needed.port)), rules) if rules else None


def _meant_for_kdc(rule: Rule, needed: NeededRule, taken: set[int]) -> bool:
    """Return True for port 88 if krb5.conf says another.

    If it says 88, return True for a free UDP port that is a slip of 88, or of a rule whose
    description names Kerberos. Any other rule has its own purpose.
    """
    if isinstance(rule.ports, Unresolved):
        return False
    if needed.port != KDC_PORT:
        return contains(rule.ports, KDC_PORT) and not contains(rule.ports, needed.port)
    opened = {port for low, high in rule.ports for port in range(low, high + 1)}
    if needed.protocol != UDP or opened & (OTHER_UDP_SERVICES | taken | {KDC_PORT}):
        return False
    return opened <= SLIPS_OF_88 or _FOR_KERBEROS.search(rule.description) is not None


def _wrong_protocol(needed: NeededRule) -> Miss | None:
    """Find a rule that opens the port to the vSwitch for another protocol.

    For a KDC a TCP rule is no slip, since TCP is needed as well, unless its own description says
    that it was meant to be UDP.
    """

    def slipped(rule: Rule) -> bool:
        if not needed.is_kdc:
            return rule.protocol == UDP
        return needed.protocol == UDP and rule.protocol == TCP and "udp" in rule.description.lower()

    rules = tuple(
        rule
        for rule in needed.accepts
        if slipped(rule)
        and _is_deliberate(rule)
        and not isinstance(rule.ports, Unresolved)
        and contains(rule.ports, needed.port)
        and _covers_hole(rule, needed)
    )
    return Miss("SG-PROTO", ("protocol",), rules) if rules else None


def _wrong_group(needed: NeededRule) -> Miss | None:
    """Find a rule in a group that is not on the target's interface.

    That group is not on the interface of any target of the same service.
    """
    end = needed.outcome.flow.endpoint
    at_work = needed.scene.groups_of.get((end.port, end.transport), ())
    rules = tuple(
        rule
        for ident, group in needed.scene.model.groups.items()
        if ident not in at_work
        for rule in group.rules
        if rule.accept
        and rule.direction == "ingress"
        and _meets(rule, needed)
        and _covers_hole(rule, needed)
        and (
            _is_deliberate(rule)
            or covers(needed.outcome.flow.sources, rule.source if isinstance(rule.source, tuple) else ())
        )
    )
    return Miss("SG-WRONG-GROUP", tuple(sorted({rule.group for rule in rules})), rules) if rules else None


TESTS: tuple[Callable[[NeededRule], Miss | None], ...] = (
    _shadowed,
    _partial,
    _enterprise,
    _direction,
    _group_reference,
    _kdc_port,
    _wrong_protocol,
    _wrong_group,
    _other_source,
)


def _no_rule(needed: NeededRule) -> Miss:
    return Miss(code_without_a_rule(needed.outcome), ("none",), () if needed.is_kdc else tuple(_perhaps_meant(needed)))


def _perhaps_meant(needed: NeededRule) -> Iterator[Rule]:
    """Yield the rules for the vSwitch that were perhaps meant for this port.

    They open nearly this port, and no port of another service. Or they open the port that the
    service has in another release.
    """
    component = find(needed.outcome.flow.component)
    elsewhere = () if component is None else component.ports.values()
    taken = {o.flow.endpoint.port for o in needed.scene.outcomes if o.flow.component != needed.outcome.flow.component}
    for rule in needed.accepts:
        port = only_port(rule)
        if port is None or port in taken or rule.protocol != needed.protocol or not _covers_hole(rule, needed):
            continue
        if port in elsewhere or (is_mistyped_port(port, needed.port) and not owners(port)):
            yield rule


def only_port(rule: Rule) -> int | None:
    """Return the port of a rule for one port. None if it is for more."""
    spans = () if isinstance(rule.ports, Unresolved) else rule.ports
    return spans[0][0] if len(spans) == 1 and spans[0][0] == spans[0][1] else None


def code_without_a_rule(outcome: Outcome) -> str:
    """Return the code of a rule that was never made. It depends on the service.

    Both transports of a KDC have one code here. Which of them lack the rule is seen later.
    """
    if outcome.flow.area == "kerberos":
        return "SG-KDC-UDP"
    return "SG-DATANODE" if outcome.flow.component == "datanode-transfer" else "SG-SVC"


def _meets(rule: Rule, needed: NeededRule) -> bool:
    """Return True if the protocol and the port of the rule are those that are needed."""
    return _is_for(rule, needed.protocol, needed.port)


def _is_for(rule: Rule, protocol: int, port: int) -> bool:
    return rule.protocol in (None, protocol) and not isinstance(rule.ports, Unresolved) and contains(rule.ports, port)


def _touches(rule: Rule, needed: NeededRule) -> bool:
    return _touches_ranges(rule, needed.hole)


def _touches_ranges(rule: Rule, ranges: Ranges) -> bool:
    return not isinstance(rule.source, tuple) or bool(intersect(rule.source, ranges))


def _covers_hole(rule: Rule, needed: NeededRule) -> bool:
    """Return True if the rule names all denied sources, and no destination."""
    return isinstance(rule.source, tuple) and rule.dest is None and covers(rule.source, needed.hole)


def _ranges_meet(party: object, ranges: Ranges) -> bool:
    """Return True if this end of a rule names addresses among these.

    A rule for everywhere names nothing in particular.
    """
    return isinstance(party, tuple) and party != (parse("0.0.0.0/0"),) and bool(intersect(party, ranges))


def _holds_target(rule: Rule, needed: NeededRule) -> bool:
    """Return True if the destination of the rule holds the address of the target."""
    address = needed.outcome.flow.endpoint.address
    return address is not None and isinstance(rule.dest, tuple) and contains(rule.dest, parse_address(address))


def _is_deliberate(rule: Rule) -> bool:
    """Return True if the rule is for so few ports that it was made for one service."""
    return (
        not isinstance(rule.ports, Unresolved)
        and sum(high - low + 1 for low, high in rule.ports) <= MOST_DELIBERATE_PORTS
    )
