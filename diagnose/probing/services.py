"""What does `probe` ask Hadoop RPC, DataNodes, HiveServer2, metastores, web servers and ZooKeeper?

Each answer becomes lines that a reader can act on: what the service demands of its clients. If
something else answers, the lines say what it looks like.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping

from diagnose.probing.answers import AnswerLine
from diagnose.probing.target import Asker, Target, TargetAnswer
from probes.frozen import replace
from probes.language import marked, tr
from probes.observation import Observation
from probes.questions import Option, Question

MECHANISMS: Mapping[str, str] = {
    "GSSAPI": "Kerberos",
    "PLAIN": marked("user name and password (LDAP, CUSTOM, PAM), or none checked (NONE)"),
    "DIGEST-MD5": marked("delegation tokens"),
}
"""What servers of Hive offer, and who logs in with it."""

HTTP_PATH = "/cliservice"
"""hive.server2.thrift.http.path unless it was changed."""

_DEMANDS: Mapping[object, str] = {
    "simple": marked(
        "no login (SIMPLE): a client with hadoop.security.authentication=kerberos refuses to fall back to it"
    ),
    "kerberos": "Kerberos",
    "token": marked("delegation tokens alone, as the daemons of one job do"),
    "unknown": marked("not told"),
}
PROTECTION: Mapping[object, str] = {
    "auth": "authentication",
    "auth-int": "integrity",
    "auth-conf": "privacy",
}
"""Level of SASL -> what Hadoop's files call it."""

_CLIENTS: Mapping[object, str] = {
    "accepted": marked("gets an answer"),
    "wants-sasl": marked("is turned away: it must log in with SASL first"),
    "refused": marked("gets an error"),
    "no-session": marked("gets no session"),
    "unknown": marked("gets a session and no answer"),
}
_FOREIGN: Mapping[object, str] = {
    "http": marked("an HTTP server"),
    "http2": marked("a server of HTTP/2 without HTTP/1.1"),
    "tls": marked("a server that wants TLS first"),
    "thrift-sasl": marked("a Thrift server with SASL (HiveServer2 or a metastore)"),
    "thrift": marked("a Thrift server without SASL"),
    "hadoop-rpc": marked("a Hadoop RPC port (hadoop://)"),
    "ssh": marked("an SSH server"),
    "mysql": marked("a MySQL server"),
    "ldap": marked("an LDAP server"),
    "markup": marked("a web server, because it sends HTML or XML"),
    "smtp-or-ftp": marked("a mail or FTP server"),
}
BROKEN_TLS = marked("it speaks TLS and ends the handshake: it may want a certificate of the client, or a name")
_ENDED: Mapping[object, str] = {
    "silent": marked(
        "it accepts the connection and never sends a byte: a hung process, a full queue, or a protocol that waits "
        "for more"
    ),
    "closed": marked("it closes the connection without an answer: another protocol, or a limit on connections"),
    "incomplete": marked("it began to answer and stopped"),
    "too-long": marked("it sends without end"),
    "tls-failed": marked("it does not speak TLS"),
}


