"""What do the texts of a case show of each flow?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diagnose.case.model import Skipped, Text
from diagnose.decisions.model import PROTOCOL, Model
from diagnose.scene.node_records.kdc_down import down_by_log, refused_conf
from diagnose.scene.node_records.kdc_listeners import KDC_CONF, says
from diagnose.scene.node_records.machines import Machines, machine_of, machines
from diagnose.scene.node_records.model import READ, FarSide, Filtered, Listening, RecordLine, Records, StrayAnswer
from diagnose.scene.node_records.requests import trace_requests
from diagnose.scene.node_records.stray_answers import AnswerRoutes, read_links
from diagnose.scene.outcome import Outcome
from probes.addresses import Ranges, cidrs, contains, parse, parse_address
from probes.files.host_firewall import Firewall, Packet, Ruling, no_rules, read_firewall
from probes.files.host_routes import HostRoute, PolicyRule, read_routes, read_rules
from probes.files.kdc_log import KdcLog, read_kdc_log
from probes.files.ss import HALF_OPEN, Listener, Sockets, read_sockets
from probes.frozen import frozen, replace
from probes.language import marked, tr
from probes.regex import regex

KDC_LOG, SOCKETS, FIREWALL, ROUTES, RULES, _ = READ
ADDRESSES = "addresses.txt"
"""Kind of the output of `ip addr`, which says whose the records of the same host are."""

_ADDRESS = regex(r"^\s+inet6? ([0-9a-fA-F.:]+)", re.MULTILINE)

LIKE_A_CLOSED_PORT = ("tcp-reset", "tcp reset", "port-unreach")
"""Spellings of a reject that a client cannot distinguish from a closed port."""

HOW_TO_NAME = marked("the node's name in the file's name or directory, for instance master-1-1/ss.txt")


@frozen
class RouteLists:
    """Routes or policy rules of one file."""

    routes: tuple[HostRoute, ...] = ()
    """Its routes."""
    rules: tuple[PolicyRule, ...] = ()
    """Its rules."""


Record = KdcLog | Sockets | Firewall | RouteLists | Text
"""A kdc.conf stays a text, because each realm of it is read for itself."""


def gather(model: Model, outcomes: Sequence[Outcome], cluster: Ranges) -> Records:
    """Return what the records show of every flow to a machine that has a record.

    `cluster`: addresses of the nodes and their vSwitches.
    """
    texts = [text for text in model.case.texts if text.kind in READ]
    known = machines(model, outcomes)
    by_machine: dict[str, list[Record]] = {}
    skipped: list[Skipped] = []
    by_addresses = _by_addresses(model.case.texts, known)
    for text in texts:
        record, machine = _read(text, known)
        machine = machine or by_addresses.get(_host_of(text.file))
        if record is None:
            needs = tr("iptables-save, iptables -vnL or nft list ruleset")
            skipped.append(Skipped(text.file, tr("none of the formats that are read"), needs))
        elif machine is None:
            cause = tr("neither its name nor its content says which machine it is from")
            skipped.append(Skipped(text.file, cause, tr(HOW_TO_NAME)))
        else:
            by_machine.setdefault(machine, []).append(record)
            if isinstance(record, Sockets) and record.has_names:
                cause = tr("it has names in place of numbers, so not every listener of it is known")
                skipped.append(Skipped(text.file, cause, tr("ss -tunlp, with -n")))
            elif isinstance(record, Firewall) and (doubt := _not_known(record, model, outcomes, machine)):
                needs = tr("a connection from the resource group: check without --offline")
                skipped.append(Skipped(text.file, doubt, needs))
    routing = _routing(by_machine, model.case.texts, known)
    by_flow: dict[str, FarSide] = {}
    for outcome in outcomes:
        if outcome.flow.during_jobs:
            continue  # a record shows it only if it was made during a job
        if machine_records := by_machine.get(machine_of(model, outcome)):
            far = _far_side(machine_records, model, outcomes, outcome, cluster)
            routes = routing.get(machine_of(model, outcome))
            by_flow[outcome.flow.id] = _with_routes(far, routes, outcome, _home(model, outcome))
    return Records(by_flow, tuple(skipped))


def _routing(
    by_machine: Mapping[str, Sequence[Record]], texts: Sequence[Text], known: Machines
) -> dict[str, AnswerRoutes]:
    """Return machine -> its routes, for every machine that has a list of them."""
    links = {machine: read_links(text.text) for text in texts if (machine := _machine_of_addresses(text, known))}
    found: dict[str, AnswerRoutes] = {}
    for machine, machine_records in by_machine.items():
        lists = [record for record in machine_records if isinstance(record, RouteLists)]
        routes = [route for each in lists for route in each.routes]
        rules = [rule for each in lists for rule in each.rules]
        if routes:
            found[machine] = AnswerRoutes(routes, rules or None, links.get(machine))
    return found


def _machine_of_addresses(text: Text, known: Machines) -> str | None:
    """Return the machine whose addresses a text lists. None for every other text."""
    if text.kind != ADDRESSES:
        return None
    return known.of_path(text.file) or known.of_addresses(_ADDRESS.findall(text.text))


def _home(model: Model, outcome: Outcome) -> Ranges:
    """Return the block of the vSwitch of the target. () if it is not known."""
    node = model.node(outcome.flow)
    known = model.case.vswitches.get(node.vswitch) if node is not None and node.vswitch else None
    return (parse(known.cidr),) if known is not None and known.cidr else ()


def _with_routes(far: FarSide, routes: AnswerRoutes | None, outcome: Outcome, home: Ranges) -> FarSide:
    """Add the answers that the routes of the host lead astray."""
    dialled = outcome.flow.endpoint.address
    if routes is None or dialled is None:
        return far
    stray = routes.stray(outcome.flow.sources, dialled, home)
    lines = [RecordLine("stray", each.origin, _led_astray(each)) for each in stray]
    return replace(far, stray=stray, lines=(*far.lines, *lines))


def _led_astray(answer: StrayAnswer) -> str:
    (network,) = cidrs((answer.network,))
    if answer.fate == "no-route":
        return tr("no route leads to {sources}", sources=", ".join(cidrs(answer.sources)))
    if answer.fate == "refused":
        return tr("{network} is {action}", network=network, action=answer.action)
    if answer.has_carrier:
        return tr("the route to {network} leads to {device}", network=network, device=answer.device)
    return tr("the route to {network} leads to {device}, which is down", network=network, device=answer.device)


def _not_known(firewall: Firewall, model: Model, outcomes: Sequence[Outcome], machine: str) -> str | None:
    """Return what is not known of the firewall. None if it decides on every flow to the machine."""
    asked = {
        f"{outcome.flow.endpoint.transport.upper()} {outcome.flow.endpoint.port}": _packets(outcome)
        for outcome in outcomes
        if machine_of(model, outcome) == machine
    }
    mine = {port: packets for port, packets in asked.items() if firewall.inputs and any(map(firewall.is_for, packets))}
    unknown = [port for port, packets in mine.items() if _common_ruling(firewall, packets).verdict == "unknown"]
    if not unknown:
        return None
    if len(unknown) == len(mine):
        return tr("it has rules that are not understood, so what it lets in is not known")
    return tr("it does not tell whether {ports} gets through", ports=", ".join(unknown))


def _by_addresses(texts: Sequence[Text], known: Machines) -> dict[str, str]:
    """Return host, as file names have it -> machine whose address a listing of that host shows."""
    found: dict[str, str] = {}
    for text in texts:
        machine = known.of_addresses(_ADDRESS.findall(text.text)) if text.kind == ADDRESSES else None
        if machine is not None:
            found[_host_of(text.file)] = machine
    found.pop("", None)  # neither name nor directory: they need not be of one host
    return found


def _host_of(path: str) -> str:
    """Return the host that the name of a record has: master-1-1 of ss-master-1-1.txt."""
    directory, _, name = path.rpartition("/")
    host = name.partition("-")[2].rpartition(".")[0]
    return f"{directory}/{host}" if directory or host else ""


def _read(text: Text, known: Machines) -> tuple[Record | None, str | None]:
    """Return the record and its machine. None for an unknown format, and for an unknown machine."""
    named = known.of_path(text.file)
    if text.kind == KDC_LOG:
        log = read_kdc_log(text.file, text.text)
        return log, named or known.of_host(log.host) or known.of_addresses(log.listening) or known.only_kdc()
    if text.kind == SOCKETS:
        sockets = read_sockets(text.file, text.text)
        own = {one.address for one in sockets.listeners if not one.is_wildcard and not one.is_loopback}
        own |= {one.local[0] for one in sockets.connections}
        # Addresses that no machine of the case has belong to another machine, for example to the
        # one that the check ran on.
        return sockets, named or (known.of_addresses(own) if own else known.only())
    if text.kind == KDC_CONF:
        return text, named or known.only_kdc()
    if text.kind in (ROUTES, RULES):
        routes = read_routes(text.file, text.text) if text.kind == ROUTES else ()
        rules = read_rules(text.file, text.text) if text.kind == RULES else ()
        of_routes = [route.source for route in routes if route.source and route.gateway is None]
        return RouteLists(routes, rules), named or known.of_addresses(of_routes)
    is_empty = text.is_whole and not text.text.strip()
    firewall = no_rules(text.file) if is_empty else read_firewall(text.file, text.text)
    return firewall, named or known.only()


def _other_transport(model: Model, outcomes: Sequence[Outcome], outcome: Outcome) -> Outcome | None:
    end, machine = outcome.flow.endpoint, machine_of(model, outcome)
    for other in outcomes:
        there = other.flow.endpoint
        if there.port == end.port and there.transport != end.transport and machine_of(model, other) == machine:
            return other
    return None


def _far_side(
    machine_records: Sequence[Record], model: Model, outcomes: Sequence[Outcome], outcome: Outcome, cluster: Ranges
) -> FarSide:
    far = FarSide()
    for sockets in (record for record in machine_records if isinstance(record, Sockets)):
        far = _with_sockets(far, sockets, outcome)
    far = _with_firewalls(far, [record for record in machine_records if isinstance(record, Firewall)], outcome)
    flow = outcome.flow
    if flow.area != "kerberos":
        return far
    logs = [record for record in machine_records if isinstance(record, KdcLog)]
    if not any(isinstance(record, Sockets) for record in machine_records):
        conf = next((record for record in machine_records if isinstance(record, Text)), None)
        refused = None if conf is None or logs else refused_conf(conf, model.case, outcome)
        if conf is not None:
            far = replace(far, kdc_conf=says(conf, model.case, outcome), kdc_down=refused)
    if far.listening != "yes" and (by_log := down_by_log(logs, outcome)) is not None:
        far = replace(far, kdc_down=by_log)
    if flow.endpoint.transport != "udp":
        return far
    over_tcp = _questions_over_tcp(_other_transport(model, outcomes, outcome))
    for log in logs:
        trace = trace_requests(log, flow.sources, cluster, flow.realm, silent=outcome.is_silent, over_tcp=over_tcp)
        if trace.lines:
            far = replace(far, arrived=trace.arrived, translated=trace.translated, lines=(*far.lines, *trace.lines))
    return far


def _questions_over_tcp(other: Outcome | None) -> int:
    """Return how many questions of a check reached the KDC over TCP.

    Normally one, unless the handshake failed. If the sizes of packets were measured, a small
    question came before the large one (`probes.path.large_exchanges`).
    """
    if other is not None and other.observed is not None and other.observed.state != "open":
        return 0
    return 1 if other is None else 1 + any("mtu" in observation.detail for observation in other.observations)


def _with_sockets(far: FarSide, sockets: Sockets, outcome: Outcome) -> FarSide:
    end = outcome.flow.endpoint
    lines = list(far.lines)
    for connection in sockets.connections:
        is_half_open = connection.state == HALF_OPEN and end.transport == "tcp" and connection.local[1] == end.port
        if is_half_open and _is_in(connection.peer[0], outcome.flow.sources):
            text = tr(
                "SYN-RECV from {address}: its request arrived, and the answer was not confirmed",
                address=connection.peer[0],
            )
            far = replace(far, arrived="yes")
            lines.append(RecordLine("arrived", connection.origin, text))
            break
    listening = _listening(sockets, outcome)
    if listening is not None and far.listening != "yes":
        far = replace(far, listening=listening[0])
        lines += listening[1]
    return replace(far, lines=tuple(lines))


def _listening(sockets: Sockets, outcome: Outcome) -> tuple[Listening, list[RecordLine]] | None:
    """Return whether the flow's port is listened on, with the lines.

    None without any listener of the transport.
    """
    end = outcome.flow.endpoint
    same = [one for one in sockets.listeners if one.transport == end.transport]
    here = [one for one in same if one.port == end.port]
    if not same:
        return None
    lines = [RecordLine("listening", one.origin, _is_listened_on(end.transport, one)) for one in here]
    accepting = [one for one in here if one.accepts(end.address)]
    if accepting and all(one.is_full for one in accepting):
        return "full", lines[:1]
    if accepting:
        return "yes", lines[:1]
    if not all(one.is_loopback for one in here):
        # Without the address of the target, this may or may not be its address.
        return ("elsewhere" if end.address else "unknown"), lines[:2]
    if here:
        return "loopback", lines[:1]
    is_whole = sockets.is_whole and not all(one.is_loopback for one in same)
    return ("absent" if is_whole else "no"), []


def _is_listened_on(transport: str, listener: Listener) -> str:
    end = tr("{transport} {address} is listened on", transport=transport, address=_shown(listener))
    return tr("{clause}, and its queue is full: Recv-Q above Send-Q", clause=end) if listener.is_full else end


def _shown(listener: Listener) -> str:
    address = f"[{listener.address}]" if ":" in listener.address else listener.address
    return f"{address}:{listener.port}"


def _with_firewalls(far: FarSide, firewalls: Sequence[Firewall], outcome: Outcome) -> FarSide:
    """Add what the firewalls do.

    Each listing of a host, as of iptables and of nft, must accept the packet.
    """
    packets = _packets(outcome)
    rulings = [_common_ruling(firewall, packets) for firewall in firewalls if any(map(firewall.is_for, packets))]
    stopping = next((ruling for ruling in rulings if ruling.rule is not None), None)
    if stopping is not None and stopping.rule is not None:
        rule = stopping.rule
        text = (
            rule.text
            if rule.packets is None
            else tr("{rule}, {packets} packets so far", rule=rule.text, packets=rule.packets)
        )
        line = RecordLine("filtered", rule.origin, text)
        drops_answer = far.drops_answer or stopping.stops_answer
        return replace(far, filtered=_filtered(stopping), drops_answer=drops_answer, lines=(*far.lines, line))
    accepted = bool(rulings) and all(ruling.verdict == "accept" for ruling in rulings)
    return replace(far, filtered="accept" if accepted else "unknown")


def _common_ruling(firewall: Firewall, packets: Sequence[Packet]) -> Ruling:
    """Return the ruling for all these packets. Unknown if it differs."""
    rulings = [firewall.decide(packet) for packet in packets]
    same = len({ruling.verdict for ruling in rulings}) == 1
    return rulings[0] if same else Ruling("unknown")


def _packets(outcome: Outcome) -> list[Packet]:
    """Return the packets to test.

    Their source is the address that sent, else both ends of each block of sources.
    """
    end, observation = outcome.flow.endpoint, outcome.observed
    target = parse_address(end.address) if end.address else None
    if observation is not None and observation.source is not None and outcome.from_inside:
        sources = [parse_address(observation.source)]
    else:
        sources = [address for block in outcome.flow.sources for address in block]
    return [Packet(source, target, PROTOCOL[end.transport], end.port) for source in sources]


def _filtered(ruling: Ruling) -> Filtered:
    rule = ruling.rule
    if rule is None:
        return "unknown"
    if ruling.verdict == "drop":
        return "idle drop" if rule.packets == 0 else "drop"
    return "reset" if any(word in rule.reject_with for word in LIKE_A_CLOSED_PORT) else "prohibit"


def _is_in(address: str, ranges: Ranges) -> bool:
    return address != "*" and contains(ranges, parse_address(address))
