"""What do the readers of each protocol do with a mutated answer?"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.rrset
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.kerberos import as_req
from probes.names import dns as name_server
from probes.network import errqueue, headers, raw
from probes.network.exchange import RawReply
from probes.network.tls import Peer
from probes.observation import Observation
from probes.services import (
    data_transfer,
    hadoop_rpc,
    hbase,
    hive_http,
    http,
    impala,
    ldap,
    mysql,
    ssh_banner,
    thrift,
    tls_server,
    zookeeper,
    zookeeper_session,
)
from probes.services.web import MOST, describe
from probes.services.web_services import WEB_SERVICES
from tests.fuzz import kerberos
from tests.fuzz.hunt import Subject, from_corpus
from tests.support import ldap_messages, mysql_packets, zookeeper_replies
from tests.support import service_replies as samples
from tests.support.certificates import a_certificate, a_weak_certificate

_SCAPY_EVERY = 50
_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_NAME = "master-1-1.example"
_RPC = (
    samples.SIMPLE,
    samples.KERBEROS,
    samples.framed(samples.header(1, error="no SASL for you")),
    samples.framed(samples.header(2, call=7, error="Server IPC version 9 cannot communicate")),
)
_SASL = (
    samples.sasl(3, "Unsupported mechanism type X-PROBE"),
    samples.sasl(4, "Invalid status 72"),
    samples.sasl(2, "token"),
    samples.sasl(5),
)
_EXCEPTIONS = (samples.an_exception(), samples.an_exception(kind_first=True), samples.an_exception("x" * 900))
_HTTP = (
    samples.SPNEGO,
    samples.IPC,
    b"HTTP/1.1 302 Found\nLocation: https://h:9871/x?y\nContent-Length: 0\n\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nWWW-Authenticate: Negotiate\r\n\r\n5\r\n<a><b\r\n0\r\n\r\n",
)
_ZOOKEEPER = (
    b"Zookeeper version: 3.8.4-9316c2a, built on 2024-02-12\nLatency min/avg/max: 0/0.0/0\nMode: leader\nNodes: 5\n",
    b"srvr is not executed because it is not in the whitelist.\n",
    b"This ZooKeeper instance is not currently serving requests\n",
)
_SESSIONS = (
    zookeeper_replies.SESSION,
    zookeeper_replies.session(old=True),
    zookeeper_replies.EXISTS,
    zookeeper_replies.WANTS_SASL,
)
_GREETINGS = (
    mysql_packets.greeting(),
    mysql_packets.greeting("8.0.36", tls=True, plugin="caching_sha2_password"),
    mysql_packets.REFUSED,
    mysql_packets.FULL,
)
_LOGINS = (mysql_packets.DENIED, mysql_packets.OK, mysql_packets.SWITCH)
_ROOTS = (ldap_messages.ROOT, ldap_messages.ACTIVE_DIRECTORY, ldap_messages.NO_NAMELESS, ldap_messages.UPGRADED)
_BANNERS = (b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", b"Authorized only\r\nSSH-1.99-libssh-0.9.6\n")
_OTHERS = (b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x03\0\x02\x02\x28", b"J\0\0\0\x0a8.0.36\0", b"220 ftp\r\n")


def _answers_of_dns() -> list[bytes]:
    """Return records of every type, an alias, a loop of aliases, an error and a cut answer."""
    found = []
    for kind, *texts in (
        ("A", "192.168.20.11", "192.168.20.12"),
        ("AAAA", "2001:db8::1"),
        ("PTR", "master-1-1.example."),
        ("SRV", "0 0 88 kdc.example.", "10 5 750 .", "1 1 88 kdc2.example."),
        ("CNAME", "other.example."),
    ):
        answer = dns.message.make_response(_query(kind))
        answer.answer.append(dns.rrset.from_text(f"{_NAME}.", 60, "IN", kind, *texts))
        found.append(answer.to_wire())
    aliased = dns.message.make_response(_query("A"))
    for name, target in ((_NAME, "a.example"), ("a.example", "b.example"), ("b.example", "a.example")):
        aliased.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{target}."))
    cut = dns.message.make_response(_query("A"))
    cut.flags |= dns.flags.TC
    failed = dns.message.make_response(_query("A"))
    failed.set_rcode(dns.rcode.NXDOMAIN)
    return [*found, aliased.to_wire(), cut.to_wire(), failed.to_wire()]


def _query(kind: str) -> dns.message.QueryMessage:
    return dns.message.make_query(f"{_NAME}.", kind, id=7)


def _packets() -> list[bytes]:
    """Return packets of TCP, UDP and ICMP, in both families, with options and quoted headers."""
    v4, v6 = IP(src="192.0.2.7", dst="192.0.2.8"), IPv6(src="2001:db8::7", dst="2001:db8::8")
    segment = TCP(sport=80, dport=4000, flags="R")
    quoted = bytes(v4 / segment)[:28]
    return [
        bytes(packet)
        for packet in (
            v4 / segment / b"payload",
            v6 / segment,
            v4 / UDP(sport=88) / b"answer",
            v4 / ICMP(type=3, code=13) / quoted,
            v4 / ICMP(type=11) / bytes(v4 / UDP(dport=88) / b"x"),
        )
    ] + [bytes.fromhex("6000000000182c40") + bytes(32) + bytes.fromhex("3c00000000000001 2c00000000000001") + bytes(8)]


def _control_messages() -> list[bytes]:
    """Return level, kind and data of control messages, as `_read_control` takes them apart."""
    v4 = struct.pack("=H2s4s", socket.AF_INET, b"\0\0", bytes((192, 0, 2, 1)))
    v6 = struct.pack("=H6s16s", socket.AF_INET6, bytes(6), bytes(range(16)))
    found = []
    for level, kind, origin, icmp, name in (
        (socket.IPPROTO_IP, errqueue.IP_RECVERR, 2, (3, 13), v4),
        (socket.IPPROTO_IP, errqueue.IP_RECVERR, 2, (3, 4), v4),
        (socket.IPPROTO_IPV6, errqueue.IPV6_RECVERR, 3, (2, 0), v6),
        (socket.IPPROTO_IPV6, errqueue.IPV6_RECVERR, 3, (1, 6), b""),
    ):
        found.append(bytes((level, kind)) + struct.pack("=IBBBBII", 113, origin, *icmp, 0, 1400, 0) + name)
    return found


def _read_control(content: bytes) -> object:
    error = errqueue.parse(content[0], content[1], content[2:]) if len(content) > 1 else None
    if error is None:
        raise ProbesError("no ICMP error")
    return error.detail() | {"reason": error.reason, "offender": error.offender, "too_big": error.is_too_big}


def _read_packet(content: bytes, number: int) -> str:
    size = headers.size(content)
    assert 0 <= size <= len(content)
    packet = raw.CapturedPacket(1.0, raw._length(content), content[:size])
    if number % _SCAPY_EVERY == 0:
        raw.pcap([packet])
        raw._ttl([packet], Endpoint("h", 80, "tcp", "192.0.2.7"), "R")
    return "read" if size else "refused"


def _read_dns(content: bytes, _number: int) -> str:
    outcome = "refused"
    for kind in ("A", "SRV", "PTR"):
        message = name_server._message(_query(kind), content)
        if message is None:
            continue
        name_server._is_truncated(message)
        asked = name_server.DnsReply("192.0.2.53", _NAME, name_server.RECORDS[kind], "no-data", _seen())
        answer = name_server._read(asked, _query(kind), message)
        _shown({"said": answer.said, "records": answer.records, "aliases": answer.aliases})
        outcome = answer.said
    return outcome


def _read_frame(content: bytes, number: int) -> str:
    """Take a message out of its TCP frame, then read it."""
    message = as_req._unframe(content)
    return "not whole" if message is None else kerberos.read_reply(message, number)


def _read_certificate(content: bytes) -> object:
    described = http.describe_tls(Peer("TLSv1.3", "x", content), "master-1-1", _NOW)
    if "subject" not in described:
        raise ProbesError("refused")
    return described


def _service(is_whole: Callable[[bytes], bool], decode: Callable[[bytes], object]) -> Callable[[bytes, int], str]:
    """Return what reads an answer as `exchange` does: after each piece, then as a whole."""

    def read(content: bytes, _number: int) -> str:
        for end in {len(content) // 2, len(content)}:
            is_whole(content[:end])
        try:
            _shown(decode(content))
        except ProbesError as error:
            str(error)
            _shown(RawReply(content, "closed").detail())
            return "refused"
        return "read"

    return read


def _shown(value: object) -> None:
    """Write a value as a report does. Neither a surrogate nor an unknown type may be in it."""
    json.dumps(value, ensure_ascii=False).encode()


def _seen() -> Observation:
    return Observation("local", "open", "service-reply")


def _never(_: bytes) -> bool:
    return False


def answers() -> tuple[Subject[bytes], ...]:
    """Return one subject for each decoder of something that a peer sends."""
    kdc = kerberos.replies()
    certificates = [a_certificate(*names, alternatives=bool(names))[0] for names in ((), ("a.b", "*.c", "10.0.0.1"))]
    rows: Iterable[tuple[str, Iterable[bytes], Callable[[bytes, int], str], bool]] = (
        ("KDC replies and tickets", kdc, kerberos.read_reply, False),
        ("KDC replies in a TCP frame", map(as_req.frame, kdc), _read_frame, False),
        (
            "Hadoop RPC",
            (*_RPC, *_OTHERS),
            _service(hadoop_rpc.is_whole, lambda data: hadoop_rpc.describe(hadoop_rpc.decode(data))),
            False,
        ),
        ("Thrift SASL", (*_SASL, *_OTHERS), _service(thrift.is_whole_sasl, _sasl), False),
        (
            "Thrift exceptions",
            (*_EXCEPTIONS, *_OTHERS),
            _service(thrift.is_whole_call, thrift.decode_exception),
            False,
        ),
        ("HTTP", (*_HTTP, *_OTHERS), _service(http.is_whole, lambda data: http.describe(http.decode(data))), True),
        *_web_services(),
        (
            "HBase RPC",
            (samples.NO_HBASE_SECURITY, samples.an_hbase_refusal(), *_OTHERS),
            _service(hbase.is_whole, lambda data: hbase.describe(hbase.decode(data))),
            False,
        ),
        (
            "DataNode",
            (samples.a_refusal_of_shared_memory(), *_OTHERS),
            _service(data_transfer.is_whole, lambda data: data_transfer.describe(data_transfer.decode(data))),
            False,
        ),
        (
            "DataNode with SASL",
            (samples.a_challenge("auth-int,auth-conf"), *_OTHERS),
            _service(data_transfer.is_whole, lambda data: data_transfer.describe(data_transfer.decode_sasl(data))),
            False,
        ),
        (
            "Impala",
            (samples.an_impala_result(), *_EXCEPTIONS, *_SASL, *_OTHERS),
            _service(impala.is_whole, impala.decode),
            False,
        ),
        ("HiveServer2 over HTTP", (*_HTTP, *_OTHERS), _service(http.is_whole, _hive_http), True),
        ("ZooKeeper", (*_ZOOKEEPER, *_OTHERS), _service(_never, _zookeeper), True),
        ("ZooKeeper sessions", (*_SESSIONS, *_OTHERS), _service(zookeeper_session.is_whole, _session), False),
        ("MySQL greetings", (*_GREETINGS, *_OTHERS), _service(mysql.is_whole, _greeting), False),
        ("MySQL logins", (*_LOGINS, *_OTHERS), _service(mysql.is_whole, _login), False),
        ("LDAP", (*_ROOTS, *_OTHERS), _service(ldap.is_whole, _ldap), False),
        ("SSH banners", (*_BANNERS, *_OTHERS), _service(ssh_banner.is_whole, _banner), True),
        ("chains of certificates", (*certificates, a_weak_certificate()), _service(_never, _chain), False),
        ("DNS", _answers_of_dns(), _read_dns, False),
        ("certificates", certificates, _service(_never, _read_certificate), False),
        ("ICMP errors of a socket", _control_messages(), _service(_never, _read_control), False),
        ("captured packets", _packets(), _read_packet, False),
    )
    return tuple(Subject(name, from_corpus(tuple(corpus), text=text), read) for name, corpus, read, text in rows)


def _web_services() -> Iterator[tuple[str, Iterable[bytes], Callable[[bytes, int], str], bool]]:
    """Yield one row for each service that is asked with one GET, with the answers of all."""
    for name, service in WEB_SERVICES.items():
        others = (answers[0] for other, answers in samples.WEB.items() if other != name)
        read = service.read
        yield (
            f"web: {name}",
            (*12 * samples.WEB[name], *others, samples.KERBEROS_WEB, *_OTHERS),
            _service(
                lambda data: http.is_whole(data, MOST),
                lambda data, read=read: describe(read(http.decode(data, MOST))),  # type: ignore[misc]
            ),
            True,
        )


def _hive_http(data: bytes) -> object:
    return hive_http.demands(http.decode(data))


def _sasl(data: bytes) -> object:
    sasl = thrift.decode_sasl(data)
    return (sasl.says, sasl.text)


def _zookeeper(data: bytes) -> object:
    reply = zookeeper.decode(data)
    return (reply.version, reply.mode, reply.serving)


def _session(data: bytes) -> object:
    """Read an answer in each place: of the request, of the session, of both."""
    zookeeper_session.describe(zookeeper_session.decode(zookeeper_replies.SESSION, data))
    return zookeeper_session.describe(zookeeper_session.decode(data, data))


def _greeting(data: bytes) -> object:
    return mysql.describe(mysql.decode_greeting(data), None)


def _login(data: bytes) -> object:
    reply = mysql.decode_login(data)
    return (reply.login, reply.code, reply.text)


def _ldap(data: bytes) -> object:
    """Read an answer in each place: of the bind, of the search, of both."""
    ldap.describe(ldap.decode(ldap_messages.BOUND, data))
    return ldap.describe(ldap.decode(data, data))


def _banner(data: bytes) -> object:
    return ssh_banner.describe(ssh_banner.decode(data))


def _chain(data: bytes) -> object:
    described = tls_server.describe(Peer("TLSv1.1", "x", data, (data, data)), "master-1-1", _NOW)
    if not described["chain"]:
        raise ProbesError("refused")
    return described
