"""How does one line say a flow, or many alike: where it goes, its verdict, and which rule or packet
decides?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from diagnose.output.observation import ObservationFacts
from diagnose.output.reason_words import ICMP_WORDS, WORDS
from diagnose.output.sentences import clauses, commas, series
from diagnose.report.flow_model import DecisionFacts, FlowFacts
from diagnose.report.value_words import DECIDED
from diagnose.report.value_words import NEEDS as NEED_WORDS
from probes.frozen import frozen
from probes.language import marked, tr

MOST_NAMED = 2
"""Hosts that one line names; the others are counted."""

OK = ("reachable", "accepts", "allowed")

ACCEPTS = marked("its port takes connections; what stands behind it was not asked.")
"""What the verdict "accepts" means."""

NO_ANSWER: Mapping[str, str] = {
    "silent": marked("accepts the connection and does not answer in its protocol"),
    "hangs": marked("accepts the connection and answered neither the first question nor a second one"),
    "tls": marked("accepts the connection and answers TLS alone, which the files do not name"),
    "no-tls": marked("accepts the connection and answers without TLS, which the files name"),
    "closed": marked("accepts the connection and closes it without an answer"),
    "idle": marked("answers, and says that it serves no client now"),
    "unidentified": marked("accepts the connection and answers in HTTP, and does not say that it is this service"),
    "foreign": marked("accepts the connection and answers in another protocol"),
    "other-principal": marked("answers, but runs as another principal than the Hadoop files name for it"),
}
"""What came of a question in the service's own protocol, if it was no answer."""

OPTIONAL = marked(
    "not needed to run tasks, or only with a certain engine, mode or setting; for example a web page that a job log "
    "links to."
)
"""What the word for flows that are not required means."""

LAYERS = {"network-acl": marked("network ACL"), "route": marked("route")}

NOT_PROBED = marked("no packet was sent")
NO_RULE = marked("no packet was sent, and the case has no rule or route for it")
NO_NETWORK = marked(
    "no packet was sent, and no network of the resource group in this address family is known, so no rule is judged"
)


@frozen
class Trouble:
    """Flows with one verdict for one reason."""

    verdict: str
    """The verdict."""
    why: str
    """The reason, as one clause."""
    flows: tuple[FlowFacts, ...]
    """The flows."""
    targets: tuple[tuple[str, str, str], ...]
    """Service, where to and need: "core-1-1, core-1-2 and 18 more: 9866/tcp"."""


def domain(hosts: Iterable[str]) -> str:
    """Return the domain that most host names share, with its leading dot. "" if no two share one.

    `hosts`: one name for each flow.
    """
    shared = Counter(f".{rest}" for host in hosts if (rest := host.partition(".")[2]) and not _is_address(host))
    commonest = shared.most_common(1)
    return commonest[0][0] if commonest and commonest[0][1] > 1 else ""


def broken(flows: Sequence[FlowFacts], suffix: str) -> list[Trouble]:
    """Return what does not work or is not known, one entry for each reason. Required flows come
    first."""
    by_reason: dict[tuple[str, str], list[FlowFacts]] = {}
    for flow in sorted(flows, key=lambda flow: flow.need != "required"):
        if flow.verdict not in OK:
            by_reason.setdefault((flow.verdict, why(flow)), []).append(flow)
    return [
        Trouble(verdict, reason, tuple(same), _targets(same, suffix)) for (verdict, reason), same in by_reason.items()
    ]


def _targets(flows: Sequence[FlowFacts], suffix: str) -> tuple[tuple[str, str, str], ...]:
    alike: dict[tuple[str, str, str], list[FlowFacts]] = {}
    for flow in flows:
        alike.setdefault((flow.service, _port(flow), flow.need), []).append(flow)
    return tuple((same[0].service, _target(same, suffix), tr(NEED_WORDS[same[0].need])) for same in alike.values())


def working(flows: Sequence[FlowFacts], suffix: str) -> list[tuple[str, str, str]]:
    """Return what works, a line for each set of hosts with the same services.

    Each line is a verdict, hosts, and services with their ports.
    """
    by_host: dict[tuple[str, str], list[str]] = {}
    for flow in flows:
        if flow.verdict in OK:
            by_host.setdefault((flow.verdict, flow.host), []).append(f"{flow.service} {_port(flow)}")
    same: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (verdict, host), services in by_host.items():
        same.setdefault((verdict, tuple(dict.fromkeys(services))), []).append(short(host, suffix))
    return [(verdict, series(hosts, MOST_NAMED), commas(services)) for (verdict, services), hosts in same.items()]


