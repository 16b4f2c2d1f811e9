"""Which further questions does the first answer of a KDC raise?

- A KDC that refuses may listen on another port.
- A KDC that answers over UDP may lose large replies.
- A KDC that does not know K/M may serve another realm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from diagnose.decisions.model import PROTOCOL
from diagnose.findings.kerberos.kdc_answers import UNKNOWN_CLIENT
from diagnose.findings.network.missing_rule import MOST_DELIBERATE_PORTS
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note, note_of
from diagnose.live.observe import question_of
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.files.krb5conf.mit import KDC_PORT
from probes.frozen import replace
from probes.kerberos.kdc.udp_reply_size import MOST_DATAGRAMS, MOST_SECONDS
from probes.language import tr
from probes.observation import Observation
from probes.questions import Question

MOST_OTHER_PORTS = 8
"""Ports that are asked if a KDC refuses the configured one."""


def questions(scene: Scene) -> Iterator[Further]:
    """Yield the questions for every KDC that was asked."""
    for outcome in scene.outcomes:
        if outcome.flow.area == "kerberos" and outcome.observed is not None:
            yield from _about(scene, outcome)


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow, whatever it answers."""
    if flow.area != "kerberos":
        return
    transport = flow.endpoint.transport
    yield Possible(
        "other ports",
        tr("it refuses"),
        tr(
            "the same AS-REQ to port {port}, and to ports that a narrow rule of its security groups opens for "
            "{transport}: at most {most} others",
            port=KDC_PORT,
            transport=transport,
            most=MOST_OTHER_PORTS,
        ),
        MOST_OTHER_PORTS,
    )
    if transport == "udp":
        yield Possible(
            "sizes",
            tr("it answers"),
            tr(
                "AS-REQs in long names, to see up to which size answers arrive: at most {most} datagrams; the KDC's "
                "log shows them as unknown clients",
                most=MOST_DATAGRAMS,
            ),
            seconds=MOST_SECONDS,
        )
    else:
        yield Possible(
            "realm",
            tr("it does not know {principal}", principal=f"K/M@{flow.realm}"),
            tr("four bytes of an impossible length, to which MIT's KDC answers with its own realm"),
        )


def _about(scene: Scene, outcome: Outcome) -> Iterator[Further]:
    flow, seen = outcome.flow, outcome.observed
    if seen is None:
        return
    here = replace(flow.endpoint, address=seen.address or flow.endpoint.address)
    if seen.state == "closed":
        for port in _other_ports(scene, flow, outcome.attachment.groups or ()):
            yield Further(flow.id, f"port {port}", question_of(flow, replace(here, port=port)), _answers_on(port))
    elif seen.reason == "kerberos-reply" and flow.endpoint.transport == "udp":
        yield Further(flow.id, "sizes", Question("kdc-reply-sizes", here, {"realm": flow.realm or ""}), _sizes)
    elif seen.reason == "kerberos-reply" and seen.detail.get("error_code") == UNKNOWN_CLIENT:
        yield Further(flow.id, "realm", Question("kdc-own-realm", here), note_of("own_realm"))


def _answers_on(port: int) -> Callable[[Observation], Observation]:
    def learn(answer: Observation) -> Observation:
        return note(answer, {"answers_on": port} if answer.reason == "kerberos-reply" else {})

    return learn


def _sizes(answer: Observation) -> Observation:
    """Keep the sizes that are known, in bytes."""
    sizes = answer.detail.get("reply_sizes")
    if not isinstance(sizes, Mapping):
        return note(answer, {})
    named = {
        f"{'largest' if size == 'arrived' else size}_reply": sizes[size] for size in ("arrived", "lost", "refused")
    }
    return note(answer, {name: size for name, size in named.items() if size is not None})


def _other_ports(scene: Scene, flow: Flow, groups: Iterable[str]) -> list[int]:
    """Return 88, and every port that a narrow accept rule of this transport opens on the host's
    groups."""
    protocol = PROTOCOL[flow.endpoint.transport]
    opened = {
        port
        for ident in groups
        for rule in scene.model.group(ident).rules
        if rule.accept and rule.direction == "ingress" and rule.protocol == protocol and isinstance(rule.ports, tuple)
        for low, high in rule.ports
        if high - low < MOST_DELIBERATE_PORTS
        for port in range(low, high + 1)
    }
    taken = {o.flow.endpoint.port for o in scene.outcomes if o.flow.area != "kerberos"} | {flow.endpoint.port}
    return sorted({KDC_PORT, *opened} - taken)[:MOST_OTHER_PORTS]
