"""Does a server of SQL have the SASL mechanism that clients of these files start with?

The first question starts SASL with a mechanism that no server has, and does not tell. So PLAIN and
GSSAPI are started as well, each on a connection of its own. No user name or password is sent.
A server with TLS is asked inside TLS. One in HTTP mode is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from diagnose.flows.cluster import view_of
from diagnose.flows.hive_login import LOGINS, hive_login
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note
from diagnose.scene.other_service import MECHANISMS, may_speak_http, may_speak_tls
from diagnose.scene.scene import Scene
from probes.frozen import replace
from probes.language import tr
from probes.observation import Observation
from probes.questions import Option, Question

NAME = "login"

MOST_ASKED = 8
"""Servers that are asked, the first ones of a case. A cluster has few."""


def questions(scene: Scene) -> Iterator[Further]:
    """Yield two questions for every required server that accepts.

    None if the files do not tell how clients log in.
    """
    view = view_of(scene.case)
    told = {name for name in LOGINS if not may_speak_http(scene.case, name) and hive_login(view, name)}
    found = (o for o in scene.outcomes if o.flow.component in told and _is_asked(o.flow) and o.observed is not None)
    accepting = (o for o in found if o.observed is not None and o.observed.reason == "syn-ack")
    for outcome in islice(accepting, MOST_ASKED):
        flow, seen = outcome.flow, outcome.observed
        address = seen.address if seen is not None else None
        end = replace(flow.endpoint, address=address or flow.endpoint.address)
        inside: Mapping[str, Option] = {"secure": True} if may_speak_tls(scene.case, flow.component) else {}
        for mechanism, key in MECHANISMS.items():
            asked = Question("thrift-sasl", end, {"mechanism": mechanism, **inside})
            yield Further(flow.id, f"{NAME} {mechanism}", asked, _says(key))


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow."""
    if _is_asked(flow):
        when = tr("it accepts, and {key} tells how clients log in", key=LOGINS[flow.component].login)
        sends = tr("the start of SASL with PLAIN, and with GSSAPI, without a name or a password")
        most = len(MECHANISMS)
        yield Possible(NAME, when, sends, most, in_all=most * MOST_ASKED)


def _is_asked(flow: Flow) -> bool:
    return flow.component in LOGINS and flow.need == "required"


def _says(key: str) -> Callable[[Observation], Observation]:
    """Return what keeps the answer to one mechanism. Nothing is learnt from any other answer."""

    def learn(answer: Observation) -> Observation:
        says = answer.word("says") if answer.reason == "service-reply" else None
        return note(answer, {} if says in (None, "invalid-status") else {key: says})

    return learn
