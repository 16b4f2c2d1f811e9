"""How does a report read in a ticket? Markdown as GitHub, GitLab and Jira's editor take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from diagnose.output.clean import clean
from diagnose.output.sentences import capital, clauses
from diagnose.remedies import aliyun_cli
from diagnose.report import expectation_words, fault_words, flow_words, rule_words, value_words, waiver_words
from diagnose.report.environments import environment_and_case, parts
from diagnose.report.finding_model import FindingFacts
from diagnose.report.model import Report
from diagnose.report.remedy import opened_words
from diagnose.report.verdict import exit_words, head, loud, verdict
from probes.language import tr
from probes.regex import regex

MOST_ROWS = 200
"""Connections that the table lists; those that do not work come first."""

_MARKUP = regex(
    r"(?P<sign>[\\`*_{}\[\]<>|~$&])|^(?P<begin>[-+#=]|\d+(?=[.)]\s))"
    r"|(?<!\w)(?P<call>[@#!])(?=\w)|\b(?P<link>https?(?=:)|www(?=\.))"
)
"""What would be markup: signs, marks that begin a line, mentions, references and links."""


def render(report: Report) -> bytes:
    """Return the whole report: verdict, faults with repairs, connections, what was not checked."""
    said = verdict(report)
    parts = [
        "# " + tr("{name}: {text}", name=said.word, text=escaped(said.sentence)),
        *(escaped(line.text) for line in head(report, 10_000)),
    ]
    found = loud(report)
    faults = [finding for finding in found if fault_words.is_fault(finding)]
    for number, finding in enumerate(faults, 1):
        parts += _fault(report, finding, f"{number}. ")
    rest = [finding for finding in report.findings if finding not in faults]
    if rest:
        rows = [[tr(value_words.SEVERITIES[each.severity]), each.code, each.title] for each in rest]
        parts += [f"## {tr('Also found')}", table([tr("severity"), tr("code"), tr("title")], rows)]
    parts += _rules_of_registration(report)
    if clients := fault_words.clients(report):
        parts += [
            f"## {tr('What Kerberos clients experience')}",
            table([tr("client"), tr("experience")], [list(row) for row in clients]),
        ]
    parts += _connections(report)
    if report.expectations:
        denied = [[word, text, why] for word, _, text, why in expectation_words.rows(report.expectations)]
        parts += [f"## {tr('What must stay denied')}", table([tr("verdict"), tr("connection"), tr("why")], denied)]
    if report.waivers:
        parts += [f"## {tr('Waivers')}", _list(waiver_words.states(report))]
    if report.skipped:
        items = (
            fault_words.sentence(tr("{name}: {text}", name=skip.check, text=skip.cause), skip.needs)
            for skip in report.skipped
        )
        parts += [f"## {tr('Not checked')}", _list(items)]
    if report.bugs:
        bugs = (tr("{name}: {text}", name=bug.check, text=bug.error) for bug in report.bugs)
        parts += [f"## {tr('Bugs in emr-diagnose')}", _list(bugs)]
    tool = tr(
        "{tool} {version}, {time}. Exit code {exit_code}.",
        tool=report.tool.name,
        version=report.tool.version,
        time=report.started_at,
        exit_code=report.exit_code,
    )
    return ("\n\n".join([*parts, escaped(tool)]) + "\n").encode("utf-8", "replace")


def both(report: Report) -> bytes:
    """Return the verdict of each of two environments, and the exit code of both."""
    said = [(environment_and_case(part), verdict(part)) for part in parts(report)]
    rows = [f"- **{escaped(name)}.** {escaped(told.word)}: {escaped(told.sentence)}" for name, told in said]
    return "\n".join([*rows, "", escaped(exit_words(report)), ""]).encode("utf-8", "replace")


def paragraph(text: str) -> bytes:
    """Return a line in bold, with an empty one below it."""
    return f"**{escaped(text)}**\n\n".encode("utf-8", "replace")


def _fault(report: Report, finding: FindingFacts, number: str) -> list[str]:
    parts = [
        f"## {number}" + tr("{name}: {text}", name=escaped(finding.code), text=escaped(finding.title)),
        *([f"**{escaped(capital(waiver_words.waived(finding)))}**"] if finding.waived is not None else []),
        escaped(finding.cause),
        f"{_label(tr('How sure'))} {escaped(fault_words.how_sure(finding))}",
    ]
    if finding.evidence:
        parts.append(f"{_label(tr('Evidence'))}\n\n" + _list(dict.fromkeys(shown.text for shown in finding.evidence)))
    options = fault_words.options(report, finding)
    is_in_steps = not options or options[0].edits
    parts += [] if is_in_steps else [f"**{escaped(note)}**" for note in opened_words(options[0])]
    if options and options[0].rules:
        rows = [
            [
                rule.security_group_id,
                tr(fault_words.SIDES[rule.direction]),
                f"{rule.ip_protocol} {rule.port_range}",
                rule.source_cidr_ip or rule.dest_cidr_ip or "",
                str(rule.priority),
            ]
            for rule in options[0].rules
        ]
        names = [tr("group"), tr("direction"), tr("port"), tr("source or destination"), tr("priority")]
        parts.append(f"{_label(tr('Add'))}\n\n" + table(names, rows))
    if steps := fault_words.to_do(report, finding) if is_in_steps else []:
        parts.append(f"{_label(tr('To repair it'))}\n\n" + _list(steps))
    if options:
        commands = aliyun_cli.emit(options[0].rules, options[0].edits, report.case.cluster.region)
        if "\naliyun" in f"\n{commands}":
            parts.append(code_block(commands))
    parts += [f"{_label(tr('Or instead'))} {escaped(fault_words.in_words(other))}" for other in options[1:]]
    if finding.settle_by:
        parts.append(f"{_label(tr('Check'))} {escaped(finding.settle_by)}")
    if after := fault_words.after_repair(report, finding):
        parts.append(f"{_label(tr('Once repaired'))} {escaped(after)}")
    return parts


def _rules_of_registration(report: Report) -> list[str]:
    """Return the rules, those first that are broken or open, each with its page and what weakens
    it."""
    if not report.rules:
        return []
    parts = [f"## {tr('Rules of registration')}", escaped(rule_words.counted(report.rules))]
    if decided_by := rule_words.deciding(report.rules):
        items = (tr("{count} rules: {text}", count=len(each.rules), text=each.text) for each in decided_by)
        parts.append(f"{_label(tr('What decides those that are not checkable'))}\n\n" + _list(items))
    names = [tr("state"), tr("rule"), tr("why"), tr("stated by")]
    rows = [
        [
            tr(rule_words.STATES[rule.state][0]),
            tr("{name}: {text}", name=rule.id, text=rule.text),
            rule_words.account(report, rule),
            clauses(map(rule_words.page, rule.sources)),
        ]
        for rule in rule_words.ordered(report.rules)
    ]
    return [*parts, table(names, rows)]


def _connections(report: Report) -> list[str]:
    order = ("blocked", "partial", "unknown", "accepts", "allowed", "reachable")
    flows = sorted(report.flows, key=lambda flow: order.index(flow.verdict))
    rows = [
        [
            tr(value_words.VERDICTS[flow.verdict]),
            flow.service,
            flow_words.target(flow),
            tr(value_words.NEEDS[flow.need]),
            "" if flow.verdict in flow_words.OK else flow_words.why(flow),
        ]
        for flow in flows[:MOST_ROWS]
    ]
    if not rows:
        return []
    names = [tr("verdict"), tr("service"), tr("target"), tr("need"), tr("why")]
    parts = [f"## {tr('Connections')}", table(names, rows)]
    if len(flows) > MOST_ROWS:
        parts.append(tr("{count} more connections are in the JSON report.", count=len(flows) - MOST_ROWS))
    return parts


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of texts of any origin."""
    lines = [names, ["---"] * len(names), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _label(text: str) -> str:
    return f"**{tr('{name}: ', name=text).rstrip()}**"


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(item)}" for item in items)


def code_block(text: str) -> str:
    """Return commands of any origin as a block of code."""
    lines = "\n".join(map(_line, text.splitlines()))
    longest = max((len(run) for run in re.findall("`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{lines}\n{fence}"


def _line(text: str) -> str:
    """Return a line of a command, cleaned, with its indentation."""
    return " " * (len(text) - len(text.lstrip(" "))) + clean(text)


def escaped(text: str) -> str:
    """Return text of any origin in which nothing is markup, a mention, a reference or a link."""
    return _MARKUP.sub(_literal, clean(text))


def _literal(found: re.Match[str]) -> str:
    if found["sign"]:
        return f"\\{found[0]}"
    if found["begin"]:
        return f"&#{ord(found[0][0])};{found[0][1:]}"
    return f"{found[0]}<!-- -->"
