"""The questions behind `probe` that are about services: Hadoop RPC, HiveServer2, metastore, HTTP, ZooKeeper.

Each ends as lines that a reader can act on: what the service demands of its clients, and where something else answers, what that seems to be.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.probing.answers import Line
from diagnose.probing.target import Told
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    from diagnose.probing.target import Target
    from probes.services.http import Reply

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
    "silent": "it accepts the connection and never says a word: a hung process, a full queue, or a protocol that waits for more",
    "closed": "it closes the connection without an answer: another protocol, or a limit on connections",
    "incomplete": "it began to answer and stopped",
    "too-long": "it sends without end",
    "tls-failed": "it does not speak TLS",
}


async def hadoop(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """Hadoop RPC: what it demands, and as which principal."""
    from probes.services.hadoop_rpc import negotiate

    seen, reply = await negotiate(target.endpoint, vantage)
    if reply is None:
        yield Told(seen, _instead(seen))
        return
    words = {
        "simple": "no login (SIMPLE): a client with hadoop.security.authentication=kerberos refuses to fall back to it",
        "kerberos": "Kerberos",
        "token": "delegation tokens alone, as the daemons of one job do",
        "unknown": "not told",
    }
    lines = [Line("demands", words[reply.demands])]
    if reply.principal is not None:
        lines.append(Line("its principal", reply.principal, "the host part must be the name that clients look up"))
    if reply.error is not None:
        lines.append(Line("refused", reply.error))
    yield Told(seen, tuple(lines))


async def hive(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """HiveServer2: in binary mode as a metastore is asked; a port that speaks HTTP is asked again in that mode."""
    told = Told(Observation(vantage.name, "not-probed", "cancelled"))
    async for told in metastore(target, vantage):
        if told.observation.detail.get("protocol") != "http":
            yield told
    if told.observation.detail.get("protocol") == "http":
        async for told in _over_http(target, HTTP_PATH, vantage):
            yield told


async def metastore(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """Thrift: SASL first, then each mechanism by itself; without SASL, a call that every Thrift server answers."""
    from probes.services import thrift

    at = target.endpoint
    seen, sasl = await thrift.negotiate(at, vantage=vantage)
    if sasl is not None:
        lines: tuple[Line, ...] = (Line("transport", "SASL", sasl.text or sasl.says),)
        yield Told(seen, lines)
        for name, meaning in MECHANISMS.items():
            _, one = await thrift.negotiate(at, name, vantage=vantage)
            offered = "not told" if one is None else f"yes: {meaning}" if one.has_mechanism else "no"
            lines = (*lines, Line(name, offered, None if one is None else one.text or None))
            yield Told(seen, lines)
        return
    if seen.state == "open" and "protocol" not in seen.detail:
        # A Thrift server without SASL closes, or waits for the rest of the call that it takes our bytes for.
        plain, text = await thrift.call(at, vantage)
        if text is not None:
            clients = "a client must say auth=noSasl, or the server be given an authentication"
            without = Line("transport", "Thrift without SASL", clients)
            yield Told(plain, (without if plain.detail["transport"] == "nosasl" else Line("transport", "SASL", text),))
            return
    yield Told(seen, _instead(seen))


async def hive_http(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    async for told in _over_http(target, HTTP_PATH if target.path == "/" else target.path, vantage):
        yield told


async def _over_http(target: Target, path: str, vantage: Vantage) -> AsyncIterator[Told]:
    from probes.services.http import request

    seen, reply = await request(target.endpoint, vantage, method="POST", target=path)
    if reply is None:
        yield Told(seen, _instead(seen))
        return
    why = _is_hive(reply)
    if why is None:
        answer = f"HTTP {reply.status} to a POST of {path}"
        advice = "another path, or no HiveServer2: compare hive.server2.thrift.http.path"
        yield Told(replace(seen, reason="syn-ack"), (Line("answered", answer, advice),))
        return
    login = "Kerberos (SPNEGO)" if reply.spnego else "a user name and password" if reply.status == 401 else "no login"
    how = f";transportMode=http;httpPath={path.lstrip('/')}"
    yield Told(seen, (Line("transport", f"HTTP at {path}", why), Line("demands", login), Line("JDBC URL needs", how)))


def _is_hive(reply: Reply) -> str | None:
    """Why this is the path of HiveServer2 in HTTP mode; None where nothing says so."""
    if reply.status == 401:
        return "it wants a login for this path" if reply.spnego or _NO_HEADER in reply.text.lower() else None
    if "application/x-thrift" in reply.headers.get("content-type", "").lower():
        return "its answer is Thrift"
    return None


async def http(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    yield await _get(target, vantage, secure=False)


async def https(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    yield await _get(target, vantage, secure=True)


async def _get(target: Target, vantage: Vantage, *, secure: bool) -> Told:
    from probes.services.http import request

    seen, reply = await request(target.endpoint, vantage, target=target.path, secure=secure)
    certificate = tuple(_certificate(seen))
    if reply is None:
        return Told(seen, (*_instead(seen), *certificate))
    lines = [Line("answer", f"{reply.status} {reply.phrase}".strip(), reply.text if reply.status >= 400 else None)]
    if reply.spnego:
        lines.append(Line("demands", "Kerberos (SPNEGO)", f"a client needs a ticket for HTTP/{target.endpoint.host}"))
    if "location" in reply.headers:
        lines.append(Line("sends to", reply.headers["location"], "not followed"))
    if "server" in reply.headers:
        lines.append(Line("server", reply.headers["server"]))
    return Told(seen, (*lines, *certificate))


def _certificate(seen: Observation) -> Iterator[Line]:
    match seen.detail.get("tls"):
        case {"version": str(version), "subject": str(subject), "until": str(until), "faults": list(faults)}:
            yield Line("certificate", f"{subject}, until {until[:10]}", f"{version}; its issuer is not judged")
        case {"faults": list(faults)}:
            pass
        case _:
            return
    for fault in faults:
        yield Line("clients refuse it", str(fault))


async def zookeeper(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """ZooKeeper: version and mode, as far as it may tell. One that serves nobody does not work."""
    from probes.services.zookeeper import srvr

    seen, reply = await srvr(target.endpoint, vantage)
    if reply is None:
        yield Told(seen, _instead(seen))
    elif not reply.serving:
        yield Told(replace(seen, reason="syn-ack"), (Line("serves", "no", "it has no quorum, or is only starting"),))
    elif reply.version is None:
        yield Told(seen, (Line("version", "not told", "srvr is not in its 4lw.commands.whitelist"),))
    else:
        yield Told(seen, (Line("version", reply.version), Line("mode", reply.mode or "not told")))


def _instead(seen: Observation) -> tuple[Line, ...]:
    """What answered in place of the service; nothing where the connection was not made at all."""
    if seen.state != "open":
        return ()
    told = seen.detail
    found = _FOREIGN.get(told.get("protocol"))
    if found is not None:
        return (Line("instead", f"this looks like {found}", "the port or the scheme is another's"),)
    if told.get("protocol") == "unknown":
        return (Line("instead", "an answer of some other protocol", f"it begins {told.get('foreign')}"),)
    why = told.get("tls_error") or told.get("errno")
    return (
        Line(
            "instead", _ENDED.get(told.get("ended"), "nothing that was understood"), None if why is None else str(why)
        ),
    )
