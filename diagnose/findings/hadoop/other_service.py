"""Which ports are those of another service than the one that the files name?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.model import Blame, Confidence
from diagnose.flows.components import owners
from diagnose.flows.model import Flow
from diagnose.scene.other_service import BINARY, other_protocol
from diagnose.scene.scene import Scene
from probes.language import tr

CODES: Mapping[tuple[str, str], str] = {
    ("namenode-rpc", "http"): "SVC-RPC-HTTP",
    ("resourcemanager-client", "http"): "SVC-RPC-HTTP",
    ("jobhistory-rpc", "http"): "SVC-RPC-HTTP",
    **{(key, "http"): "SVC-HS2-MODE" for key in ("hiveserver2", "spark-thrift", "kyuubi")},
    **{(f"{key}-http", BINARY): "SVC-HS2-MODE" for key in ("hiveserver2", "spark-thrift", "kyuubi")},
}
"""Component and protocol of the answer -> code. Every other answer is SVC-PORT."""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield a blame for each flow on whose port another protocol answers."""
    for outcome in scene.outcomes:
        answered = other_protocol(outcome.observations)
        if answered is None:
            continue
        key = (outcome.flow.component, outcome.flow.endpoint.port, answered)
        code = _code(outcome.flow, answered)
        certainty: Confidence = "proven" if outcome.from_inside else "strong"
        missing = () if outcome.from_inside else (tr("the same check from a host of the resource group"),)
        yield Blame(code, key, outcome, certainty, missing=missing, cause="other-protocol")


def _code(flow: Flow, answered: str) -> str:
    """Return the code. On the port of another service, HTTP is no other mode of HiveServer2."""
    code, own = CODES.get((flow.component, answered), "SVC-PORT"), flow.component.removesuffix("-http")
    known = owners(flow.endpoint.port)
    is_elsewhere = bool(known) and not any(each.key.removesuffix("-http") == own for each in known)
    return "SVC-PORT" if code == "SVC-HS2-MODE" and is_elsewhere else code
