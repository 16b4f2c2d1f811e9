"""What does `probe` ask Hadoop RPC, HiveServer2, metastores, web servers and ZooKeeper?

Each answer becomes lines that a reader can act on: what the service demands of its clients. If
something else answers, the lines say what it looks like.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace

from diagnose.probing.answers import AnswerLine
from diagnose.probing.target import Asker, Target, TargetAnswer
from probes.observation import Observation
from probes.questions import Option, Question

MECHANISMS: Mapping[str, str] = {
    "GSSAPI": "Kerberos",
    "PLAIN": "user name and password (LDAP, CUSTOM, PAM), or none checked (NONE)",
    "DIGEST-MD5": "delegation tokens",
}
"""What servers of Hive offer, and who logs in with it."""

HTTP_PATH = "/cliservice"
"""hive.server2.thrift.http.path unless it was changed."""

_NO_HEADER = "authorization header"
"""HiveServer2's HTTP mode says so to a client that sends none, with or without Kerberos."""

_DEMANDS: Mapping[object, str] = {
    "simple": "no login (SIMPLE): a client with hadoop.security.authentication=kerberos refuses to fall back to it",
    "kerberos": "Kerberos",
    "token": "delegation tokens alone, as the daemons of one job do",
    "unknown": "not told",
}
_FOREIGN: Mapping[object, str] = {
    "http": "an HTTP server",
    "tls": "a server that wants TLS first",
    "thrift-sasl": "a Thrift server with SASL (HiveServer2 or a metastore)",
    "thrift": "a Thrift server without SASL",
    "hadoop-rpc": "a Hadoop RPC port (hadoop://)",
    "ssh": "an SSH server",
    "mysql": "a MySQL server",
    "markup": "a server that sends markup",
    "smtp-or-ftp": "a mail or FTP server",
}
_ENDED: Mapping[object, str] = {
    "silent": (
        "it accepts the connection and never sends a byte: a hung process, a full queue, or a protocol that waits "
        "for more"
    ),
    "closed": "it closes the connection without an answer: another protocol, or a limit on connections",
    "incomplete": "it began to answer and stopped",
    "too-long": "it sends without end",
    "tls-failed": "it does not speak TLS",
}


