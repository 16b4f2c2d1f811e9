"""How is one flow, or many alike, said in a line: where it goes, what became of it, and which rule or packet says so?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diagnose.output.observation import ObservationFacts
from diagnose.output.reason_words import ICMP_WORDS, WORDS
from diagnose.report.model import DecisionFacts, FlowFacts

MOST_NAMED = 2
"""So many hosts of one line are named; the others are counted."""

OK = ("reachable", "allowed")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Flows with one verdict for one reason. targets: service, where to ("master-1-1:88/udp", "core-1-1, core-1-2 and 18 more: 9866/tcp"), need."""

    verdict: str
    why: str
    targets: tuple[tuple[str, str, str], ...]


def domain(hosts: Iterable[str]) -> str:
    """What most host names, of one flow each, have after their first dot, with that dot; empty if no two share one."""
    shared = Counter(f".{rest}" for host in hosts if (rest := host.partition(".")[2]) and not _is_address(host))
    found = shared.most_common(1)
    return found[0][0] if found and found[0][1] > 1 else ""


def broken(flows: Sequence[FlowFacts], suffix: str) -> list[Trouble]:
    """Everything that does not work or is not known: what touches a required flow first, one entry for each reason."""
    order = {"required": 0, "conditional": 1, "optional": 2}
    by_reason: dict[tuple[str, str], list[FlowFacts]] = {}
    for flow in sorted(flows, key=lambda flow: order[flow.need]):
        if flow.verdict not in OK:
            by_reason.setdefault((flow.verdict, why(flow)), []).append(flow)
    return [Trouble(verdict, reason, _targets(same, suffix)) for (verdict, reason), same in by_reason.items()]


def _targets(flows: Sequence[FlowFacts], suffix: str) -> tuple[tuple[str, str, str], ...]:
    alike: dict[tuple[str, int, str, str], list[FlowFacts]] = {}
    for flow in flows:
        alike.setdefault((flow.service, flow.port, flow.transport, flow.need), []).append(flow)
    return tuple((same[0].service, _target(same, suffix), same[0].need) for same in alike.values())


def working(flows: Sequence[FlowFacts], suffix: str) -> list[tuple[str, str, str]]:
    """What works, a line for each set of hosts with the same services: verdict, hosts, services with their ports."""
    by_host: dict[tuple[str, str], list[str]] = {}
    for flow in flows:
        if flow.verdict in OK:
            by_host.setdefault((flow.verdict, flow.host), []).append(f"{flow.service} {flow.port}/{flow.transport}")
    same: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (verdict, host), services in by_host.items():
        same.setdefault((verdict, tuple(dict.fromkeys(services))), []).append(short(host, suffix))
    return [(verdict, _hosts(hosts), ", ".join(services)) for (verdict, services), hosts in same.items()]


def why(flow: FlowFacts) -> str:
    """What was seen, then which rule or default says so."""
    seen = next((said for one in reversed(flow.observations) if (said := _seen(one)) and one.state != "not-probed"), "")
    surest = sorted(
        (one for one in flow.decisions if one.verdict != "allowed"), key=lambda one: one.verdict == "unknown"
    )
    configured = _decided(surest[0]) if surest else ""
    if not configured and seen and flow.verdict not in OK and flow.decisions:
        configured = "every known rule allows it"
    if not (seen or configured):
        seen = next((_seen(one) for one in flow.observations), "nothing is known of it")
    return "; ".join(text for text in (seen, configured) if text)


def short(host: str, suffix: str) -> str:
    return host.removesuffix(suffix) if suffix else host


def _seen(one: ObservationFacts) -> str:
    by = f" by {one.offender}" if one.offender else ""
    if one.reason in ICMP_WORDS:
        return f"rejected{by} (ICMP {ICMP_WORDS[one.reason]})"
    said = WORDS.get(one.reason, one.reason)
    return f"{said}, {one.attempts} tries" if one.reason == "no-response" and one.attempts > 1 else said


def _decided(one: DecisionFacts) -> str:
    """ "sgr-1 in sg-emr: drop, priority 1 …", with the part of the sources it concerns where it is not all of them."""
    wanted = ("denied", "unknown", "partial")
    line = next((line for verdict in wanted for line in one.deciding if line.verdict == verdict), None)
    said = "" if line is None else line.why
    if line is not None and line.rule and one.layer != "route":  # a route's words name it and its table
        said = f"{line.rule} in {line.group}: {line.why}"
    if not said and one.missing:
        said = f"depends on {'; '.join(one.missing)}"
    where = "" if one.layer == "security-group" else f"{one.layer.replace('-', ' ').replace('acl', 'ACL')}: "
    side = "outbound: " if one.direction == "egress" and one.layer == "security-group" else ""
    fate = "not routed" if one.layer == "route" else "not let in"
    part = f"{_hosts(one.denied_sources)} {fate}; " if one.denied_sources and one.allowed_sources else ""
    return f"{where}{side}{part}{said or one.verdict}"


def _target(same: Sequence[FlowFacts], suffix: str) -> str:
    hosts = [short(flow.host, suffix) for flow in same]
    end = f"{same[0].port}/{same[0].transport}"
    return f"{hosts[0]}:{end}" if len(hosts) == 1 else f"{_hosts(hosts)}: {end}"


def _hosts(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()
