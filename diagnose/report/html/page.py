"""How does a report become one HTML file: no request, no other file, safe as a mail attachment?

Jinja2 escapes every value. The policy in the page allows its own script and style alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from diagnose.output.clean import clean
from diagnose.report import expectation_words, fault_words, flow_words, rule_words, waiver_words
from diagnose.report.environments import deciding, environment_and_case, parts
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import FlowFacts
from diagnose.report.html.path import PASSING, SHARES, coverage, hops
from diagnose.report.model import Report
from diagnose.report.repair import FORMS, emit_one
from diagnose.report.rule_model import RuleFacts
from diagnose.report.value_words import DECIDED, NEEDS, SEVERITIES, VERDICTS
from diagnose.report.verdict import head, loud, meaning, verdict
from probes.language import language, marked, tr

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TITLES: Mapping[str, str] = {
    "console": marked("Console"),
    "cli": "aliyun CLI",
    "terraform": "Terraform",
    "ros": marked("ROS template"),
}
ORDER = tuple(VERDICTS)
TAGS = {"en": "en", "zh": "zh-CN"}
"""How HTML names a language."""


def render(report: Report) -> bytes:
    """Return the whole page in UTF-8."""
    import markupsafe

    environment = templates()
    script, style = (markupsafe.Markup(file_text(name)) for name in ("page.js", "page.css"))
    heading, content, shell = (
        environment.from_string(file_text(f"{name}.html.j2")) for name in ("heading", "content", "page")
    )
    told = []
    for number, part in enumerate(parts(report)):
        values = {**_values(part), "at": "twin-" if number else ""}
        pieces = {"heading": heading.render(**values), "content": content.render(**values)}
        told.append(
            {
                "report": part,
                "name": environment_and_case(part),
                **{key: markupsafe.Markup(s) for key, s in pieces.items()},
            }
        )
    page = shell.render(
        script=script,
        style=style,
        policy=content_policy(script, style),
        environments=told,
        lang=TAGS[language()],
        report=report,
        decides=deciding(report),
        verdict=verdict(deciding(report)),
    )
    return page.encode("utf-8", "replace")


def templates() -> Environment:
    """Return what renders templates: every value is cleaned and escaped."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_cleaned,
    )
    environment.globals["tr"] = _sentence
    return environment


def _values(report: Report) -> dict[str, object]:
    """Return what the template shows."""
    found = loud(report)
    faults = [finding for finding in found if fault_words.is_fault(finding)]
    flows = sorted(report.flows, key=lambda flow: (ORDER.index(flow.verdict), flow.need != "required"))
    counted: Counter[str] = Counter(flow.verdict for flow in report.flows)
    return {
        "report": report,
        "verdict": verdict(report),
        "head": [line.text for line in head(report, 0)],
        "faults": [_fault(report, finding) for finding in faults],
        "others": [finding for finding in report.findings if finding not in faults],
        "clients": fault_words.clients(report),
        "flows": [_row(flow) for flow in flows],
        "vantages": list(dict.fromkeys(seen.vantage for flow in flows for seen in flow.observations)),
        "counts": [(word, counted[word]) for word in ORDER if counted[word]],
        "counted": tr(", ").join(
            tr("{count} {verdict}", count=counted[word], verdict=tr(VERDICTS[word])) for word in ORDER if counted[word]
        ),
        "expected": expectation_words.rows(report.expectations),
        "rules": [_rule(report, rule) for rule in rule_words.ordered(report.rules)],
        "rule_counts": [
            (state, count)
            for state in rule_words.STATES
            if (count := sum(rule.state == state for rule in report.rules))
        ],
        "rules_counted": rule_words.counted(report.rules),
        "rules_named": rule_words.counted(report.rules, is_named=True),
        "deciding": [(len(each.rules), each.text) for each in rule_words.deciding(report.rules)],
        "states": rule_words.STATES,
        "stages": rule_words.STAGES,
        "waivers": waiver_words.states(report),
        "assumed": fault_words.assumed(report.flows),
        "meaning": meaning(report),
        "tones": fault_words.TONES,
        "verdicts": VERDICTS,
        "severities": SEVERITIES,
        "needs": NEEDS,
        "passing": PASSING,
    }


def _fault(report: Report, finding: FindingFacts) -> dict[str, object]:
    by_id = {flow.id: flow for flow in report.flows}
    flows = [by_id[name] for name in finding.flows if name in by_id]
    options = fault_words.options(report, finding)
    how, because = tr(fault_words.SURE[finding.confidence]), tr(fault_words.SURE_BY[finding.confidence])
    sure = tr("{how}: {because}", how=how, because=because)
    region = report.case.cluster.region
    bar = next((bar for flow in flows if (bar := coverage(flow))), [])
    shares = [tr(SHARES[part.state], share=f"{part.share * 100:.1f}") for part in bar]
    return {
        "finding": finding,
        "waived": waiver_words.waived(finding),
        "sure": fault_words.sentence(sure, finding.detail),
        "evidence": list(dict.fromkeys(shown.text for shown in finding.evidence)),
        "steps": fault_words.to_do(report, finding),
        "forms": [(tr(TITLES[form]), emit_one(options[0], form, region)) for form in FORMS] if options else [],
        "others": [fault_words.in_words(option) for option in options[1:]],
        "advice": fault_words.advice(finding) if options else [],
        "after": fault_words.after_repair(report, finding),
        "hops": hops(finding, flows[0]) if flows else [],
        "path_of": flow_words.target(flows[0]) if flows else None,
        "targets": [flow_words.target(flow) for flow in flows],
        "coverage": list(zip(bar, shares, strict=True)),
        "shares": tr(", ").join(shares),
    }


def _rule(report: Report, rule: RuleFacts) -> dict[str, object]:
    return {
        "rule": rule,
        "why": rule_words.account(report, rule),
        "pages": [(rule_words.page(source), source.url) for source in rule.sources],
    }


def _row(flow: FlowFacts) -> dict[str, object]:
    return {
        "flow": flow,
        "target": flow_words.target(flow),
        "why": "" if flow.verdict in flow_words.OK else flow_words.why(flow),
        "seen": {seen.vantage: f"{seen.state}, {seen.reason}" for seen in flow.observations},
        "configured": tr(_configured(flow)),
    }


def _configured(flow: FlowFacts) -> str:
    """Return the worst verdict of the layers, in English."""
    verdicts = {decision.verdict for decision in flow.decisions}
    return next((words for verdict, words in DECIDED.items() if verdict in verdicts), marked("not known"))


def file_text(name: str) -> str:
    """Return a template, script or style."""
    return resources.files("diagnose.report.html").joinpath(name).read_text(encoding="utf-8")


def content_policy(script: str, style: str) -> str:
    """Return a Content-Security-Policy that allows nothing but the page's own script and style."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    allowed = f"script-src {digest(script)}; style-src {digest(style)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _cleaned(value: object) -> object:
    """Return a value as the page shows it: text of any origin without what steers a reader."""
    import markupsafe

    if isinstance(value, str) and not isinstance(value, markupsafe.Markup):
        return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean(line) for line in value.split("\n"))
    return value


def _sentence(template: str, /, **values: object) -> Markup:
    """Return a sentence in the language of the page. A value may be a piece of the page itself."""
    import markupsafe

    sentence = markupsafe.escape(tr(template))
    return sentence.format(**{name: _cleaned(value) for name, value in values.items()}) if values else sentence
