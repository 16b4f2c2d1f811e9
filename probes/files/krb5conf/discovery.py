"""Which servers does DNS name where a krb5.conf names none? Asks the questions of `questions`, with a resolver that the caller gives.

SRV: RFC 2782, as both families order it, but without the dice: servers of one priority come by falling weight. URI: draft-mccallum-kitten-krb-service-discovery,
`krb5srv:FLAGS:TRANSPORT:REST`, libkrb5 only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from probes.errors import ProbesError
from probes.files.krb5conf.dns_questions import DnsQuestion
from probes.files.krb5conf.mit import BOTH, HTTPS_PORT, KDC_PORT

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

MOST_RECORDS: Final = 64


class AskDns(Protocol):
    """Answers one question. () where the name or the record type does not exist; DiscoveryError where that could not be found out."""

    def __call__(self, question: DnsQuestion) -> Sequence[ServerRecord]: ...


class DiscoveryError(ProbesError):
    """DNS gave no answer either way. question: which; reason: what the resolver says."""

    def __init__(self, question: DnsQuestion, reason: str) -> None:
        self.question, self.reason = question, reason
        super().__init__(f"{question.record} {question.name}: {reason}")


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """target: host name of an SRV record, text of a URI record; port: of an SRV record, else 0."""

    priority: int
    weight: int
    target: str
    port: int = 0


@dataclass(frozen=True, slots=True)
class DiscoveredServer:
    """A server and the question that brought it. transports: as `mit.Kdc`."""

    host: str
    port: int
    transports: tuple[str, ...]
    question: DnsQuestion
    path: str | None = None


def discover(questions: Sequence[DnsQuestion], ask: AskDns) -> tuple[DiscoveredServer, ...]:
    """Servers in the order in which they are tried; the questions after the first that brings some are asked only if they say `both`."""
    found: list[DiscoveredServer] = []
    last: DnsQuestion | None = None
    for question in questions:
        if found and not (question.both and last is not None and last.record == question.record):
            break
        brought = _servers(question, ask(question))
        last = question if brought else last
        found += brought
    return tuple(found)


def dns_asker(resolver: Resolver, lifetime: float) -> AskDns:
    """The questions go to this dnspython resolver, each for at most `lifetime` seconds. Names are absolute: no search list is tried."""
    import dns.exception  # 0.1 s of imports, for who asks
    import dns.name
    import dns.resolver

    def ask(question: DnsQuestion) -> Sequence[ServerRecord]:
        try:
            name = dns.name.from_text(question.name)
            answer = resolver.resolve(name, question.record, lifetime=lifetime, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:
            raise DiscoveryError(question, type(error).__name__) from error
        return _records(answer)

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
        DiscoveredServer(one.target, one.port, transport, question) for one in ordered if one.target not in ("", ".")
    ]


_TRANSPORTS: Final[dict[str, Literal["udp", "tcp", "kkdcp"]]] = {"udp": "udp", "tcp": "tcp", "kkdcp": "kkdcp"}


def _uri_server(question: DnsQuestion, text: str) -> DiscoveredServer | None:
    """`krb5srv:m:tcp:kdc1.example:88` or `krb5srv::kkdcp:https://proxy/KdcProxy`; None for what libkrb5 passes over."""
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
