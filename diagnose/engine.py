"""The one way through: case -> flows -> decisions and observations -> findings -> remedies -> report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from diagnose.case.model import Case, Skipped
from diagnose.clients.case import clients_of
from diagnose.clients.model import Prediction
from diagnose.decisions.model import Model
from diagnose.findings import Conclusion, Scene, conclude, scene
from diagnose.findings.conclude import AREAS, Bug
from diagnose.findings.network import packets, path
from diagnose.flows.model import FlowPlan
from diagnose.flows.networks import sources
from diagnose.flows.plan import flows
from diagnose.remedies.plan import Suggestions, suggest
from diagnose.scene.outcome import outcomes
from probes.observation import Observation

if TYPE_CHECKING:
    from diagnose.live.login import Proof

FailOn = Literal["error", "warning"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was observed, by flow id, and how the observing ended. Empty where nothing was sent. skipped: what there was no time to ask."""

    by_flow: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    interrupted: bool = False
    bugs: tuple[Bug, ...] = ()
    proof: Proof | None = None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that a report says, before it is put into the report's own words and order."""

    case: Case
    scene: Scene
    plan: FlowPlan
    conclusion: Conclusion
    suggestions: Suggestions
    clients: tuple[Prediction, ...]
    skipped: tuple[Skipped, ...]
    bugs: tuple[Bug, ...]
    exit_code: int


def recorded(case: Case) -> Seen:
    """The observations that a case carries from an earlier run."""
    by_flow: dict[str, tuple[Observation, ...]] = {}
    for one in case.recorded:
        by_flow[one.flow] = (*by_flow.get(one.flow, ()), one.observation)
    return Seen(by_flow)


def look(case: Case, plan: FlowPlan, seen: Seen) -> Scene:
    """Configuration and observations of every flow, side by side."""
    model = Model(case, sources(case))
    return scene(case, model, outcomes(model, plan.flows, seen.by_flow), live=bool(seen.by_flow), proof=seen.proof)


def diagnose(
    case: Case, seen: Seen, *, areas: Iterable[str] = AREAS, fail_on: FailOn = "error", plan: FlowPlan | None = None
) -> Diagnosis:
    """Pure: the same case and observations give the same diagnosis. plan: the flows of the case, where the caller has them already."""
    plan = flows(case) if plan is None else plan
    wanted = tuple(areas)
    place = look(case, plan, seen)
    conclusion = conclude(place, wanted)
    bugs = [*seen.bugs, *conclusion.bugs]
    suggestions = _guarded("remedies", lambda: suggest(place, conclusion.blames), Suggestions(), bugs)
    nobody: tuple[Prediction, ...] = ()
    clients = _guarded("clients", lambda: clients_of(place), nobody, bugs)
    unchecked = (*_not_checked(place), *path.not_checked(place), *_left_out(wanted))
    skipped = (*case.skipped, *plan.skipped, *seen.skipped, *place.far.skipped, *unchecked)
    return Diagnosis(
        case,
        place,
        plan,
        conclusion,
        suggestions,
        clients,
        tuple(dict.fromkeys(skipped)),
        tuple(bugs),
        exit_code(place, plan, conclusion, bugs, interrupted=seen.interrupted, fail_on=fail_on),
    )


def exit_code(
    place: Scene, plan: FlowPlan, conclusion: Conclusion, bugs: Sequence[Bug], *, interrupted: bool, fail_on: FailOn
) -> int:
    """130 > 4 > 1 > 3 > 0, as CONTRACT orders them; 2 never gets this far."""
    if interrupted:
        return 130
    if bugs or any(seen.reason == "bug" for outcome in place.outcomes for seen in outcome.observations):
        return 4
    failing = {"error"} if fail_on == "error" else {"error", "warning"}
    if any(f.severity in failing and f.confidence != "inferred" for f in conclusion.findings):
        return 1
    candidates = any(f.severity in failing for f in conclusion.findings)
    return 0 if not candidates and _everything_works(place, plan) else 3


def _everything_works(place: Scene, plan: FlowPlan) -> bool:
    """Every required flow has an answer, and it is yes. Where packets were sent, each required flow must have answered.

    A case that shows the Hadoop side at all must show all that is required of it; one that is about Kerberos alone answers for that.
    """
    required = [o for o in place.outcomes if o.flow.need == "required" and not packets.elsewhere(place, o)]
    shows_hadoop = bool(place.case.settings or place.case.nodes)
    if not required or (shows_hadoop and any(skip.needs for skip in plan.skipped)):
        return False
    if any(skip.hides for skip in place.case.skipped):
        return False
    if place.live and any(outcome.observed is None or outcome.observed.state != "open" for outcome in required):
        return False
    return all(outcome.verdict in ("reachable", "allowed") for outcome in required)


def _guarded(name: str, step: Callable[[], T], otherwise: T, bugs: list[Bug]) -> T:
    """Our own bug is a result, not a crash: it is recorded, and the report goes on without this part."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001
        bugs.append(Bug(name, f"{type(error).__name__}: {error}"))
        return otherwise


def _not_checked(place: Scene) -> list[Skipped]:
    """Layers that the case says nothing of."""
    found: list[Skipped] = []
    if place.outcomes and any(source.groups is None for source in place.model.sources):
        cause = "no file names the security group of the resource group's own interfaces"
        found.append(
            Skipped(
                "outbound rules of the resource group",
                cause,
                "ListNetworks, and DescribeSecurityGroupAttribute of its group",
            )
        )
    nowhere = [source.label for source in place.model.sources if source.vpc is None]
    if place.outcomes and nowhere and place.case.cluster.vpc:
        cause = f"no file says in which VPC {', '.join(nowhere[:4])} is"
        found.append(
            Skipped("routes to the cluster", cause, "ListNetworks, DescribeVSwitchAttributes, DescribeRouteEntryList")
        )
    other_family = dict.fromkeys(o.flow.endpoint.host for o in place.outcomes if not o.flow.sources)
    if other_family and place.model.sources:
        cause = (
            f"no network of the resource group has a block of the address family of {', '.join(list(other_family)[:4])}"
        )
        needs = "CidrBlock or Ipv6CidrBlock of the vSwitch (DescribeVSwitchAttributes), or --from CIDR"
        found.append(Skipped("flows to hosts of another address family", cause, needs))
    hosts = dict.fromkeys(
        o.flow.endpoint.host for o in place.outcomes if o.attachment.groups is None and not o.attachment.external
    )
    if hosts:
        cause = f"no file says which security group is on {', '.join(list(hosts)[:4])}"
        found.append(
            Skipped("inbound rules of the cluster", cause, "DescribeSecurityGroupAttribute of the group on the nodes")
        )
    external = dict.fromkeys(
        o.flow.endpoint.host for o in place.outcomes if o.decision("ingress") is None and o.attachment.external
    )
    if external:
        cause = (
            f"{', '.join(list(external)[:4])} is no node of the cluster, so what filters its traffic is not in the case"
        )
        found.append(
            Skipped(
                "filters of hosts outside the cluster", cause, "a check without --offline from a host in the vSwitch"
            )
        )
    if any(o.observed is not None and not o.from_inside for o in place.outcomes):
        cause = "this host is not in a network of the resource group, so what it sees does not speak for them"
        found.append(Skipped("packets from the resource group", cause, "the check run on a host in the vSwitch"))
    return found


def _left_out(wanted: Sequence[str]) -> list[Skipped]:
    return [Skipped(f"{area} checks", "left out by --only or --skip", "") for area in AREAS if area not in wanted]
