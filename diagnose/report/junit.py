"""How does a report look to a test runner? JUnit XML: one test case a required connection.

- failure: it does not work, with the cause and the repair.
- error: it could not be checked.
- skipped: a check that was not made, with its cause.

After them one test case a rule of registration. If it is broken: a failure if its fault counts
towards the exit code, an error if the fault is not certain, else skipped. If it is not checkable:
an error if it must be kept, which is exit code 3, else skipped.

A sure fault that stops no connection is a failure of its own. Read by Jenkins, GitLab and others.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from diagnose.output.clean import clean
from diagnose.output.sentences import commas, series
from diagnose.report import expectation_words, fault_words, flow_words, rule_words, waiver_words
from diagnose.report.environments import parts
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import ExpectationFacts, Report
from diagnose.report.required import Result, results
from diagnose.report.rule_model import RuleFacts
from diagnose.report.rule_verdict import counting_of
from diagnose.report.verdict import in_one_line
from probes.language import tr


def render(report: Report) -> bytes:
    """Return one `testsuites` element in UTF-8, with a suite an environment."""
    return _document([_suite(part) for part in parts(report)], report.duration_ms / 1000)


def _suite(report: Report) -> ET.Element:
    suite = ET.Element("testsuite", name=clean(report.case.name), timestamp=report.started_at[:19])
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("basis", report.basis),
        ("cluster", report.case.cluster.id or ""),
        ("from", ", ".join(report.case.sources)),
        ("verdict", in_one_line(report)),
    ):
        ET.SubElement(properties, "property", name=name, value=clean(value))
    of_flow = results(report)
    for flow in report.flows:
        if flow.need == "required":
            _connection(suite, report, flow, of_flow[flow.id])
    for expected in report.expectations:
        _expectation(suite, report, expected)
    for rule in report.rules:
        _rule(suite, report, rule)
    of_rules = {rank for rule in report.rules if rule.state == "failed" for rank in rule.findings}
    for finding in report.findings:
        is_told = _stops_one(report, finding) or finding.code == "DENY-OPEN" or finding.rank in of_rules
        if finding.severity == "error" and not is_told:
            case = _case(suite, tr("finding"), tr("{name}: {text}", name=finding.code, text=finding.title))
            if finding.waived is not None:
                ET.SubElement(case, "skipped", message=clean(_fails_but(finding)))
                continue
            kind = "failure" if fault_words.is_sure(finding) else "error"
            _tell(case, kind, finding.title, _account(report, finding))
    for skip in report.skipped:
        case = _case(suite, tr("not checked"), skip.check)
        ET.SubElement(case, "skipped", message=clean(fault_words.sentence(skip.cause, skip.needs).rstrip(".。")))
    if report.exit_code == 2:
        case = _case(suite, tr("inputs"), tr("every input can be read"))
        _tell(case, "error", tr("an input could not be read"), in_one_line(report))
    for bug in report.bugs:
        case = _case(suite, "emr-diagnose", bug.check)
        _tell(case, "error", bug.error, tr("A bug of emr-diagnose stopped this check."))
    return suite


def aborted(message: str) -> bytes:
    """Return a suite whose only test case failed: the run ended before there was a report."""
    suite = ET.Element("testsuite", name="emr-diagnose")
    _tell(_case(suite, "emr-diagnose", tr("the run itself")), "error", message.split("\n", 1)[0], message)
    return _document([suite], 0)


def _connection(suite: ET.Element, report: Report, flow: FlowFacts, result: Result) -> None:
    sources = series(flow.sources) or tr("this host")
    case = _case(suite, flow.service, tr("{target} from {sources}", target=flow_words.target(flow), sources=sources))
    causes = [finding for finding in report.findings if flow.id in finding.flows and finding.severity != "info"]
    if result == "good":
        return
    if causes and result != "unknown" and all(finding.waived is not None for finding in causes):
        ET.SubElement(case, "skipped", message=clean("; ".join(_fails_but(finding) for finding in causes)))
        return
    kind = "error" if result == "unknown" else "failure"
    why = flow_words.why(flow)
    message = tr("{name}: {text}", name=causes[0].code, text=causes[0].title) if causes else why
    _tell(case, kind, message, "\n\n".join([why, *(_account(report, finding) for finding in causes)]))


def _fails_but(finding: FindingFacts) -> str:
    waiver = waiver_words.waived(finding)
    return tr("fails, {waived}. {code}: {title}", waived=waiver, code=finding.code, title=finding.title)


def _rule(suite: ET.Element, report: Report, rule: RuleFacts) -> None:
    """Add the test case of a rule of registration."""
    case = _case(suite, tr("rule"), tr("{name}: {text}", name=rule.id, text=rule.text))
    causes = [finding for finding in report.findings if finding.rank in rule.findings]
    account = "\n\n".join([*(_account(report, finding) for finding in causes), *map(clean, rule.notes)])
    if rule.state == "not-checkable":
        message = fault_words.sentence(rule.why, tr("It needs {needs}", needs=rule.needs)).rstrip(".。")
        if rule.required:
            _tell(case, "error", message, account)
        else:
            ET.SubElement(case, "skipped", message=clean(message))
    elif rule.state == "failed" and causes and all(finding.waived is not None for finding in causes):
        ET.SubElement(case, "skipped", message=clean("; ".join(_fails_but(finding) for finding in causes)))
    elif rule.state == "failed":
        message = rule_words.why(report, rule)
        if any(finding in counting_of(report) for finding in causes):
            _tell(case, "failure", message, account)
        elif not causes or any(finding.severity == "error" and finding.waived is None for finding in causes):
            _tell(case, "error", message, account)
        else:
            told = tr("broken, and does not count: {text}", text=message)
            ET.SubElement(case, "skipped", message=clean(told)).text = account


def _expectation(suite: ET.Element, report: Report, expected: ExpectationFacts) -> None:
    """Add the test case of what must stay denied. It passes if it is denied for every source."""
    case = _case(suite, tr("must stay denied"), expected.text)
    if expected.verdict == "denied":
        return
    causes = [finding for finding in report.findings if finding.params.get("expectation") == expected.text]
    why = expectation_words.reason(expected)
    if causes and all(finding.waived is not None for finding in causes):
        ET.SubElement(case, "skipped", message=clean("; ".join(_fails_but(finding) for finding in causes)))
        return
    kind = "failure" if expected.verdict == "allowed" else "error"
    _tell(case, kind, why, "\n\n".join([why, *(_account(report, finding) for finding in causes)]))


def _stops_one(report: Report, finding: FindingFacts) -> bool:
    required = {flow.id for flow in report.flows if flow.need == "required"}
    return bool(required & set(finding.flows))


def _account(report: Report, finding: FindingFacts) -> str:
    """Return a fault and its repair, a sentence a line."""
    head = commas([finding.code, tr(fault_words.SURE[finding.confidence])])
    lines = [tr("{name}: {text}", name=head, text=finding.cause)]
    lines += [tr("To repair it: {step}", step=step) for step in fault_words.to_do(report, finding)]
    if finding.settle_by:
        lines.append(tr("Check: {how}", how=finding.settle_by))
    return "\n".join(map(clean, lines))


def _case(suite: ET.Element, group: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=f"emr-diagnose.{clean(group)}", name=clean(name))


def _tell(case: ET.Element, kind: str, message: str, text: str) -> None:
    told = ET.SubElement(case, kind, message=clean(message), type=kind)
    told.text = "\n".join(map(clean, text.splitlines()))


def _document(suites: Sequence[ET.Element], seconds: float) -> bytes:
    root = ET.Element("testsuites", name="emr-diagnose", time=f"{seconds:.3f}")
    for suite in suites:
        suite.attrib.update(_counts(suite.findall("testcase")))
        suite.set("time", f"{seconds:.3f}")
        root.append(suite)
    root.attrib.update(_counts([case for suite in suites for case in suite.findall("testcase")]))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _counts(cases: Sequence[ET.Element]) -> dict[str, str]:
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    return {name: str(number) for name, number in counts.items()}
