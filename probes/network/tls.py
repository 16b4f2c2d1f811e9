"""Does this connected peer speak TLS, and which certificate does it show?

The certificate is read, never trusted. Verification is off and old ciphers are allowed, because the
question is what the server has, not whether this host would accept it.
`probes.network.certificate` judges it separately.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from probes.errors import ProbesError
from probes.frozen import frozen
from probes.language import tr
from probes.network.host import OpenConnection

T = TypeVar("T")

_CHUNK = 16 * 1024
_MOST_BYTES = 256 * 1024
"""Bytes of records that are taken from a peer, with the handshake: several times the largest
chain of certificates in use."""

_KEPT = 64
"""First bytes of the peer that are kept in case it speaks another protocol."""


class TlsError(ProbesError):
    """There is no TLS with this peer.

    - why: OpenSSL's word ("WRONG_VERSION_NUMBER"), or a clause
    - received: the first bytes that came, perhaps of another protocol
    """

    def __init__(self, why: str, received: bytes) -> None:
        self.why, self.received = why, received
        super().__init__(why)


@frozen
class Peer:
    """How a TLS server presented itself."""

    version: str
    """For example "TLSv1.3"."""

    cipher: str
    """OpenSSL's name."""

    certificate: bytes
    """The leaf as DER."""

    chain: tuple[bytes, ...] = ()
    """Certificates as DER, as the server sent them: the leaf first."""


class Secured:
    """TLS over an open connection.

    It uses no threads or transports, so that the caller's deadline is the only one.
    """

    def __init__(self, connection: OpenConnection, name: str) -> None:
        """Take a connection. name: of the server, for SNI; it is left out if SNI cannot carry
        it."""
        self._connection = connection
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._taken, self._first = 0, b""
        try:
            self._tls = _context().wrap_bio(self._in, self._out, server_hostname=name)
        except ValueError:  # no IDNA, or empty
            self._tls = _context().wrap_bio(self._in, self._out)

    async def handshake(self) -> Peer:
        """Make the TLS handshake. TlsError if the peer does not speak TLS, or refuses us.

        OSError and TimeoutError come from the connection and from the caller's deadline.
        """
        try:
            await self._step(self._tls.do_handshake)
        except ssl.SSLError as error:
            raise TlsError(error.reason or type(error).__name__, self._first) from error
        except ConnectionError as error:
            raise TlsError(tr("the peer hung up ({error})", error=type(error).__name__), self._first) from error
        cipher = self._tls.cipher()
        return Peer(
            self._tls.version() or "unknown",
            cipher[0] if cipher else "",
            self._tls.getpeercert(binary_form=True) or b"",
            _chain(self._tls),
        )

    async def send(self, data: bytes) -> None:
        await self._step(lambda: self._tls.write(data))

    async def receive(self, most: int) -> bytes:
        """Return the next bytes, b"" once the peer has ended, in order or not."""
        try:
            return await self._step(lambda: self._tls.read(most))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def _step(self, action: Callable[[], T]) -> T:
        """Call OpenSSL, and carry records in both directions until the call ends."""
        while True:
            try:
                result = action()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except ssl.SSLError:
                with suppress(OSError):  # the peer may be gone, which is no reason
                    await self._flush()  # the alert of OpenSSL
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if self._out.pending:
            await self._connection.send(self._out.read())

    async def _feed(self) -> None:
        records = await self._connection.receive(_CHUNK)
        self._taken += len(records)
        self._first = (self._first + records)[:_KEPT]
        if self._taken > _MOST_BYTES:
            raise TlsError(tr("more records than any server sends"), self._first)
        if records:
            self._in.write(records)
        else:
            self._in.write_eof()


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    """Return the certificates that the server sent, as DER.

    Python 3.13 has a method for it. Earlier versions have it in the C object beneath, which gives
    certificates of its own kind. () if this Python has neither.
    """
    import _ssl

    holders = (tls, getattr(tls, "_sslobj", None))
    method = next((found for one in holders if (found := getattr(one, "get_unverified_chain", None))), None)
    sent = (method() if method else None) or ()
    return tuple(one if isinstance(one, bytes) else one.public_bytes(_ssl.ENCODING_DER) for one in sent)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context
