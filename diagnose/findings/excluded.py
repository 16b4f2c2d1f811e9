"""Which look-alikes of a cause are excluded, and by what? Only then a finding is proven.

data/exclusions.toml has the facts that exclude each look-alike. Here is how each fact is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from diagnose.findings import catalogue
from diagnose.findings.model import Excluded, Finding
from diagnose.findings.network.inference import Facts
from diagnose.findings.network.packets import facts_of
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.frozen import frozen, replace
from probes.language import tr

LOGIN = frozenset({"login-step", "kdc-reply"})
"""Causes that the KDC itself names in an answer."""

OF_A_FILE = frozenset({"file-line", "file-no-text", None})
"""Causes of findings that the text of a file shows alone."""


@frozen
class Seen:
    """One finding, with one of its flows."""

    scene: Scene
    """All that is known."""
    finding: Finding
    """The finding."""
    outcome: Outcome | None
    """One flow that it explains. None if it explains none."""
    facts: Facts | None
    """The facts of that flow."""


def _sees(*words: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.facts is not None and seen.facts.seen in words


def _listens(*words: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.facts is not None and seen.facts.listening in words


def _comes_from(*causes: str | None) -> Callable[[Seen], bool]:
    return lambda seen: seen.finding.cause in causes


def _passes(*layers: str) -> Callable[[Seen], bool]:
    def passes(seen: Seen) -> bool:
        decisions = () if seen.outcome is None else seen.outcome.decisions
        verdicts = [decision.verdict for decision in decisions if decision.layer in layers]
        return bool(verdicts) and all(verdict == "allowed" for verdict in verdicts)

    return passes


def _stops(layer: str) -> Callable[[Seen], bool]:
    """Return whether what is known of this layer stops the flow, with nothing assumed."""

    def stops(seen: Seen) -> bool:
        decisions = () if seen.outcome is None else seen.outcome.decisions
        return any(d.layer == layer and d.denied and not d.unknown and not d.assumed for d in decisions)

    return stops


def _is_right_address(seen: Seen) -> bool:
    """Return True if packets went to the address of the node that the case has."""
    if seen.outcome is None or seen.outcome.observed is None:
        return False
    node = seen.scene.model.node(seen.outcome.flow)
    return node is not None and seen.outcome.observed.address in (node.address, *node.further)


def _answers_elsewhere(seen: Seen) -> bool:
    return any(blame.answers_on is not None for blame in seen.finding.blames)


def _answers_of_realm(seen: Seen) -> bool:
    """Return True if another KDC of the same realm answered."""
    realm = None if seen.outcome is None else seen.outcome.flow.realm
    replies = (o for o in seen.scene.outcomes if o.observed is not None and o.observed.reason == "kerberos-reply")
    return any(o.flow.realm == realm for o in replies)


def _is_unknown_name(seen: Seen) -> bool:
    return (
        seen.outcome is not None
        and seen.outcome.observed is not None
        and (seen.outcome.observed.reason == "name-not-found")
    )


def _has_a_domain(seen: Seen) -> bool:
    hosts = [seen.outcome.flow.endpoint.host] if seen.outcome is not None else seen.finding.params.get("hosts")
    return isinstance(hosts, list) and all("." in str(host) for host in hosts)


def _is_a_node(seen: Seen) -> bool:
    return seen.outcome is not None and seen.scene.model.node(seen.outcome.flow) is not None


def _answers_at_right_address(seen: Seen) -> bool:
    """Return True if the service was seen to answer at another address of its host."""
    if seen.outcome is None:
        return False
    beside = name_notes.at_other_addresses(seen.outcome).values()
    working = any(name_notes.is_working(seen.outcome, observation) for observation in beside)
    return working or name_notes.answering_address(seen.outcome) is not None


def _has_named_blame(seen: Seen) -> bool:
    return any(blame.name is not None for blame in seen.finding.blames)


FACTS: Mapping[str, Callable[[Seen], bool]] = {
    "silence": _sees("silence"),
    "refusal": _sees("refusal"),
    "connected": _sees("answer", "hang", "reset", "closed early", "other protocol"),
    "answer": _sees("answer"),
    "no-bytes": _sees("hang"),
    "other-bytes": _sees("other protocol"),
    "target-rejects": _sees("reject"),
    "other-rejects": _sees("reject on the way"),
    "answer-from-elsewhere": _sees("answer from elsewhere"),
    "no-listener": _listens("no", "absent"),
    "listener-elsewhere": _listens("loopback", "elsewhere"),
    "all-layers-allow": lambda seen: seen.facts is not None and seen.facts.configured == "allowed",
    "other-transport": lambda seen: seen.facts is not None and seen.facts.beside == "answers",
    "rules": _stops("security-group"),
    "entries": _stops("network-acl"),
    "group-allows": _passes("security-group"),
    "no-way": _comes_from("no-local-route", "local-policy", "loop", "route-table"),
    "host-route": _comes_from("host-route"),
    "no-host-route": _comes_from("host-route"),
    "address": _is_right_address,
    "unknown-name": _is_unknown_name,
    "silent-servers": _comes_from("failing-resolver", "first-server-silent", "servers-silent-mit"),
    "has-a-domain": _has_a_domain,
    "a-node": _is_a_node,
    "lookup": _has_named_blame,
    "own-name": lambda seen: "host" in seen.finding.params,
    "answers-at-right-address": _answers_at_right_address,
    "answers-on-other-port": _answers_elsewhere,
    "realm-answers": _answers_of_realm,
    "other-protocol": _comes_from("other-protocol"),
    "kdc-said": _comes_from(*LOGIN),
    "keytab": _comes_from("keytab"),
    "text": lambda seen: seen.finding.cause in OF_A_FILE and any(e.kind == "line" for e in seen.finding.evidence),
}
"""Id of a fact in data/exclusions.toml -> whether a finding has it, for one of its flows."""


@cache
def table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return code -> its look-alike -> ids of the facts that exclude it."""
    from diagnose import data

    return data.table("exclusions")


def earned(scene: Scene, finding: Finding) -> Finding:
    """Return the finding with what is excluded. It is proven only if every look-alike is.

    A check calls a finding proven if what it saw shows the fault. That is not enough.
    """
    if finding.confidence != "proven":
        return finding
    looked_at = [scene.by_id.get(flow) for flow in finding.flows] or [None]
    best: tuple[Excluded, ...] = ()
    wanted = catalogue.entry(finding.code).look_alikes
    for outcome in looked_at:
        seen = Seen(scene, finding, outcome, None if outcome is None else facts_of(scene, outcome))
        best = max(best, tuple(_excluded(seen)), key=len)
        if len(best) == len(wanted):
            return replace(finding, excluded=best)
    left = next(code for code in wanted if code not in {each.code for each in best})
    return replace(finding, confidence="strong", excluded=best, settle_by=finding.settle_by or _settling(finding, left))


def _excluded(seen: Seen) -> Iterator[Excluded]:
    for code, ids in table().get(seen.finding.code, {}).items():
        by = next((name for name in ids if FACTS[name](seen)), None)
        if by is not None:
            yield Excluded(code, by)


def _settling(finding: Finding, left: str) -> str:
    """Return how the finding is told from the look-alike that is left."""
    differs = catalogue.entry(finding.code).look_alikes[left]
    return tr("whether it is {code} instead: there {difference}", code=left, difference=differs)
