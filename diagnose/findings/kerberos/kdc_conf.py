"""Does the kdc.conf in the case show that the KDC does not listen where clients dial?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from diagnose.findings.model import Blame, Evidence
from diagnose.findings.network.inference import SOCKETS
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr

CAUSE: Final = "kdc-conf"
CODES: Final[Mapping[tuple[str, str], str]] = {
    ("off", "udp"): "KDC-UDP-OFF",
    ("off", "tcp"): "KDC-TCP-OFF",
    ("moved", "udp"): "KDC-PORT",
    ("moved", "tcp"): "KDC-PORT",
    ("elsewhere", "udp"): "KDC-BIND",
    ("elsewhere", "tcp"): "KDC-BIND",
}
"""What kdc.conf says, and transport -> code."""

SEEN_AS: Final = frozenset({"KDC-DOWN", "FW-OS-DROP"})
"""Codes of what a closed port looks like to packets alone."""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield every flow to a KDC whose kdc.conf does not let it listen there.

    A KDC that answers there was started with another file.
    """
    for outcome in scene.outcomes:
        says = scene.far.of(outcome.flow.id).kdc_conf
        if says is None or not outcome.flow.counts or _is_open(outcome):
            continue
        end, line = outcome.flow.endpoint, says.line
        yield Blame(
            CODES[says.state, end.transport],
            (CAUSE, says.state, end.host, says.port),
            outcome,
            "strong",
            missing=(tr(SOCKETS),),
            evidence=(Evidence("line", str(line.origin), line.text, line.origin),),
            cause=CAUSE,
            answers_on=says.port,
        )


def settled(blames: Sequence[Blame]) -> list[Blame]:
    """Return one blame for each flow of which kdc.conf and packets say the same in their own way.

    - What packets prove of a transport stays, and kdc.conf adds nothing.
    - A KDC that listens on another port is not down. No rule for the dialled port helps.
    """
    by_file = {blame.flow.id: blame for blame in blames if blame.cause == CAUSE}
    if not by_file:
        return list(blames)
    proven = {blame.flow.id for blame in blames if _is_by_packets(blame, by_file)}
    return [
        blame
        for blame in blames
        if not (blame.cause == CAUSE and blame.flow.id in proven) and not _is_replaced(blame, by_file, proven)
    ]


def _is_by_packets(blame: Blame, by_file: Mapping[str, Blame]) -> bool:
    known = by_file.get(blame.flow.id)
    return known is not None and blame.cause != CAUSE and blame.code in (known.code, "KDC-PORT", "KDC-BIND")


def _is_replaced(blame: Blame, by_file: Mapping[str, Blame], proven: set[str]) -> bool:
    known = by_file.get(blame.flow.id)
    if known is None or blame.cause == CAUSE or blame.flow.id in proven:
        return False
    is_rule = blame.code.startswith(("SG-", "NACL-"))
    return blame.code in SEEN_AS or (is_rule and known.code == "KDC-PORT")


def _is_open(outcome: Outcome) -> bool:
    return any(observation.state == "open" for observation in outcome.observations)
