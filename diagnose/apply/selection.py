"""Which rules of a report may a program add, and what is left to a person?

A rule qualifies if all of this holds. Nothing else of a report is ever sent.

- It is of option 1 of a finding of the report that is not waived.
- It accepts inbound packets from a block that lies inside the networks of the resource group, and
  that is no larger than a vSwitch can be.
- Its group is one that the report judged for these connections.
- It opens no port that the required connections it is for do not use.
- Its option lets nothing through that must stay denied.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Literal

from diagnose.output.clean import clean
from diagnose.remedies.ecs_fields import MOST_DESCRIPTION
from diagnose.remedies.model import RECOMMENDED, Edit, FindingRef, RuleEdit, SuggestedRule
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import Report
from probes.addresses import Range, cidrs, covers, parse, union
from probes.frozen import frozen
from probes.language import marked
from probes.regex import regex

TOOL = "emr-diagnose"

LeftReason = Literal[
    "outbound", "unreadable", "no-finding", "waived", "denied", "outside", "no-vswitch", "other-group", "wider"
]

LEFT: dict[LeftReason, str] = {
    "outbound": marked("it is an outbound rule"),
    "unreadable": marked("the report does not say it as ECS does"),
    "no-finding": marked("the report has no such finding"),
    "waived": marked("the finding is waived"),
    "denied": marked("the repair lets through what must stay denied"),
    "outside": marked("its source is not inside the networks of the resource group"),
    "no-vswitch": marked("its source is larger than a vSwitch can be"),
    "other-group": marked("its group is none that the report judged for these connections"),
    "wider": marked("it opens more than its required connections use"),
}
"""Why a rule is left to a person -> its words."""

_GROUP = regex(r"sg-[A-Za-z0-9-]{1,64}")
_PORTS = regex(r"([0-9]{1,5})/([0-9]{1,5})")
_MOST_PORT = 65535
_SHORTEST_PREFIX = {4: 16, 6: 64}
"""Shortest prefix that a vSwitch may have, by version of IP."""
_MARK = regex(rf"{TOOL} [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}: (.*)", re.DOTALL)
_MARK_LENGTH = len(f"{TOOL} 2026-11-29: ")


@frozen
class RuleToAdd:
    """One accept rule of a report that qualifies."""

    group: str
    """Id of the security group."""
    protocol: Literal["TCP", "UDP"]
    """Transport protocol."""
    ports: Range
    """First and last destination port."""
    source: Range
    """Block that is let in."""
    priority: int
    """1 to 100; the smallest number is tried first."""
    purpose: str
    """What it is for: the end of its description."""
    findings: tuple[FindingRef, ...]
    """Findings that it repairs."""

    @property
    def port_range(self) -> str:
        """Ports as ECS writes them: "88/88"."""
        return f"{self.ports[0]}/{self.ports[1]}"

    @property
    def source_cidr(self) -> str:
        """The block in CIDR notation."""
        return cidrs((self.source,))[0]

    def description(self, day: str) -> str:
        """Return the description that the rule gets: tool, day (2026-11-29) and purpose."""
        return f"{TOOL} {day}: {self.purpose}"

    def is_described_by(self, description: str) -> bool:
        """Return True if this tool gave a rule this description, on any day, for this purpose."""
        found = _MARK.fullmatch(description.strip())
        return found is not None and found[1] == self.purpose

    def fields(self, day: str) -> dict[str, str]:
        """Return the fields of one entry of Permissions of AuthorizeSecurityGroup."""
        source = "Ipv6SourceCidrIp" if ":" in self.source_cidr else "SourceCidrIp"
        return {
            "Policy": "accept",
            "Priority": str(self.priority),
            "IpProtocol": self.protocol,
            "PortRange": self.port_range,
            source: self.source_cidr,
            "Description": self.description(day),
        }


@frozen
class LeftRule:
    """A rule of option 1 that is left to a person."""

    rule: SuggestedRule
    """The rule."""
    reason: LeftReason
    """Why."""


@frozen
class Selection:
    """What of a report is added, and what is only told."""

    rules: tuple[RuleToAdd, ...]
    """Rules to add, in the order of the report, each once."""
    left: tuple[LeftRule, ...]
    """Rules of option 1 that do not qualify."""
    edits: tuple[Edit, ...]
    """Edits of option 1 of the findings that are not waived. They stay words."""

    @property
    def known_drops(self) -> frozenset[str]:
        """Ids of the rules that the report changes beside those it adds."""
        return frozenset(edit.rule for edit in self.edits if isinstance(edit, RuleEdit))

    @property
    def is_partial(self) -> bool:
        """True if a part of the repairs is left to a person."""
        return bool(self.edits) or any(each.reason != "waived" for each in self.left)


def select(report: Report) -> Selection:
    """Return which rules of a report are added, and what is left to a person."""
    findings = {(finding.code, finding.rank): finding for finding in report.findings}
    flows = {flow.id: flow for flow in report.flows}
    networks = union(map(parse, report.case.sources))
    chosen: dict[tuple[object, ...], RuleToAdd] = {}
    left: list[LeftRule] = []
    for rule in report.suggested_rules:
        if rule.option != RECOMMENDED:
            continue
        finding = findings.get((rule.finding.code, rule.finding.rank))
        read = _read(rule, finding)
        reason = read if isinstance(read, str) else _excess(read, rule, flows, networks)
        if isinstance(read, str) or reason is not None:
            left.append(LeftRule(rule, reason or "unreadable"))
            continue
        key = (read.group, read.protocol, read.ports, read.source, read.priority)
        chosen[key] = read if key not in chosen else _joined(chosen[key], read)
    waived = {key for key, finding in findings.items() if finding.waived is not None}
    edits = tuple(
        edit
        for edit in report.changes
        if edit.option == RECOMMENDED and (edit.finding.code, edit.finding.rank) not in waived
    )
    return Selection(tuple(chosen.values()), tuple(left), edits)


def _read(rule: SuggestedRule, finding: FindingFacts | None) -> RuleToAdd | LeftReason:
    """Return the rule as values. A reason if it is none that may be added."""
    if rule.direction != "ingress" or rule.source_cidr_ip is None or rule.dest_cidr_ip is not None:
        return "outbound"
    ports = _PORTS.fullmatch(rule.port_range)
    low, high = (int(ports[1]), int(ports[2])) if ports else (0, 0)
    try:
        source = parse(rule.source_cidr_ip)
    except ValueError:
        return "unreadable"
    is_known = 1 <= low <= high <= _MOST_PORT and 1 <= rule.priority <= 100 and _GROUP.fullmatch(rule.security_group_id)
    if not is_known or len(cidrs((source,))) != 1:
        return "unreadable"
    if finding is None:
        return "no-finding"
    if finding.waived is not None:
        return "waived"
    if any(remedy.opens for remedy in finding.remedies if remedy.option == RECOMMENDED):
        return "denied"
    return RuleToAdd(
        group=rule.security_group_id,
        protocol=rule.ip_protocol,
        ports=(low, high),
        source=source,
        priority=rule.priority,
        purpose=_purpose(rule.description),
        findings=(rule.finding,),
    )


def _purpose(text: str) -> str:
    """Return a text as the end of a description: one line, as long as ECS allows."""
    return " ".join(clean(text).split())[: MOST_DESCRIPTION - _MARK_LENGTH].rstrip()


def _excess(
    rule: RuleToAdd, suggested: SuggestedRule, flows: dict[str, FlowFacts], networks: Sequence[Range]
) -> LeftReason | None:
    """Return in which way a rule lets in too much. None if it does not."""
    if not covers(tuple(networks), (rule.source,)):
        return "outside"
    block = ipaddress.ip_network(rule.source_cidr)
    if block.prefixlen < _SHORTEST_PREFIX[block.version]:
        return "no-vswitch"
    served = [flows[ident] for ident in suggested.fixes if ident in flows]
    ports = union(
        (flow.port, flow.last_port or flow.port)
        for flow in served
        if flow.need == "required" and flow.transport.upper() == rule.protocol
    )
    if not covers(ports, (rule.ports,)):
        return "wider"
    judged = {
        group
        for flow in served
        for decision in flow.decisions
        if decision.layer == "security-group" and decision.direction == "ingress"
        for group in decision.at
    }
    return None if rule.group in judged else "other-group"


def _joined(rule: RuleToAdd, same: RuleToAdd) -> RuleToAdd:
    """Return a rule that two findings suggest."""
    findings = tuple(dict.fromkeys((*rule.findings, *same.findings)))
    return RuleToAdd(rule.group, rule.protocol, rule.ports, rule.source, rule.priority, rule.purpose, findings)
