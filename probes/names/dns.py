"""What does one name server answer for one name?

| observed | said |
|---|---|
| records of the asked type at the end of the alias chain | records |
| NOERROR without such a record | no-data |
| NXDOMAIN, SERVFAIL, REFUSED | no-such-name, server-failed, refused |
| another code | other-error |
| an alias that leads back to itself, or 16 in a row | alias-loop |
| TC over UDP, and nothing usable over TCP | truncated |
| bytes that are no answer to this question | garbage |
| ICMP port-unreachable from the server | closed |
| another ICMP error, or no route | unreachable |
| silence | silent |
| nothing was sent: no descriptor, no such source address | not-asked |

There is one question, asked as the stub resolver of glibc asks it: with recursion desired and
without EDNS. So a long answer comes back truncated and is fetched over TCP. RFC 1035 4.2, RFC 2308
for the two negative answers, RFC 7766 for the change to TCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.names.resolver_view import Said
from probes.network import udp
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    from dns.message import Message
    from dns.name import Name

PORT: Final = 53
MOST_ALIASES: Final = 16
MOST_RECORDS: Final = 64
MOST_TEXT: Final = 1024
"""Characters of one record that are kept."""

_CHUNK = 16 * 1024

Record = Literal["A", "AAAA", "PTR", "SRV", "CNAME"]
RECORDS: Final[Mapping[str, Record]] = {"A": "A", "AAAA": "AAAA", "PTR": "PTR", "SRV": "SRV", "CNAME": "CNAME"}

_CODES: Final[Mapping[str, Said]] = {"NXDOMAIN": "no-such-name", "SERVFAIL": "server-failed", "REFUSED": "refused"}


@frozen
class DnsReply:
    """What one name server answered for one name."""

    server: str
    """Address of the server."""
    name: str
    """Name as asked for."""
    record: Record
    """Type as asked for."""
    said: Said
    """Outcome, see the table of this module."""
    observation: Observation
    """Observation of the port: open and service-reply if a DNS message came back."""
    records: tuple[str, ...] = ()
    """Texts of the records, names without the trailing dot."""
    aliases: tuple[str, ...] = ()
    """Names that the asked one led to, in order."""


async def ask(
    server: str,
    name: str,
    record: Record = "A",
    *,
    vantage: Vantage,
    port: int = PORT,
) -> DnsReply:
    """Ask one server for one name. A PTR may be asked for by its address.

    `server`: numeric. At most one patience over UDP and one over TCP.
    ValueError if `name` cannot be a name.
    """
    observation, query, message, is_truncated = await _fetched(server, name, record, vantage, port)
    if message is None and not is_truncated and observation.state != "open":
        return DnsReply(server, name, record, _outcome_of_silence(observation), observation)
    if message is None and is_truncated:
        return DnsReply(server, name, record, "truncated", replace(observation, reason="service-reply"))
    if message is None:
        return DnsReply(server, name, record, "garbage", observation)
    return _read(
        DnsReply(server, name, record, "no-data", replace(observation, reason="service-reply")), query, message
    )


async def message_of(server: str, name: str, record: str, vantage: Vantage) -> Message | None:
    """Return the whole answer of one server to one question, for its reader to judge.

    record: the name of any type. None if no answer to this question came.
    """
    return (await _fetched(server, name, record, vantage, PORT))[2]


async def _fetched(
    server: str, name: str, record: str, vantage: Vantage, port: int
) -> tuple[Observation, Message, Message | None, bool]:
    """Return the observation, the question, the answer to it if one came, and whether a truncated
    one came."""
    import dns.message  # 0.1 s of imports, for who asks
    import dns.rdatatype

    query = dns.message.make_query(absolute_name(name, record), dns.rdatatype.from_text(record))
    endpoint = Endpoint(server, port, "udp", server)
    observation, reply = await udp.exchange(endpoint, query.to_wire(), vantage)
    message = None if reply is None else _message(query, reply)
    is_truncated = message is not None and _is_truncated(message)
    if is_truncated:
        message = await _over_tcp(query, replace(endpoint, transport="tcp"), vantage)
    return observation, query, message, is_truncated


async def probe(
    endpoint: Endpoint,
    name: str,
    record: Record = "A",
    *,
    vantage: Vantage,
) -> Observation:
    """Ask as `ask` does, and return one observation with the outcome in detail["dns"]."""
    server = endpoint.address or endpoint.host
    answer = await ask(server, name, record, vantage=vantage, port=endpoint.port)
    outcome: dict[str, object] = {"name": name, "type": record, "said": answer.said}
    if answer.records:
        outcome["records"] = list(answer.records)
    if answer.aliases:
        outcome["aliases"] = list(answer.aliases)
    return replace(answer.observation, detail={**answer.observation.detail, "dns": outcome})


def absolute_name(name: str, record: str) -> Name:
    """Return the name that is asked for. ValueError if it cannot be one."""
    import dns.exception
    import dns.name
    import dns.reversename

    try:
        if record == "PTR" and not name.lower().rstrip(".").endswith(".arpa"):
            return dns.reversename.from_address(name)
        return dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{name[:MOST_TEXT]!r} is not a valid DNS name") from error


def _outcome_of_silence(observation: Observation) -> Said:
    if observation.reason == "no-response":
        return "silent"
    if observation.state == "not-probed":
        return "not-asked"
    return "closed" if observation.state == "closed" else "unreachable"


def _message(query: Message, reply: bytes) -> Message | None:
    """Return the reply as a message if it is one and answers this query.
    Any peer may write it, so every error of the parser means no."""
    import dns.message

    try:
        message = dns.message.from_wire(reply, ignore_trailing=True)
        return message if query.is_response(message) else None
    except Exception:  # noqa: BLE001
        return None


def _is_truncated(message: Message) -> bool:
    import dns.flags

    return bool(message.flags & dns.flags.TC)


async def _over_tcp(query: Message, endpoint: Endpoint, vantage: Vantage) -> Message | None:
    import asyncio  # see probes.network.tcp

    from probes.network.tcp import open_connection
    from probes.network.timeout import timeout

    loop = asyncio.get_running_loop()
    ends = loop.time() + vantage.patience
    _, connection = await open_connection(endpoint, vantage)
    if connection is None:
        return None
    wire, received = query.to_wire(), bytearray()
    with connection:
        try:
            async with timeout(ends - loop.time()):
                await connection.send(len(wire).to_bytes(2, "big") + wire)
                while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2], "big"):
                    chunk = await connection.receive(_CHUNK)
                    if not chunk:
                        return None
                    received += chunk
        except OSError:
            return None
    return _message(query, bytes(received[2 : 2 + int.from_bytes(received[:2], "big")]))


def _read(answer: DnsReply, query: Message, message: Message) -> DnsReply:
    """Read code, alias chain and records of a message that answers the query."""
    import dns.rcode
    import dns.rdatatype

    code = dns.rcode.to_text(message.rcode())
    question = query.question[0]
    aliases: list[str] = []
    name = question.name
    visited = {name}
    while question.rdtype != dns.rdatatype.CNAME:
        alias = message.get_rrset(message.answer, name, question.rdclass, dns.rdatatype.CNAME)
        if not alias:
            break
        name = alias[0].target
        if name in visited or len(aliases) == MOST_ALIASES:
            return replace(answer, said="alias-loop", aliases=tuple(aliases))
        visited.add(name)
        aliases.append(_text(name.to_text(omit_final_dot=True)))
    if code != "NOERROR":
        return replace(answer, said=_CODES.get(code, "other-error"), aliases=tuple(aliases))
    rrset = message.get_rrset(message.answer, name, question.rdclass, question.rdtype)
    records = tuple(_text(data.to_text().removesuffix(".")) for data in list(rrset or ())[:MOST_RECORDS])
    return replace(answer, said="records" if records else "no-data", records=records, aliases=tuple(aliases))


def _text(text: str) -> str:
    return text[:MOST_TEXT]
