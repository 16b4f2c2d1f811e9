"""From the texts of a case to what they say of each flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diagnose.case.model import Skipped, Text
from diagnose.decisions.model import PROTOCOL, Model
from diagnose.scene.node_records.machines import Machines, machine_of, machines
from diagnose.scene.node_records.model import READ, FarSide, Filtered, Line, Listening, Records
from diagnose.scene.node_records.requests import heard
from diagnose.scene.outcome import Outcome
from probes.addresses import Ranges, contains, parse_address
from probes.files.host_firewall import Firewall, Packet, Ruling, read_firewall
from probes.files.kdc_log import KdcLog, read_kdc_log
from probes.files.ss import HALF_OPEN, Listener, Sockets, read_sockets

KDC_LOG, SOCKETS, FIREWALL = READ

LIKE_A_CLOSED_PORT = ("tcp-reset", "tcp reset", "port-unreach")
"""How a reject is written that a client cannot tell from a port on which nothing listens."""

NAME_IT = "the node's name in the file's name or directory, for instance master-1-1/ss.txt"


Record = KdcLog | Sockets | Firewall


def gather(model: Model, outcomes: Sequence[Outcome], cluster: Ranges) -> Records:
    """Of every flow whose machine some record is from. cluster: addresses of the nodes and their vSwitches."""
    texts = [text for text in model.case.texts if text.kind in READ]
    known = machines(model, outcomes)
    held: dict[str, list[Record]] = {}
    skipped: list[Skipped] = []
    for text in texts:
        record, place = _read(text, known)
        if record is None:
            needs = "iptables-save, iptables -vnL or nft list ruleset"
            skipped.append(Skipped(text.file, "none of the formats that are read", needs))
        elif place is None:
            cause = "neither its name nor its content says which machine it is from"
            skipped.append(Skipped(text.file, cause, NAME_IT))
        else:
            held.setdefault(place, []).append(record)
    by_flow: dict[str, FarSide] = {}
    for outcome in outcomes:
        if of_machine := held.get(machine_of(model, outcome)):
            by_flow[outcome.flow.id] = _far_side(of_machine, model, outcomes, outcome, cluster)
    return Records(by_flow, tuple(skipped))


def _read(text: Text, known: Machines) -> tuple[Record | None, str | None]:
    """The record, None where its format is not known; and the machine that it is from, None where that cannot be told."""
    named = known.of_path(text.file)
    if text.kind == KDC_LOG:
        log = read_kdc_log(text.file, text.text)
        return log, named or known.of_host(log.host) or known.of_addresses(log.listening) or known.only_kdc()
    if text.kind == SOCKETS:
        sockets = read_sockets(text.file, text.text)
        own = {one.address for one in sockets.listeners if not one.is_wildcard and not one.is_loopback}
        own |= {one.local[0] for one in sockets.connections}
        # Addresses that nobody in the case has are those of some other machine, for instance of the one that the check ran on.
        return sockets, named or (known.of_addresses(own) if own else known.only())
    return read_firewall(text.file, text.text), named or known.only()


def _other_transport(model: Model, outcomes: Sequence[Outcome], outcome: Outcome) -> Outcome | None:
    end, machine = outcome.flow.endpoint, machine_of(model, outcome)
    for other in outcomes:
        there = other.flow.endpoint
        if there.port == end.port and there.transport != end.transport and machine_of(model, other) == machine:
            return other
    return None


def _far_side(
    held: Sequence[Record], model: Model, outcomes: Sequence[Outcome], outcome: Outcome, cluster: Ranges
) -> FarSide:
    far = FarSide()
    for sockets in (one for one in held if isinstance(one, Sockets)):
        far = _of_sockets(far, sockets, outcome)
    far = _of_firewalls(far, [one for one in held if isinstance(one, Firewall)], outcome)
    flow = outcome.flow
    if flow.area != "kerberos" or flow.endpoint.transport != "udp":
        return far
    over_tcp = _questions_over_tcp(_other_transport(model, outcomes, outcome))
    for log in (one for one in held if isinstance(one, KdcLog)):
        told = heard(log, flow.sources, cluster, flow.realm, silent=outcome.silent, over_tcp=over_tcp)
        if told.lines:
            far = replace(far, arrived=told.arrived, translated=told.translated, lines=(*far.lines, *told.lines))
    return far


def _questions_over_tcp(other: Outcome | None) -> int:
    """A check asks over both transports; only a handshake that did not come about leaves no question over TCP. Where the sizes of packets were looked at, a small
    question came before the large one (`probes.path.large_exchanges`)."""
    if other is not None and other.observed is not None and other.observed.state != "open":
        return 0
    return 1 if other is None else 1 + any("mtu" in seen.detail for seen in other.observations)


def _of_sockets(far: FarSide, sockets: Sockets, outcome: Outcome) -> FarSide:
    end = outcome.flow.endpoint
    lines = list(far.lines)
    for one in sockets.connections:
        half = one.state == HALF_OPEN and end.transport == "tcp" and one.local[1] == end.port
        if half and _in(one.peer[0], outcome.flow.sources):
            said = f"SYN-RECV from {one.peer[0]}: its request arrived, and the answer was not confirmed"
            far = replace(far, arrived="yes")
            lines.append(Line("arrived", one.origin, said))
            break
    listening = _listening(sockets, outcome)
    if listening is not None and far.listening != "yes":
        far = replace(far, listening=listening[0])
        lines += listening[1]
    return replace(far, lines=tuple(lines))


def _listening(sockets: Sockets, outcome: Outcome) -> tuple[Listening, list[Line]] | None:
    """None where the text shows no listener of this transport at all: it was not asked for them."""
    end = outcome.flow.endpoint
    same = [one for one in sockets.listeners if one.transport == end.transport]
    here = [one for one in same if one.port == end.port]
    if not same:
        return None
    said = [Line("listening", one.origin, f"{end.transport} {_shown(one)} is listened on") for one in here]
    if any(one.accepts(end.address) for one in here):
        return "yes", said[:1]
    if any(not one.is_loopback for one in here):
        # Without an address of the target it cannot be told whether it is this one.
        return ("elsewhere" if end.address else "unknown"), said[:2]
    return ("loopback", said[:1]) if here else ("no", [])


def _shown(one: Listener) -> str:
    return f"[{one.address}]:{one.port}" if ":" in one.address else f"{one.address}:{one.port}"


def _of_firewalls(far: FarSide, firewalls: Sequence[Firewall], outcome: Outcome) -> FarSide:
    """Of several texts, as of iptables and of nft, each has to let the packet in."""
    found = [_one_ruling(firewall, outcome) for firewall in firewalls]
    stopping = next((ruling for ruling in found if ruling.rule is not None), None)
    if stopping is not None and stopping.rule is not None:
        rule = stopping.rule
        count = "" if rule.packets is None else f", {rule.packets} packets so far"
        line = Line("filtered", rule.origin, f"{rule.text}{count}")
        return replace(far, filtered=_filtered(stopping), lines=(*far.lines, line))
    accepted = bool(found) and all(ruling.verdict == "accept" for ruling in found)
    return replace(far, filtered="accept" if accepted else "unknown")


def _one_ruling(firewall: Firewall, outcome: Outcome) -> Ruling:
    """Of all addresses that packets may come from; unknown where it differs by address."""
    rulings = [firewall.decide(packet) for packet in _packets(outcome)]
    same = len({ruling.verdict for ruling in rulings}) == 1
    return rulings[0] if same else Ruling("unknown")


def _packets(outcome: Outcome) -> list[Packet]:
    """From the address that sent, else from the ends of the vSwitch's blocks."""
    end, seen = outcome.flow.endpoint, outcome.observed
    target = parse_address(end.address) if end.address else None
    if seen is not None and seen.source is not None and outcome.from_inside:
        places = [parse_address(seen.source)]
    else:
        places = [place for block in outcome.flow.sources for place in block]
    return [Packet(place, target, PROTOCOL[end.transport], end.port) for place in places]


def _filtered(ruling: Ruling) -> Filtered:
    rule = ruling.rule
    if rule is None:
        return "unknown"
    if ruling.verdict == "drop":
        return "idle drop" if rule.packets == 0 else "drop"
    return "reset" if any(word in rule.reject_with for word in LIKE_A_CLOSED_PORT) else "prohibit"


def _in(address: str, ranges: Ranges) -> bool:
    return address != "*" and contains(ranges, parse_address(address))