async def hadoop(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask a Hadoop RPC server which login it demands, and as which principal it runs."""
    answer = await ask(Question("hadoop-rpc", target.endpoint))
    if not is_service(answer):
        yield TargetAnswer(answer, instead(answer))
        return
    reply = answer.detail
    lines = [AnswerLine(tr("demands"), tr(_DEMANDS[reply["demands"]]))]
    if reply["principal"] is not None:
        why = tr("the host part must be the name that clients look up")
        lines.append(AnswerLine(tr("its principal"), str(reply["principal"]), why))
    if "error" in reply:
        lines.append(AnswerLine(tr("it refused"), str(reply["error"])))
    yield TargetAnswer(answer, tuple(lines))


async def datanode(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask a DataNode in the data transfer protocol whether it wants SASL, and for which
    protection."""
    answer = await ask(Question("data-transfer", target.endpoint))
    if not is_service(answer):
        yield TargetAnswer(answer, instead(answer))
        return
    reply = answer.detail
    lines = [AnswerLine(tr("it is"), tr("a DataNode"))]
    if reply["demands"] == "none":
        lines.append(AnswerLine(tr("demands"), tr("no SASL"), tr("with Kerberos a block still needs its token")))
    else:
        why = tr("dfs.encrypt.data.transfer, or Kerberos with dfs.data.transfer.protection")
        lines.append(AnswerLine(tr("demands"), "SASL", why))
    if isinstance(levels := reply.get("protection"), list):
        lines.append(AnswerLine(tr("protection"), ", ".join(PROTECTION[level] for level in levels)))
    if "error" in reply:
        lines.append(AnswerLine(tr("it refused"), str(reply["error"])))
    yield TargetAnswer(answer, tuple(lines))


async def hive(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask HiveServer2 in binary mode, as a metastore.

    A port that speaks HTTP is asked again in that mode.
    """
    speaks_http = False
    async for answer in metastore(target, ask):
        speaks_http = answer.observation.detail.get("protocol") == "http"
        if not speaks_http:
            yield answer
    if speaks_http:
        yield await _over_http(target, HTTP_PATH, ask)


async def sql(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask a SQL server that answers as HiveServer2 does.

    Nothing tells which one it is, unless it is Kyuubi in HTTP mode.
    """
    async for answer in hive(target, ask):
        detail = answer.observation.detail
        if is_service(answer.observation) and detail.get("identified") is not False and not detail.get("kyuubi"):
            why = tr("HiveServer2, Kyuubi and the Spark Thrift Server answer alike before a login")
            yield TargetAnswer(answer.observation, (*answer.lines, AnswerLine(tr("it is"), tr("not told"), why)))
        else:
            yield answer


async def metastore(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask a Thrift server:

    SASL first, then each mechanism by itself. Without SASL, call a method.
    """
    endpoint = target.endpoint
    answer = await ask(Question("thrift-sasl", endpoint))
    if is_service(answer):
        reply = answer.detail
        lines: tuple[AnswerLine, ...] = (AnswerLine(tr("transport"), "SASL", str(reply["text"] or reply["says"])),)
        yield TargetAnswer(answer, lines)
        for name, meaning in MECHANISMS.items():
            lines = (*lines, _offered(name, meaning, await ask(Question("thrift-sasl", endpoint, {"mechanism": name}))))
            yield TargetAnswer(answer, lines)
        return
    if answer.state == "open" and "protocol" not in answer.detail:
        # A Thrift server without SASL closes, or waits for the rest of the call that it takes our
        # bytes for.
        plain = await ask(Question("thrift-call", endpoint))
        if is_service(plain):
            clients = tr("a client must say auth=noSasl, or the server be given an authentication")
            without = AnswerLine(tr("transport"), tr("Thrift without SASL"), clients)
            sasl = AnswerLine(tr("transport"), "SASL", str(plain.detail["text"]))
            yield TargetAnswer(plain, (without if plain.detail["transport"] == "nosasl" else sasl,))
            return
    yield TargetAnswer(answer, instead(answer))


def _offered(name: str, meaning: str, answer: Observation) -> AnswerLine:
    if not is_service(answer):
        return AnswerLine(name, tr("not told"))
    has = answer.detail["says"] in ("continue", "complete", "failed")
    text = answer.detail["text"]
    return AnswerLine(name, tr("yes: {meaning}", meaning=tr(meaning)) if has else tr("no"), str(text) if text else None)


async def hive_http(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask HiveServer2 in HTTP mode."""
    yield await _over_http(target, HTTP_PATH if target.path == "/" else target.path, ask)


async def _over_http(target: Target, path: str, ask: Asker) -> TargetAnswer:
    answer = await ask(Question("hive-http", target.endpoint, {"path": path}))
    reply = answer.detail
    if not is_service(answer):
        if "status" not in reply:
            return TargetAnswer(answer, instead_of_http(answer))
        what = tr("HTTP {status} to a POST of {path}", status=reply["status"], path=path)
        advice = tr("another path, or no HiveServer2: compare hive.server2.thrift.http.path")
        return TargetAnswer(answer, (AnswerLine(tr("answered"), what, advice),))
    if reply.get("identified") is False:
        may_be = tr("it wants a login first, so it may be another service")
        ticket = tr("a client needs a ticket for HTTP/{host}", host=target.endpoint.host)
        login_first = AnswerLine(tr("it is"), tr("a server with Kerberos"), may_be)
        return TargetAnswer(answer, (login_first, AnswerLine(tr("demands"), "Kerberos (SPNEGO)", ticket)))
    login, why = reply["demands"], tr("it wants a login for this path")
    words = "Kerberos (SPNEGO)" if login == "kerberos" else tr("a user name and password")
    if login == "none":
        words, why = tr("no login"), tr("its answer is Thrift")
    if reply.get("kyuubi"):
        why = tr("it fails at an empty request, as Kyuubi does")
    how = f";transportMode=http;httpPath={path.lstrip('/')}"
    lines = (
        AnswerLine(tr("transport"), tr("HTTP at {path}", path=path), why),
        AnswerLine(tr("demands"), words),
        AnswerLine(tr("JDBC URL needs"), how),
        *((AnswerLine(tr("it is"), "Kyuubi"),) if reply.get("kyuubi") else ()),
    )
    return TargetAnswer(answer, lines)


async def http(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Send one GET."""
    yield await _get(target, ask, secure=False)


async def https(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Send one GET inside TLS, and read the certificate."""
    yield await _get(target, ask, secure=True)


async def _get(target: Target, ask: Asker, *, secure: bool) -> TargetAnswer:
    options: dict[str, Option] = {"method": "GET", "path": target.path, "secure": secure}
    answer = await ask(Question("http", target.endpoint, options))
    certificate = tuple(certificate_lines(answer))
    if not is_service(answer):
        return TargetAnswer(answer, (*instead_of_http(answer), *certificate))
    reply = answer.detail
    failed = isinstance(reply["status"], int) and reply["status"] >= 400
    text = str(reply.get("text", "")) if failed else None
    lines = [AnswerLine(tr("answer"), f"{reply['status']} {reply['phrase']}".strip(), text)]
    if reply["spnego"]:
        why = tr("a client needs a ticket for HTTP/{host}", host=target.endpoint.host)
        lines.append(AnswerLine(tr("demands"), "Kerberos (SPNEGO)", why))
    if reply["location"] is not None:
        lines.append(AnswerLine(tr("sends to"), str(reply["location"]), tr("not followed")))
    if reply["server"] is not None:
        lines.append(AnswerLine(tr("server"), str(reply["server"])))
    return TargetAnswer(answer, (*lines, *certificate))


def certificate_lines(seen: Observation) -> Iterator[AnswerLine]:
    """Yield what the certificate of a server is, and why clients refuse it."""
    match seen.detail.get("tls"):
        case {"version": str(version), "subject": str(subject), "until": str(until), "faults": list(faults)}:
            lasts = tr("{subject}, until {day}", subject=subject, day=until[:10])
            yield AnswerLine(tr("certificate"), lasts, tr("{version}; its issuer is not judged", version=version))
        case {"faults": list(faults)}:
            pass
        case _:
            return
    for fault in faults:
        yield AnswerLine(tr("clients refuse it"), str(fault))


async def zookeeper(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask ZooKeeper for version and mode, as far as it may tell.

    A server without a quorum does not work. ?session=yes: ask what a client without a login gets.
    """
    answer = await ask(Question("zookeeper", target.endpoint))
    first = _zookeeper(answer)
    yield first
    if "session" in target.options and is_service(first.observation):
        reply = (await ask(Question("zookeeper-session", target.endpoint))).detail
        if "clients" in reply:
            error = tr("code {code}", code=reply["error"]) if reply["error"] else None
            line = AnswerLine(tr("a client without a login"), tr(_CLIENTS[reply["clients"]]), error)
            yield replace(first, lines=(*first.lines, line))


def _zookeeper(answer: Observation) -> TargetAnswer:
    reply = answer.detail
    if not is_service(answer):
        return TargetAnswer(answer, instead(answer))
    if not reply["serving"]:
        line = AnswerLine(tr("serves"), tr("no"), tr("it has no quorum, or is only starting"))
        return TargetAnswer(replace(answer, reason="syn-ack"), (line,))
    if reply["version"] is None:
        line = AnswerLine(tr("version"), tr("not told"), tr("srvr is not in its 4lw.commands.whitelist"))
        return TargetAnswer(answer, (line,))
    version = AnswerLine(tr("version"), str(reply["version"]))
    return TargetAnswer(answer, (version, AnswerLine(tr("mode"), str(reply["mode"] or tr("not told")))))


def is_service(answer: Observation) -> bool:
    """Return True if the asked service itself answered."""
    return answer.reason == "service-reply"


def instead(answer: Observation) -> tuple[AnswerLine, ...]:
    """Return what answered in place of the service. Empty if the connection was not made at all."""
    if answer.state != "open":
        return ()
    detail = answer.detail
    if detail.get("protocol") == "tls" and "tls_error" in detail:
        return (AnswerLine(tr("turns away"), tr(BROKEN_TLS), str(detail["tls_error"])),)
    if "tls" in detail and detail.get("ended") == "closed" and not detail.get("received"):
        closed = tr("it ends the connection inside TLS: it may want a certificate of the client")
        return (AnswerLine(tr("turns away"), closed, _why(detail)),)
    foreign = _FOREIGN.get(detail.get("protocol"))
    if foreign is not None:
        looks = tr("this looks like {server}", server=tr(foreign))
        return (AnswerLine(tr("instead"), looks, tr("the port or the scheme is another's")),)
    if detail.get("protocol") == "unknown":
        begins = tr("it begins {bytes}", bytes=detail.get("foreign"))
        return (AnswerLine(tr("instead"), tr("an answer of some other protocol"), begins),)
    ended = tr(_ENDED.get(detail.get("ended"), marked("nothing that was understood")))
    return (AnswerLine(tr("instead"), ended, _why(detail)),)


def instead_of_http(answer: Observation) -> tuple[AnswerLine, ...]:
    """Return what answered a request of HTTP with no answer of HTTP that can be read."""
    detail = answer.detail
    if detail.get("protocol") != "http" or detail.get("ended") == "tls-failed":
        return instead(answer)
    why = tr("its head is not whole, longer than 32 KiB, or no HTTP/1")
    return (AnswerLine(tr("instead"), tr("an HTTP answer that cannot be read"), why),)


def _why(detail: Mapping[str, object]) -> str | None:
    why = detail.get("tls_error") or detail.get("errno")
    return None if why is None else str(why)
