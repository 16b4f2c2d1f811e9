"""Do the records of a KDC's host show that the KDC does not run?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from diagnose.findings.kerberos.kdc_conf import SEEN_AS
from diagnose.findings.model import Blame, Confidence, Evidence
from diagnose.findings.network.inference import SOCKETS
from diagnose.scene.scene import Scene
from probes.language import tr

CAUSE: Final = "kdc-start"
CODE: Final = "KDC-DOWN"


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield every flow to a KDC that does not run. One that takes a connection or answers runs,
    whichever transport shows it: its records are older then."""
    kdcs = [outcome for outcome in scene.outcomes if outcome.flow.area == "kerberos"]
    running = {o.flow.endpoint.host for o in kdcs if any(seen.state == "open" for seen in o.observations)}
    for outcome in kdcs:
        down = scene.far.of(outcome.flow.id).kdc_down
        if down is None or not outcome.flow.counts or outcome.flow.endpoint.host in running:
            continue
        line = down.line
        confidence: Confidence = "strong" if down.is_sure else "inferred"
        yield Blame(
            CODE,
            (CAUSE, outcome.flow.endpoint.host),
            outcome,
            confidence,
            missing=(tr(SOCKETS),),
            evidence=(Evidence("line", str(line.origin), line.text, line.origin),),
            cause=CAUSE,
        )


def settled(blames: Sequence[Blame]) -> list[Blame]:
    """Return the blames without what packets and lists of sockets see of the same KDC."""
    down = {blame.flow.id for blame in blames if blame.cause == CAUSE and blame.confidence != "inferred"}
    return [blame for blame in blames if blame.cause == CAUSE or blame.code not in SEEN_AS or blame.flow.id not in down]
