"""How do pages for people say the rules of registration, and what decides those that are open?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from diagnose.output.sentences import capital, commas, sentences, series, with_stop
from diagnose.output.styled import Tone
from diagnose.report.model import Report
from diagnose.report.rule_model import PageFacts, RuleFacts, RuleInputFacts
from probes.frozen import frozen
from probes.language import marked, tr

STATES: Mapping[str, tuple[str, Tone]] = {
    "failed": (marked("failed"), "bad"),
    "not-checkable": (marked("not checkable"), "doubt"),
    "passed": (marked("passed"), "good"),
}
"""State of a rule -> its words and how a terminal with colours shows them, the worst first."""

STAGES: Mapping[str, str] = {
    "register": marked("registration"),
    "initialize": marked("initialization"),
    "run": marked("tasks"),
    "govern": marked("governance"),
}
"""What fails if a rule is broken, in the order in which one comes to it."""

MOST_NAMES = 3
"""Keys, calls or files that one line names."""


@frozen
class Deciding:
    """What decides open rules, all at one place."""

    rules: tuple[RuleFacts, ...]
    """The rules that it decides."""
    text: str
    """In words, as a noun phrase."""


def counted(rules: Sequence[RuleFacts], *, is_named: bool = False, is_short: bool = False) -> str:
    """Return '35 rules: 28 passed, 2 failed, 5 not checkable.'

    is_named: the first ones that failed are named, those that fail earliest first, and whether they
    must be kept or are advice.
    is_short: of these, what is advice has no names.
    """
    stages = list(STAGES)
    failed = sorted((rule for rule in rules if rule.state == "failed"), key=lambda rule: stages.index(rule.stage))
    states: Counter[str] = Counter(rule.state for rule in rules)
    must = [rule.id for rule in failed if rule.required]
    advice = [rule.id for rule in failed if not rule.required]
    named = marked("{count} failed ({names})")
    if advice and must:
        both = marked("{count} failed (must be kept: {names}; advice: {advice})")
        named = marked("{count} failed (must be kept: {names})") if is_short else both
    elif advice:
        named = marked("{count} failed (advice)") if is_short else marked("{count} failed (advice: {advice})")
    templates = {
        "passed": marked("{count} passed"),
        "failed": named if is_named else marked("{count} failed"),
        "not-checkable": marked("{count} not checkable"),
    }
    names, others = series(must, MOST_NAMES), series(advice, MOST_NAMES)
    parts = [
        tr(template, count=states[state], names=names, advice=others)
        for state, template in templates.items()
        if states[state]
    ]
    return tr("{count} rules: {counts}.", count=len(rules), counts=commas(parts))


def deciding(rules: Iterable[RuleFacts]) -> list[Deciding]:
    """Return what decides the open rules, what decides most of them first.

    All keys of one table of case.toml are one entry, and so are all answers of APIs and all files.
    """
    groups: dict[tuple[str, str], list[RuleFacts]] = {}
    for rule in rules:
        if rule.state == "not-checkable":
            groups.setdefault(_place(rule), []).append(rule)
    found = [Deciding(tuple(group), _what_is_needed(group)) for group in groups.values()]
    return sorted(found, key=lambda each: (-len(each.rules), not any(rule.required for rule in each.rules)))


def _place(rule: RuleFacts) -> tuple[str, str]:
    """Return where what decides a rule has its place: a table, the cloud, the files of a node."""
    first = next(iter(rule.needed), None)
    if first is None:
        return "", rule.needs
    return first.kind, first.table or ""


def _what_is_needed(group: Sequence[RuleFacts]) -> str:
    needed = list(dict.fromkeys(each for rule in group for each in rule.needed[:1] or rule.needed))
    needed += [each for rule in group for each in rule.needed[1:] if each not in needed]
    if not needed:
        return group[0].needs
    place = needed[0]
    names = series([each.name for each in needed if _is_beside(each, place)], MOST_NAMES)
    match place.kind:
        case "answer":
            return tr("the answers of {calls}, which collect aliyun:// saves", calls=names)
        case "key":
            return tr("{key} in [{table}] of case.toml", key=names, table=place.table)
        case _:
            return names


def _is_beside(one: RuleInputFacts, other: RuleInputFacts) -> bool:
    return (one.kind, one.table) == (other.kind, other.table)


def ordered(rules: Iterable[RuleFacts]) -> list[RuleFacts]:
    """Return the rules, those first that are broken or open, else in the order of the page."""
    states = list(STATES)
    return sorted(rules, key=lambda rule: states.index(rule.state))


def page(source: PageFacts) -> str:
    """Return the title of a page with its date."""
    if source.dated is None:
        return source.title
    return tr("{title}, {dated}", title=source.title, dated=source.dated)


def why(report: Report, rule: RuleFacts) -> str:
    """Return why a rule has its state, with the findings that say how it is broken."""
    findings = [finding for finding in report.findings if finding.rank in rule.findings]
    if rule.why:
        return rule.why
    return commas(tr("{name}: {text}", name=each.code, text=each.title) for each in findings)


def account(report: Report, rule: RuleFacts) -> str:
    """Return why a rule has its state, what would decide it, and what weakens the answer."""
    needs = tr("It needs {needs}", needs=rule.needs) if rule.needs else ""
    return sentences([*map(with_stop, filter(None, (capital(why(report, rule)), needs))), *rule.notes])


def files_with_services() -> str:
    """Return what names the services of a cluster, where a case has nothing that does."""
    return tr("krb5.conf, core-site.xml, hdfs-site.xml, hive-site.xml, or the answer of ListApplicationConfigs")
