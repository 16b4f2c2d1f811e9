"""Which KDCs do clients ask only on the day on which another one stops?

libkrb5 and the JDK ask the KDCs of a realm in the order of krb5.conf, and stop at the first answer.
So what stops a KDC behind one that works stops no login. Neither does one that refuses at once,
if a later one answers: both clients then ask that one without a wait.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.case.model import Case
from diagnose.flows.kerberos import BY_DNS
from diagnose.scene.node_records.model import Records
from diagnose.scene.outcome import GOOD, Outcome
from probes.frozen import replace
from probes.language import tr

KDCS = frozenset({"kdc-udp", "kdc-tcp"})
LISTENS = ("yes", "unknown")
"""What a list of sockets says of a port that may be listened on."""
LETS_IN = ("accept", "unknown")
"""What a firewall of the host does with a request that may get in."""


def with_spares(case: Case, outcomes: Sequence[Outcome], far: Records) -> tuple[Outcome, ...]:
    """Return the outcomes, with the KDCs marked that fail and that no login needs.

    KDCs that DNS names have no fixed order, so each of them may be asked first. Of a realm with two
    stanzas one Java reads the first, and another one the last.
    """
    realms: dict[tuple[str | None, str], list[Outcome]] = {}
    for outcome in outcomes:
        flow = outcome.flow
        if flow.component in KDCS and flow.need == "required" and flow.origin.file != BY_DNS:
            realms.setdefault((flow.realm, flow.component), []).append(outcome)
    ordered = [kdcs for (realm, _), kdcs in realms.items() if len(kdcs) > 1 and _has_one_stanza(case, realm)]
    spares = {id(spare): host for kdcs in ordered for spare, host in _spares(kdcs, far)}
    if not spares:
        return tuple(outcomes)
    return tuple(_marked(outcome, spares[id(outcome)]) if id(outcome) in spares else outcome for outcome in outcomes)


def _has_one_stanza(case: Case, realm: str | None) -> bool:
    return case.krb5 is None or realm is None or case.krb5.times_opened("realms", realm) < 2


def _marked(outcome: Outcome, host: str) -> Outcome:
    why = tr("clients ask {host}, which is of the same realm, in its place", host=host)
    return replace(outcome, flow=replace(outcome.flow, need="optional", why=why, spare_of=host))


def _spares(kdcs: Sequence[Outcome], far: Records) -> list[tuple[Outcome, str]]:
    """Return the KDCs of one realm and transport that no login needs, each with the host of the one
    that is asked in its place."""
    working = [_works(outcome, far) for outcome in kdcs]
    found = []
    for place, outcome in enumerate(kdcs):
        if working[place]:
            continue
        before = next((each for each, works in zip(kdcs[:place], working, strict=False) if works), None)
        after = next((each for each, works in zip(kdcs[place:], working[place:], strict=True) if works), None)
        instead = before or (after if _refuses(outcome, far) else None)
        if instead is not None and instead.flow.endpoint.host != outcome.flow.endpoint.host:
            found.append((outcome, instead.flow.endpoint.host))
    return found


def _works(outcome: Outcome, far: Records) -> bool:
    """Return True if neither the layers, nor packets, nor records of the host stop it."""
    if outcome.verdict not in GOOD or _has_answered(outcome):
        return outcome.verdict in GOOD
    shown = far.of(outcome.flow.id)
    is_stopped = (
        shown.kdc_conf is not None or shown.kdc_down is not None or any(answer.is_certain for answer in shown.stray)
    )
    return outcome.observed is None and not is_stopped and shown.listening in LISTENS and shown.filtered in LETS_IN


def _has_answered(outcome: Outcome) -> bool:
    return outcome.observed is not None and outcome.observed.reason == "kerberos-reply" and outcome.verdict in GOOD


def _refuses(outcome: Outcome, far: Records) -> bool:
    """Return True if the host itself, or a device on the way, refuses without a wait.

    So does a host that lets the packets in and on which no KDC runs.
    """
    if outcome.observed is not None:
        return outcome.observed.state == "closed" and outcome.from_inside
    shown = far.of(outcome.flow.id)
    is_down = shown.kdc_down is not None and shown.kdc_down.is_sure
    return outcome.verdict in GOOD and shown.filtered in LETS_IN and (is_down or shown.listening == "absent")
