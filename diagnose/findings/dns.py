"""Names that the vantage cannot resolve."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.model import Blame, Confidence, Scene


def blames(scene: Scene) -> Iterator[Blame]:
    """One fault for all names that do not exist; if only KDCs are missed by it, it goes by the KDC's code."""
    unresolved = [
        o
        for o in scene.outcomes
        if o.observed is not None and o.observed.state == "unresolved" and o.flow.need != "optional"
    ]
    unknown = [o for o in unresolved if o.observed is not None and o.observed.reason == "name-not-found"]
    code = "DNS-NX-KDC" if all(o.flow.area == "kerberos" for o in unknown) else "DNS-CLUSTER-NAME"
    for outcome in unresolved:
        certainty: Confidence = "proven" if outcome.from_inside else "inferred"
        missing = (
            ()
            if outcome.from_inside
            else (f"the same lookup of {outcome.flow.endpoint.host} on a host in the vSwitch",)
        )
        if outcome in unknown:
            yield Blame(code, "name", outcome, certainty, missing=missing)
        else:
            yield Blame("DNS-TIMEOUT", "resolver", outcome, certainty, missing=missing)
