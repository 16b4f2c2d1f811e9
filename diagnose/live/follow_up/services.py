"""Which further questions do the first answers of a service raise?

- A Hadoop server that refuses may listen on the port that another release or mode of the cluster
  gives it: a NameNode on 9000 in place of 8020, or the other way round.
- A server that accepts may be another one, or hang. It is asked in the protocol of the service,
  inside TLS if the files say so. A metastore or HiveServer2 in HTTP mode gets one GET.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from diagnose.case.model import Case
from diagnose.flows.components import Inquiry, component
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note
from diagnose.live.follow_up.once_more import MOST_CONNECTIONS, SECONDS, once_more
from diagnose.live.service_principals import has_pattern, service_principals
from diagnose.scene.other_service import (
    BINARY,
    DEMANDS,
    HTTP,
    NO_TLS,
    OF_WEB,
    OTHER_PROTOCOL,
    OTHERS,
    OWN_ANSWER,
    RUNS_AS,
    TLS_ALONE,
    TRANSPORT,
    OwnAnswer,
    is_binary,
    may_speak_http,
    may_speak_tls,
)
from diagnose.scene.scene import Scene
from probes.frozen import replace
from probes.language import tr
from probes.observation import Observation
from probes.questions import Option, Question
from probes.questions.question import Kind
from probes.regex import regex

OPTIONS: Mapping[Kind, Mapping[str, Option]] = {
    "thrift": {"mechanism": "EMR-DIAGNOSE\r\n"},
    "sql": {"mechanism": "EMR-DIAGNOSE\r\n"},
}
"""What is asked: a mechanism that no server has. A web server answers once a line has ended."""

LOGIN_SAID: Mapping[Kind, str] = {"hadoop-rpc": DEMANDS, "thrift": TRANSPORT, "hive-http": DEMANDS}
"""Question -> what of its answer says which login the service wants."""

SPEAK_HTTP: frozenset[Kind] = frozenset({"web-service", "hive-http", "sql"})
"""Kinds whose service may answer in HTTP.

