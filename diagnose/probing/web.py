"""What does `probe` ask the web servers of a cluster, Impala and HBase?

Each is asked one harmless question in its own protocol. The answer becomes lines: what it is, in
which state, which login it wants, and what else it says of itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping

from diagnose.probing.answers import AnswerLine
from diagnose.probing.services import certificate_lines, instead, instead_of_http, is_service, metastore
from diagnose.probing.target import Asker, Script, Target, TargetAnswer
from probes.language import marked, tr
from probes.observation import Observation
from probes.questions import Question

TITLES: Mapping[str, str] = {
    "namenode": "NameNode",
    "webhdfs": "WebHDFS",
    "datanode-web": "DataNode",
    "resourcemanager": "ResourceManager",
    "jobhistory": "JobHistory Server",
    "timeline": "Timeline Server",
    "spark-history": marked("Spark (history server or a driver)"),
    "presto": "Presto / Trino",
    "kms": "KMS",
    "hbase-web": "HBase",
}
"""Web service -> its name for people."""

FACTS: Mapping[str, str] = {
    "active one": marked("the active one"),
    "cluster security": marked("cluster security"),
    "engine": marked("engine"),
    "environment": marked("environment"),
    "exception": marked("it refused"),
    "hadoop": "Hadoop",
    "role": marked("role"),
    "rpc address": marked("RPC address"),
    "safe mode": marked("safe mode"),
    "server": marked("server"),
    "service state": marked("service state"),
    "zookeeper connection": marked("ZooKeeper connection"),
    "zookeeper quorum": marked("ZooKeeper quorum"),
}
"""What a service says of itself -> its name for people."""

_LOGINS: Mapping[object, str] = {
    "none": marked("no login for this page"),
    "kerberos": "Kerberos (SPNEGO)",
    "password": marked("a user name and password"),
    "user-name": marked("a user name, which nobody checks (SIMPLE)"),
}
_STATES: Mapping[object, str] = {
    "standby": marked("another one is active; a client that names this one alone gets no service"),
    "starting": marked("it takes no work yet"),
    "initializing": marked("it takes no work yet"),
}


def web_service(name: str) -> Script:
    """Return the questions for one web service: one GET, and again inside TLS if it wants TLS."""

    async def script(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
        answer = await ask(Question("web-service", target.endpoint, {"service": name}))
        lines = _identity(name, target, answer) if is_service(answer) else _other(name, answer)
        yield TargetAnswer(answer, (*lines, *certificate_lines(answer)))

    return script


def _identity(name: str, target: Target, answer: Observation) -> Iterator[AnswerLine]:
    reply, title = answer.detail, tr(TITLES[name])
    if reply["identified"]:
        yield AnswerLine(tr("it is"), f"{title} {reply['version'] or ''}".strip())
    else:
        why = tr("it wants a login first, so it may be another service")
        yield AnswerLine(tr("it is"), tr("a server with Kerberos"), why)
    if (state := reply.get("state")) is not None:
        explained = _STATES.get(state)
        yield AnswerLine(tr("state"), str(state), None if explained is None else tr(explained))
    login = reply["demands"]
    ticket = tr("a client needs a ticket for HTTP/{host}", host=target.endpoint.host)
    yield AnswerLine(tr("demands"), tr(_LOGINS[login]), ticket if login == "kerberos" else None)
    facts = reply.get("facts")
    for key, said in facts.items() if isinstance(facts, dict) else ():
        yield AnswerLine(tr(FACTS[key]), str(said))
    if reply["server"] is not None:
        yield AnswerLine(tr("server"), str(reply["server"]))
    yield AnswerLine(tr("transport"), str(reply["transport"]).upper())


def _other(name: str, answer: Observation) -> tuple[AnswerLine, ...]:
    """Return what answered in place of the service. Another web server is told by its answer."""
    reply = answer.detail
    if reply.get("protocol") != "http" or "status" not in reply:
        return instead_of_http(answer)
    said = f"HTTP {reply['status']} {reply.get('phrase', '')}".strip()
    lines = [AnswerLine(tr("instead"), tr("a web server that does not answer as {service}", service=tr(TITLES[name])))]
    lines.append(AnswerLine(tr("answer"), said, str(reply["text"]) if "text" in reply else None))
    if "location" in reply:
        lines.append(AnswerLine(tr("sends to"), str(reply["location"]), tr("not followed")))
    if "server" in reply:
        lines.append(AnswerLine(tr("server"), str(reply["server"])))
    return tuple(lines)


async def impala(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask a Thrift server as a metastore, and if it is Impala where that can be told."""
    async for last in metastore(target, ask):
        yield last
    transport = last.observation.detail.get("transport") if is_service(last.observation) else None
    if transport == "sasl":
        line = AnswerLine(tr("it is"), tr("not told"), tr("it wants a login first, so it may be another service"))
    elif transport == "nosasl":
        line = _engine(await ask(Question("impala", target.endpoint)))
    else:
        return
    yield TargetAnswer(last.observation, (*last.lines, line))


def _engine(answer: Observation) -> AnswerLine:
    match answer.detail.get("engine"):
        case "impala":
            return AnswerLine(tr("it is"), "Impala", tr("it has a method of Impala alone"))
        case "other":
            return AnswerLine(tr("it is"), tr("no Impala"), tr("it lacks a method that every Impala has"))
    return AnswerLine(tr("it is"), tr("not told"))


async def hbase(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask an HBase Master or RegionServer which login it demands. Both answer alike."""
    answer = await ask(Question("hbase-rpc", target.endpoint))
    if not is_service(answer):
        yield TargetAnswer(answer, instead(answer))
        return
    login = answer.detail["demands"]
    words = {"simple": tr("no login (SIMPLE)"), "kerberos": "Kerberos"}.get(str(login), tr("not told"))
    lines = [AnswerLine(tr("it is"), "HBase RPC"), AnswerLine(tr("demands"), words)]
    if "error" in answer.detail:
        lines.append(AnswerLine(tr("it refused"), str(answer.detail["error"])))
    yield TargetAnswer(answer, tuple(lines))