def why(flow: FlowFacts) -> str:
    """Return what a probe observed, then which rule or default decides. A denial comes before an
    unknown."""
    probed = [observation for observation in flow.observations if observation.state != "not-probed"]
    notes = (observation.detail.get("own_protocol") for observation in flow.observations)
    unanswered = next((NO_ANSWER[told] for told in notes if isinstance(told, str) and told in NO_ANSWER), "")
    if unanswered and flow.verdict not in OK:
        return tr(unanswered)
    observed = next((words for observation in reversed(probed) if (words := _observed(observation))), "")
    surest = sorted(
        (decision for decision in flow.decisions if decision.verdict != "allowed"),
        key=lambda decision: decision.verdict == "unknown",
    )
    configured = _decided(surest[0]) if surest else ""
    if not configured and observed and flow.verdict not in OK and flow.decisions:
        configured = tr("every known rule allows it")
    if not (observed or configured):
        nothing = NOT_PROBED if flow.decisions else NO_RULE if flow.sources else NO_NETWORK
        observed = next((_observed(observation) for observation in flow.observations), tr(nothing))
    return clauses(text for text in (observed, configured) if text)


def target(flow: FlowFacts) -> str:
    """Return where a flow goes, as `probe` takes it: "tcp://master-1-1:8020"."""
    host = f"[{flow.host}]" if ":" in flow.host else flow.host
    return f"{flow.transport}://{host}:{flow.port}{f'-{flow.last_port}' if flow.last_port else ''}"


def short(host: str, suffix: str) -> str:
    return host.removesuffix(suffix) if suffix else host


def _observed(observation: ObservationFacts) -> str:
    if observation.reason in ICMP_WORDS:
        icmp = tr(ICMP_WORDS[observation.reason])
        if observation.offender:
            return tr("rejected by {offender} (ICMP {icmp})", offender=observation.offender, icmp=icmp)
        return tr("rejected (ICMP {icmp})", icmp=icmp)
    words = tr(WORDS.get(observation.reason, observation.reason))
    if observation.reason == "no-response" and observation.attempts > 1:
        return tr("{what}, {count} tries", what=words, count=observation.attempts)
    return words


def _decided(decision: DecisionFacts) -> str:
    """Return "sgr-1 in sg-emr: drop, priority 1 …". If only some sources are denied, they are named
    first."""
    wanted = ("denied", "unknown", "partial")
    line = next((line for verdict in wanted for line in decision.deciding if line.verdict == verdict), None)
    words = "" if line is None else line.why
    if line is not None and line.rule and decision.layer != "route":  # a route's words name it and its table
        words = tr("{rule} in {group}: {why}", rule=line.rule, group=line.group, why=line.why)
    if not words and decision.missing:
        words = tr("depends on {missing}", missing=clauses(decision.missing))
    words = words or tr(DECIDED[decision.verdict])
    if decision.denied_sources and decision.allowed_sources:
        template = (
            marked("{sources} not routed; {words}")
            if decision.layer == "route"
            else marked("{sources} not let in; {words}")
        )
        words = tr(template, sources=series(decision.denied_sources, MOST_NAMED), words=words)
    if decision.layer not in ("security-group", "input"):
        return tr("{name}: {text}", name=tr(LAYERS[decision.layer]), text=words)
    return tr("outbound: {words}", words=words) if decision.direction == "egress" else words


def _target(same: Sequence[FlowFacts], suffix: str) -> str:
    hosts = [short(flow.host, suffix) for flow in same]
    end = _port(same[0])
    if len(hosts) == 1:
        return f"{hosts[0]}:{end}"
    return tr("{name}: {text}", name=series(hosts, MOST_NAMED), text=end)


def _port(flow: FlowFacts) -> str:
    last = f"-{flow.last_port}" if flow.last_port else ""
    return f"{flow.port}{last}/{flow.transport}"


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").replace("/", "").isdecimal()
