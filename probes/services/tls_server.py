"""Does a server speak TLS here, which certificates does it show, and which clients refuse them?

A handshake is made and ended, and nothing is sent inside. RFC 8446, RFC 5280.

What Java refuses by itself stands in its file java.security: protocols in
jdk.tls.disabledAlgorithms, keys and signatures in jdk.certpath.disabledAlgorithms. The values here
are those of Java 8u291, 11.0.11 and later. Whether the issuer is trusted depends on the client's
own trust store, so it is named and not judged.
https://www.oracle.com/java/technologies/javase/8u291-relnotes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from probes.endpoint import Endpoint
from probes.language import tr
from probes.network import certificate
from probes.network.certificate import Certificate
from probes.network.exchange import answered, exchange, not_answered
from probes.network.tls import Peer
from probes.observation import Observation
from probes.services.http import describe_tls
from probes.vantage import Vantage

MOST_CERTIFICATES = 10
"""Certificates of a chain that are read."""

REFUSED_VERSIONS = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
"""Protocols that Java no longer speaks."""

REFUSED_DIGESTS = frozenset({"md2", "md5"})
"""Hashes in signatures that Java refuses."""

LEAST_BITS: Mapping[str, int] = {"RSA": 1024, "DSA": 1024, "EC": 224}
"""Kind of key -> bits below which Java refuses it."""


async def present(endpoint: Endpoint, vantage: Vantage) -> Observation:
    """Make the handshake of TLS and close.

    * TLS: open/service-reply with version, chain, trust and faults in `detail`.
    * Another answer, or TLS that the server ends: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, received = await exchange(endpoint, b"", lambda _: True, vantage, secure=True)
    if received is None:
        return observation
    if received.tls is None:
        return not_answered(observation, received)
    return answered(observation, describe(received.tls, endpoint.host, datetime.now(UTC)))


def describe(peer: Peer, host: str, now: datetime) -> dict[str, object]:
    """Return protocol, certificates and faults for a client of this host, as plain JSON values."""
    shown = describe_tls(peer, host, now)
    chain = list(_read(peer))
    above = [fault for number, one in enumerate(chain) for fault in _faults(one, now, is_leaf=number == 0)]
    old = (
        [tr("it speaks {version}, which Java no longer does", version=peer.version)]
        if peer.version in REFUSED_VERSIONS
        else []
    )
    named = shown.get("faults")
    return {
        "service": "tls",
        "tls": shown | {"faults": [*old, *(named if isinstance(named, list) else []), *above]},
        "chain": [_described(one) for one in chain],
        "trust": chain[-1].issuer if chain else None,
    }


def _read(peer: Peer) -> Iterator[Certificate]:
    """Yield the certificates up to the first one that cannot be read."""
    for der in (peer.chain or (peer.certificate,))[:MOST_CERTIFICATES]:
        try:
            yield certificate.read(der)
        except certificate.CertificateError:
            return


def _described(one: Certificate) -> dict[str, object]:
    return {
        "subject": one.subject,
        "issuer": one.issuer,
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "key": one.key,
        "digest": one.digest,
    }


def _faults(one: Certificate, now: datetime, *, is_leaf: bool) -> Iterator[str]:
    """Yield why clients refuse a certificate of the chain. Name and dates of the leaf are judged
    elsewhere."""
    if not is_leaf and now > one.until:
        yield tr("{subject}, which issued it, expired on {day}", subject=one.subject, day=f"{one.until:%Y-%m-%d}")
    kind, _, bits = one.key.partition(" ")
    if bits.isdecimal() and int(bits) < LEAST_BITS.get(kind, 0):
        yield tr("the key of {subject} is {key}, too short for Java", subject=one.subject, key=one.key)
    if one.digest in REFUSED_DIGESTS and not one.is_self_signed:
        yield tr("{subject} is signed with {digest}, which Java refuses", subject=one.subject, digest=one.digest)
