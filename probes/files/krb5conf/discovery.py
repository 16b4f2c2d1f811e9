"""Which servers does DNS name if a krb5.conf names none? Asks `dns_questions` with a resolver of
the caller.

- SRV: RFC 2782. Both client families order by priority. Servers of one priority come here by
  falling weight, where RFC 2782 chooses at random.
- URI: draft-mccallum-kitten-krb-service-discovery, `krb5srv:FLAGS:TRANSPORT:REST`, libkrb5 only.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol

from probes.errors import ProbesError
from probes.files.krb5conf.dns_questions import DnsQuestion
from probes.files.krb5conf.mit import BOTH, HTTPS_PORT, KDC_PORT
from probes.frozen import frozen
from probes.language import tr

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

    from probes.vantage import Vantage

_LOG = logging.getLogger(__name__)

MOST_RECORDS: Final = 64
"""Records that are read of one reply."""


class AskDns(Protocol):
    """Answers one question.

    () if the name or the record type does not exist. DiscoveryError if this could not be found out.
    """

    def __call__(self, question: DnsQuestion) -> Sequence[ServerRecord]: ...


class DiscoveryError(ProbesError):
    """DNS gave no answer, neither records nor "does not exist".

    - question: the question that was asked
    - reason: what the resolver reports
    """

    def __init__(self, question: DnsQuestion, reason: str) -> None:
        self.question, self.reason = question, reason
        super().__init__(f"{question.record} {question.name}: {reason}")


@frozen
class ServerRecord:
    """One SRV or URI record."""

    priority: int
    """The lowest is tried first."""
    weight: int
    """Share of the load among records of one priority."""
    target: str
    """Host name of an SRV record, text of a URI record."""
    port: int = 0
    """Port of an SRV record, 0 for a URI record."""


@frozen
class DiscoveredServer:
    """A server, and the question that gave it."""

    host: str
    """Name or address without brackets."""
    port: int
    """1-65535, the default filled in. For an SRV record, as the record states it."""
    transports: tuple[str, ...]
    """As in `mit.Kdc`."""
    question: DnsQuestion
    """The question whose reply named the server."""
    path: str | None = None
    """URL path of a proxy (MS-KKDCP). None for other servers."""


def discover(questions: Sequence[DnsQuestion], ask: AskDns) -> tuple[DiscoveredServer, ...]:
    """Return the servers in the order in which clients try them.

    After the first question that gives servers, a question is asked only if it is marked `both`.
    """
    discovered: list[DiscoveredServer] = []
    last: DnsQuestion | None = None
    for question in questions:
        if discovered and not (question.both and last is not None and last.record == question.record):
            break
        servers = _servers(question, ask(question))
        last = question if servers else last
        discovered += servers
    return tuple(discovered)


def dns_asker(resolver: Resolver, lifetime: float) -> AskDns:
    """Return an `AskDns` that asks this dnspython resolver, each question for at most `lifetime`
    seconds.

    Names are absolute: no search list is tried.
    """
    import dns.exception  # takes 0.1 s, so only callers that ask import it
    import dns.name
    import dns.resolver

    def ask(question: DnsQuestion) -> Sequence[ServerRecord]:
        try:
            name = dns.name.from_text(question.name)
            answer = resolver.resolve(name, question.record, lifetime=lifetime, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            _LOG.info("asked DNS for %s %s: %s", question.record, question.name, type(error).__name__)
            return ()
        except dns.exception.DNSException as error:
            _LOG.info("asked DNS for %s %s: %s", question.record, question.name, type(error).__name__)
            raise DiscoveryError(question, type(error).__name__) from error
        records = _records(answer)
        answered = ", ".join(f"{record.target}:{record.port}" for record in records)
        _LOG.info(
            "asked DNS for %s %s: %s, %.1f ms", question.record, question.name, answered, answer.response.time * 1000
        )
        return records

    return ask


def host_asker(vantage: Vantage) -> AskDns:
    """Return an `AskDns` that asks the name servers of the vantage's host, from there.

    Each server has at most two patiences for one question.
    """
    import asyncio

    import dns.exception
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdataclass
    import dns.rdatatype
    import dns.resolver

    from probes.names.dns import message_of
    from probes.names.look_up import resolv_conf_of
    from probes.names.resolvconf import ResolvConf
    from probes.network.host import HostGoneError
    from probes.network.this_host import host_of

    try:
        conf = asyncio.run(resolv_conf_of(by=host_of(vantage)))
    except HostGoneError:  # no question reaches a server from there either, so each one fails
        conf = ResolvConf()

    def ask(question: DnsQuestion) -> Sequence[ServerRecord]:
        name, record = dns.name.from_text(question.name), dns.rdatatype.from_text(question.record)
        for server in dict.fromkeys(conf.addresses()):
            message = asyncio.run(message_of(server, question.name, question.record, vantage))
            if not isinstance(message, dns.message.QueryMessage):
                continue
            if message.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                continue
            try:
                return _records(dns.resolver.Answer(name, record, dns.rdataclass.IN, message))
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                return ()
            except dns.exception.DNSException:
                continue
        raise DiscoveryError(question, tr("no name server of {vantage} answers", vantage=vantage.name))

    return ask


def _records(answer: Answer) -> list[ServerRecord]:
    records = []
    for data in list(answer)[:MOST_RECORDS]:
        target = data.target
        text = target.decode("utf-8", "replace") if isinstance(target, bytes) else target.to_text(omit_final_dot=True)
        records.append(ServerRecord(data.priority, data.weight, text, getattr(data, "port", 0)))
    return records


def _servers(question: DnsQuestion, records: Sequence[ServerRecord]) -> list[DiscoveredServer]:
    ordered = sorted(records, key=lambda record: (record.priority, -record.weight))
    if question.record == "URI":
        return [server for record in ordered if (server := _uri_server(question, record.target)) is not None]
    transport = ("udp",) if "._udp." in question.name else ("tcp",)
    return [
        DiscoveredServer(record.target, record.port, transport, question)
        for record in ordered
        if record.target not in ("", ".")
    ]


_TRANSPORTS: Final[dict[str, Literal["udp", "tcp", "kkdcp"]]] = {"udp": "udp", "tcp": "tcp", "kkdcp": "kkdcp"}


def _uri_server(question: DnsQuestion, text: str) -> DiscoveredServer | None:
    """Read `krb5srv:m:tcp:kdc1.example:88` or `krb5srv::kkdcp:https://proxy/KdcProxy`.

    None for a text that libkrb5 ignores.
    """
    scheme, _, rest = text.partition(":")
    _, _, rest = rest.partition(":")
    transport, _, rest = rest.partition(":")
    kind = _TRANSPORTS.get(transport.lower())
    if scheme.lower() != "krb5srv" or kind is None or not rest:
        return None
    path = None
    if kind == "kkdcp":
        if not rest.lower().startswith("https://"):
            return None
        rest, slash, tail = rest[len("https://") :].partition("/")
        path = tail if slash else None
    host, port = _host_port(rest, HTTPS_PORT if kind == "kkdcp" else KDC_PORT)
    if not host or port is None:
        return None
    return DiscoveredServer(
        host, port, ("https",) if kind == "kkdcp" else (kind,) if kind in BOTH else BOTH, question, path
    )


def _host_port(text: str, default: int) -> tuple[str, int | None]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
    else:
        host, colon, rest = text.partition(":")
        rest = colon + rest
    if not rest:
        return host, default
    spelled = rest[1:]
    number = int(spelled) if spelled.isascii() and spelled.isdigit() and len(spelled) <= 5 else 0
    return host, number if rest.startswith(":") and 0 < number <= 65535 else None