Kyuubi and the Spark Thrift Server do so by settings that the case need not have. If the files say
that they do not, they are asked in Thrift alone.
"""

STEPS: Mapping[Kind, int] = {"thrift": 2, "sql": 3, "hbase-rpc": 2, "data-transfer": 2, "web-service": 2}
"""Connections that a question of this kind may take. One for every other kind."""

MOST_ASKED = 32
"""Servers that accept and are asked who they are, the first ones of a case. DataNodes are counted
by themselves."""

DATANODES = frozenset({"datanode-transfer", "datanode-http", "datanode-https"})
"""Components of a DataNode. A cluster has many of each."""

MOST_DATANODES = 256
"""Ports of DataNodes that accept and are asked. Each takes at most two connections."""

CONNECTIONS_OF_A_DATANODE = 3
"""Connections of the second question to a DataNode: as many as of the first, and one of TLS."""

THRIFT = frozenset({"thrift", BINARY})
"""Protocols of the words of a Thrift server."""

RPC = "hadoop-ipc"
INVALID = b"Invalid status"
PATH = regex(r"[A-Za-z0-9._~/-]{1,200}")
"""A path of HiveServer2 in HTTP mode that can be asked for as it stands."""


def questions(scene: Scene) -> Iterator[Further]:
    """Yield the questions for every server that refuses or accepts."""
    yield from _protocols(scene)
    for outcome in scene.outcomes:
        flow, seen = outcome.flow, outcome.observed
        if seen is None or seen.state != "closed":
            continue
        for port in _other_ports(flow):
            end = replace(flow.endpoint, address=seen.address or flow.endpoint.address, port=port)
            yield Further(flow.id, f"port {port}", Question("hadoop-rpc", end), _answers_on(port))


def _protocols(scene: Scene) -> Iterator[Further]:
    """Yield one question for each server that accepts, for those first that are required."""
    left = {True: MOST_DATANODES, False: MOST_ASKED}
    for outcome in sorted(scene.outcomes, key=lambda outcome: outcome.flow.need != "required"):
        flow, seen = outcome.flow, outcome.observed
        inquiry = component(flow.component).question
        is_open = seen is not None and seen.reason == "syn-ack"
        is_datanode = flow.component in DATANODES
        if inquiry is None or seen is None or not is_open or not left[is_datanode]:
            continue
        left[is_datanode] -= 1
        end = replace(flow.endpoint, address=seen.address or flow.endpoint.address)
        if is_binary(scene.case, flow.component):
            inquiry = replace(inquiry, kind="thrift")
        asked = Question(inquiry.kind, end, _options(scene.case, flow))
        keep = _keeping(scene.case, flow, inquiry)
        if may_speak_http(scene.case, flow.component):
            secure = {"secure": True} if asked.has("secure") else {}
            asked, keep = Question("http", end, {"method": "GET", "path": "/", **secure}), _silence
        yield Further(flow.id, _named("protocol", flow), asked, keep, once_more(asked, keep))


def _options(case: Case, flow: Flow) -> Mapping[str, Option]:
    """Return the options of the question, as table and files give them."""
    known = component(flow.component)
    inquiry = known.question
    if inquiry is None:
        return {}
    options = dict(OPTIONS.get(inquiry.kind, {}))
    if inquiry.service is not None:
        options["service"] = inquiry.service
    if inquiry.secure is not None:
        options |= {"secure": inquiry.secure, "fallback": True}
    elif may_speak_tls(case, flow.component):
        options["secure"] = True
    configuration = case.settings.get(known.file or "")
    path = configuration.get(inquiry.path) if configuration is not None and inquiry.path is not None else None
    if path is not None and PATH.fullmatch(path.strip().strip("/")):
        options["path"] = f"/{path.strip().strip('/')}"
    return options


def _keeping(case: Case, flow: Flow, inquiry: Inquiry) -> Callable[[Observation], Observation]:
    """Return what keeps an answer: what came, and its protocol if no such service speaks it.

    Another service on a port that is not required is nobody's fault, so its protocol is not kept.
    """
    kind = inquiry.kind
    foreign = OF_WEB if kind in ("web-service", "hive-http") else OTHERS - HTTP if kind in SPEAK_HTTP else OTHERS

    def learn(answer: Observation) -> Observation:
        own, other = _own_answer(answer, kind), answer.detail.get("protocol")
        transport = _other_transport(answer, inquiry)
        if transport is not None:
            own = "foreign"
        if own == "answered" and kind == "hadoop-rpc" and _runs_as_another(case, flow, answer.word("principal")):
            own = "other-principal"
        kept: dict[str, object] = {} if own is None else {OWN_ANSWER: own}
        if own == "other-principal":
            kept[RUNS_AS] = answer.word("principal")
        said = answer.word(LOGIN_SAID[kind]) if own == "answered" and kind in LOGIN_SAID else None
        if said is not None and not _leaves_choice(answer):
            kept[LOGIN_SAID[kind]] = said
        is_binary_mode = kind == "hive-http" and _is_binary_mode(answer)
        if (transport is not None or other in foreign or is_binary_mode) and flow.need == "required":
            kept[OTHER_PROTOCOL] = transport or other
        return note(answer, kept)

    return learn


def _leaves_choice(answer: Observation) -> bool:
    """Return True if a web server takes a password as well as Kerberos."""
    offered = answer.word("authenticate") or ""
    return {"basic", "negotiate"} <= {part.strip().lower().partition(" ")[0] for part in offered.split(",")}


def _silence(answer: Observation) -> Observation:
    """Keep silence alone: what a web server answers tells nothing of a service in HTTP mode."""
    is_silent = answer.reason == "syn-ack" and answer.detail.get("ended") == "silent"
    return note(answer, {OWN_ANSWER: "silent"} if is_silent else {})


def _is_binary_mode(answer: Observation) -> bool:
    """Return True if a server of SASL takes our HTTP for a status: "Invalid status 80"."""
    said = answer.word("foreign")
    return answer.word("protocol") == BINARY and said is not None and INVALID in bytes.fromhex(said)


def _runs_as_another(case: Case, flow: Flow, said: str | None) -> bool:
    """Return True if a server says that it runs as another user than the files name for it.

    A client refuses it: "Server has invalid Kerberos principal". With a pattern it may accept it.
    Hosts are not compared, because a client looks up the name that counts.
    """
    if said is None or has_pattern(case, flow.component):
        return False
    expected = {principal.parts[0] for principal in service_principals(case, [flow], "", of=flow.component)}
    return bool(expected) and said.partition("/")[0] not in expected


def _own_answer(answer: Observation, kind: Kind) -> OwnAnswer | None:
    """Return what came of the question. None if it was not asked."""
    detail = answer.detail
    if answer.reason == "service-reply":
        # A standby does its duty. A login of Hadoop stands before the page of every such service.
        if detail.get("identified") is False and detail.get("family") != "hadoop":
            return "unidentified"
        idle = ("serves", "serving")
        is_idle = any(detail.get(key) is False for key in idle) and detail.get("state") != "standby"
        return "idle" if is_idle else "answered"
    ended, other = detail.get("ended"), detail.get("protocol")
    if other == "tls" and "tls_error" in detail:
        return "closed"  # it was asked inside TLS, too
    if answer.reason != "syn-ack" or ended is None:
        return None
    if other == "tls":
        return "tls"
    if ended == "tls-failed" and other in THRIFT:
        return "no-tls"
    if other in HTTP and kind in SPEAK_HTTP:
        return "unidentified"
    if other is not None:
        return "foreign"
    return "silent" if ended == "silent" else "closed"


def _other_transport(answer: Observation, inquiry: Inquiry) -> str | None:
    """Return what a web server speaks: TLS where the files say HTTP, or HTTP where they say HTTPS.

    None if it speaks what they say, or if they say neither.
    """
    detail, secure = answer.detail, inquiry.secure
    if inquiry.kind != "web-service" or secure is None:
        return None
    if answer.reason == "service-reply":
        is_other = detail.get("transport") == ("http" if secure else "https")
    elif secure:
        is_other = detail.get("ended") == "tls-failed" and detail.get("protocol") == "http"
    else:
        is_other = "ended" in detail and detail.get("protocol") == "tls"
    if not is_other:
        return None
    return NO_TLS if secure else TLS_ALONE


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow, whatever it answers."""
    if component(flow.component).question is not None:
        first = tr("the first step of its own protocol")
        is_datanode = flow.component in DATANODES
        servers = MOST_DATANODES if is_datanode else MOST_ASKED
        connections = CONNECTIONS_OF_A_DATANODE if is_datanode else MOST_CONNECTIONS
        yield Possible(_named("protocol", flow), tr("it accepts"), first, _steps(flow), in_all=servers)
        again = tr("the same once more, with more time to answer, and a handshake of TLS beside it")
        yield Possible(
            _named("once more", flow),
            tr("it accepts and says nothing"),
            again,
            connections,
            SECONDS,
            in_all=connections * servers,
            is_second=True,
        )
    ports = _other_ports(flow)
    if ports:
        sends = tr("the first step of Hadoop RPC to port {ports}", ports=", ".join(map(str, ports)))
        yield Possible("other ports", tr("it refuses"), sends, len(ports))


def _named(name: str, flow: Flow) -> str:
    """Return the name of a question. Those to DataNodes are counted by themselves."""
    return f"{name} of a DataNode" if flow.component in DATANODES else name


def _steps(flow: Flow) -> int:
    """Return how many connections the question takes, at most."""
    inquiry = component(flow.component).question
    return 1 if inquiry is None else STEPS.get(inquiry.kind, 1)


def _other_ports(flow: Flow) -> list[int]:
    known = component(flow.component)
    if known.protocol != RPC or flow.assumed is not None:
        return []
    return sorted(set(known.ports.values()) - {flow.endpoint.port})


def _answers_on(port: int) -> Callable[[Observation], Observation]:
    def learn(answer: Observation) -> Observation:
        return note(answer, {"answers_on": port} if answer.reason == "service-reply" else {})

    return learn
