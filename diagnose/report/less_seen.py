"""What did an earlier report look at that a later one does not?

A fault that nobody looks for any longer is not known to be repaired.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import Report
from diagnose.report.service_keys import RemovedService, removed_service
from probes.language import marked, tr

Kind = Literal[
    "packets",
    "unread",
    "interrupted",
    "bug",
    "place",
    "input",
    "service",
    "need",
    "verdict",
    "check",
    "rules",
    "rule",
    "expectation",
    "environment",
]

_WORDS: Mapping[Kind, str] = {
    "packets": marked("what packets show: it rests on the files alone"),
    "unread": marked("an input that could not be read"),
    "interrupted": marked("the rest: it was interrupted"),
    "bug": marked("{name}: a bug of emr-diagnose ended it"),
    "place": marked("what {name} reaches: it sent nothing"),
    "input": marked("{name}: the file is gone, and no other of its kind is there"),
    "service": marked("{name}: no connection to it is asked any longer"),
    "need": marked("{name}: it fails as before, and is no longer required"),
    "verdict": marked("{name}: it failed, and whether it still does is not known"),
    "check": marked("not checked: {name}"),
    "rules": marked("the rules of registration: they were not asked"),
    "rule": marked("rule {name}: it was broken, and whether it still is is not known"),
    "expectation": marked("{name}: whether it stays denied is not asked, or no longer known"),
    "environment": marked("the other environment, {name}"),
}


class Unseen(Struct, frozen=True):
    """Something that the earlier report looked at and the later one does not."""

    kind: Kind
    """What it is."""
    name: str
    """Its name: a file, a service, an id. "" if there is nothing to name."""

    @property
    def text(self) -> str:
        """What it is, for people."""
        return tr(_WORDS[self.kind], name=self.name)


def less_seen(before: Report, after: Report) -> list[Unseen]:
    """Return what the later report does not look at any longer, the widest first."""
    return list(dict.fromkeys((*_ended(before, after), *_less_given(before, after), *_less_asked(before, after))))


def removed_services(before: Report, after: Report) -> list[RemovedService]:
    """Return the services that are asked no longer because the later files do not name them."""
    found = (removed_service(before, after, flows) for flows in _not_asked(before, after))
    return [each for each in found if each is not None]


def _not_asked(before: Report, after: Report) -> Collection[list[FlowFacts]]:
    """Return the flows that may be needed of each service that is asked no longer."""
    asked = {_service(flow) for flow in after.flows}
    found: dict[str, list[FlowFacts]] = {}
    for flow in before.flows:
        if flow.need != "optional" and _service(flow) not in asked:
            found.setdefault(_service(flow), []).append(flow)
    return found.values()


def _ended(before: Report, after: Report) -> Iterator[Unseen]:
    """Yield what kept the later report from seeing all."""
    if (before.basis, after.basis) == ("packets", "configuration"):
        yield Unseen("packets", "")
    if after.exit_code == 2 != before.exit_code:
        yield Unseen("unread", "")
    if after.exit_code == 130:
        yield Unseen("interrupted", "")
    known = {bug.check for bug in before.bugs}
    yield from (Unseen("bug", bug.check) for bug in after.bugs if bug.check not in known)


def _less_given(before: Report, after: Report) -> Iterator[Unseen]:
    """Yield hosts and inputs. Of several files of one kind the last one that goes counts."""
    senders = {place.name for place in after.places if place.error is None}
    if after.basis == "packets":
        yield from (
            Unseen("place", place.name) for place in before.places if place.error is None and place.name not in senders
        )
    kinds = {entry.kind for entry in after.case.inputs}
    yield from (Unseen("input", entry.file) for entry in before.case.inputs if entry.kind not in kinds)


def _less_asked(before: Report, after: Report) -> Iterator[Unseen]:
    """Yield connections, checks and rules."""
    later = {flow.id: flow for flow in after.flows}
    for flows in _not_asked(before, after):
        if removed_service(before, after, flows) is None:
            yield from (Unseen("service", flow.service) for flow in flows)
    for flow in before.flows:
        if flow.need == "required" and flow.verdict in ("blocked", "partial") and flow.id in later:
            yield from _of_failing(later[flow.id])
    if before.language == after.language:
        known = {skip.check for skip in before.skipped}
        yield from (Unseen("check", skip.check) for skip in after.skipped if skip.check not in known)
    yield from _of_rules(before, after)
    open_before = {each.text for each in before.expectations if each.verdict != "unknown"}
    decided = {each.text for each in after.expectations if each.verdict != "unknown"}
    yield from (Unseen("expectation", text) for text in sorted(open_before - decided))


def _service(flow: FlowFacts) -> str:
    """Return the service of a flow, the same in every language and over either transport."""
    return flow.id.partition("/")[0].removesuffix("-udp").removesuffix("-tcp")


def _of_failing(now: FlowFacts) -> Iterator[Unseen]:
    """Yield a required connection that failed, if it is not known to work."""
    if now.verdict == "unknown":
        yield Unseen("verdict", now.id)
    elif now.need != "required" and now.verdict in ("blocked", "partial"):
        yield Unseen("need", now.id)


def _of_rules(before: Report, after: Report) -> Iterator[Unseen]:
    if before.rules and not after.rules:
        yield Unseen("rules", "")
        return
    states = {rule.id: rule.state for rule in after.rules}
    for rule in before.rules:
        if rule.state == "failed" and states.get(rule.id, "not-checkable") == "not-checkable":
            yield Unseen("rule", rule.id)