async def hadoop(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
    """Ask a Hadoop RPC server which login it demands, and as which principal it runs."""
    answer = await ask(Question("hadoop-rpc", target.endpoint))
    if not _is_service(answer):
        yield TargetAnswer(answer, _instead(answer))
        return
    reply = answer.detail
    lines = [AnswerLine("demands", _DEMANDS[reply["demands"]])]
    if reply["principal"] is not None:
        why = "the host part must be the name that clients look up"
        lines.append(AnswerLine("its principal", str(reply["principal"]), why))
    if "error" in reply:
        lines.append(AnswerLine("refused", str(reply["error"])))
    yield TargetAnswer(answer, tuple(lines))


async def hive(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
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


async def metastore(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
    """Ask a Thrift server:

    SASL first, then each mechanism by itself. Without SASL, call a method.
    """
    endpoint = target.endpoint
    answer = await ask(Question("thrift-sasl", endpoint))
    if _is_service(answer):
        reply = answer.detail
        lines: tuple[AnswerLine, ...] = (AnswerLine("transport", "SASL", str(reply["text"] or reply["says"])),)
        yield TargetAnswer(answer, lines)
        for name, meaning in MECHANISMS.items():
            lines = (*lines, _offered(name, meaning, await ask(Question("thrift-sasl", endpoint, {"mechanism": name}))))
            yield TargetAnswer(answer, lines)
        return
    if answer.state == "open" and "protocol" not in answer.detail:
        # A Thrift server without SASL closes, or waits for the rest of the call that it takes our
        # bytes for.
        plain = await ask(Question("thrift-call", endpoint))
        if _is_service(plain):
            clients = "a client must say auth=noSasl, or the server be given an authentication"
            without = AnswerLine("transport", "Thrift without SASL", clients)
            sasl = AnswerLine("transport", "SASL", str(plain.detail["text"]))
            yield TargetAnswer(plain, (without if plain.detail["transport"] == "nosasl" else sasl,))
            return
    yield TargetAnswer(answer, _instead(answer))


def _offered(name: str, meaning: str, answer: Observation) -> AnswerLine:
    if not _is_service(answer):
        return AnswerLine(name, "not told")
    has = answer.detail["says"] in ("continue", "complete", "failed")
    text = answer.detail["text"]
    return AnswerLine(name, f"yes: {meaning}" if has else "no", str(text) if text else None)


async def hive_http(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
    """Ask HiveServer2 in HTTP mode."""
    yield await _over_http(target, HTTP_PATH if target.path == "/" else target.path, ask)


async def _over_http(target: Target, path: str, ask: Asker) -> TargetAnswer:
    answer = await ask(Question("http", target.endpoint, {"method": "POST", "path": path}))
    if not _is_service(answer):
        return TargetAnswer(answer, _instead(answer))
    reply = answer.detail
    why = _is_hive(reply)
    if why is None:
        what = f"HTTP {reply['status']} to a POST of {path}"
        advice = "another path, or no HiveServer2: compare hive.server2.thrift.http.path"
        return TargetAnswer(replace(answer, reason="syn-ack"), (AnswerLine("answered", what, advice),))
    wants_password = reply["status"] == 401
    login = "Kerberos (SPNEGO)" if reply["spnego"] else "a user name and password" if wants_password else "no login"
    how = f";transportMode=http;httpPath={path.lstrip('/')}"
    lines = (
        AnswerLine("transport", f"HTTP at {path}", why),
        AnswerLine("demands", login),
        AnswerLine("JDBC URL needs", how),
    )
    return TargetAnswer(answer, lines)


def _is_hive(reply: Mapping[str, object]) -> str | None:
    """Return why this is the path of HiveServer2 in HTTP mode. None if nothing says so."""
    if reply["status"] == 401:
        wants_login = reply["spnego"] or _NO_HEADER in str(reply.get("text", "")).lower()
        return "it wants a login for this path" if wants_login else None
    if "application/x-thrift" in str(reply["content_type"] or "").lower():
        return "its answer is Thrift"
    return None


async def http(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
    """Send one GET."""
    yield await _get(target, ask, secure=False)


async def https(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
    """Send one GET inside TLS, and read the certificate."""
    yield await _get(target, ask, secure=True)


async def _get(target: Target, ask: Asker, *, secure: bool) -> TargetAnswer:
    options: dict[str, Option] = {"method": "GET", "path": target.path, "secure": secure}
    answer = await ask(Question("http", target.endpoint, options))
    certificate = tuple(_certificate(answer))
    if not _is_service(answer):
        return TargetAnswer(answer, (*_instead(answer), *certificate))
    reply = answer.detail
    failed = isinstance(reply["status"], int) and reply["status"] >= 400
    text = str(reply.get("text", "")) if failed else None
    lines = [AnswerLine("answer", f"{reply['status']} {reply['phrase']}".strip(), text)]
    if reply["spnego"]:
        why = f"a client needs a ticket for HTTP/{target.endpoint.host}"
        lines.append(AnswerLine("demands", "Kerberos (SPNEGO)", why))
    if reply["location"] is not None:
        lines.append(AnswerLine("sends to", str(reply["location"]), "not followed"))
    if reply["server"] is not None:
        lines.append(AnswerLine("server", str(reply["server"])))
    return TargetAnswer(answer, (*lines, *certificate))


def _certificate(seen: Observation) -> Iterator[AnswerLine]:
    match seen.detail.get("tls"):
        case {"version": str(version), "subject": str(subject), "until": str(until), "faults": list(faults)}:
            yield AnswerLine("certificate", f"{subject}, until {until[:10]}", f"{version}; its issuer is not judged")
        case {"faults": list(faults)}:
            pass
        case _:
            return
    for fault in faults:
        yield AnswerLine("clients refuse it", str(fault))


async def zookeeper(target: Target, ask: Asker) -> AsyncIterator[TargetAnswer]:
    """Ask ZooKeeper for version and mode, as far as it may tell.

    A server without a quorum does not work.
    """
    answer = await ask(Question("zookeeper", target.endpoint))
    reply = answer.detail
    if not _is_service(answer):
        yield TargetAnswer(answer, _instead(answer))
    elif not reply["serving"]:
        line = AnswerLine("serves", "no", "it has no quorum, or is only starting")
        yield TargetAnswer(replace(answer, reason="syn-ack"), (line,))
    elif reply["version"] is None:
        line = AnswerLine("version", "not told", "srvr is not in its 4lw.commands.whitelist")
        yield TargetAnswer(answer, (line,))
    else:
        version = AnswerLine("version", str(reply["version"]))
        yield TargetAnswer(answer, (version, AnswerLine("mode", str(reply["mode"] or "not told"))))


def _is_service(answer: Observation) -> bool:
    """Return True if the asked service itself answered."""
    return answer.reason == "service-reply"


def _instead(answer: Observation) -> tuple[AnswerLine, ...]:
    """Return what answered in place of the service. Empty if the connection was not made at all."""
    if answer.state != "open":
        return ()
    detail = answer.detail
    foreign = _FOREIGN.get(detail.get("protocol"))
    if foreign is not None:
        return (AnswerLine("instead", f"this looks like {foreign}", "the port or the scheme is another's"),)
    if detail.get("protocol") == "unknown":
        return (AnswerLine("instead", "an answer of some other protocol", f"it begins {detail.get('foreign')}"),)
    ended = _ENDED.get(detail.get("ended"), "nothing that was understood")
    why = detail.get("tls_error") or detail.get("errno")
    return (AnswerLine("instead", ended, None if why is None else str(why)),)
