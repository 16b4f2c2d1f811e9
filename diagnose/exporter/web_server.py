"""How are clients served that may be slow, many, or gone?

- A connection is counted from the moment it is accepted. At the limit a new one takes the place of
  the oldest whose request has not come yet. If there is none, the new one is turned away.
- The handshake of TLS, the head of the request and the writing of the answer have a time each, so a
  client that sends one byte a second is cut off.
- `serve_until` ends soon after it was told to: requests in flight get a grace period.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Protocol

from diagnose.exporter.web_request import LARGEST_HEAD, BadRequestError, WebRequest, WebResponse, parse_request
from probes.language import tr

_LOG = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10.0
HEAD_SECONDS = 10.0
WRITE_SECONDS = 10.0
GRACE_SECONDS = 3.0
"""Seconds that requests in flight get after the end was asked for."""

LINGER_SECONDS = 1.0
"""Seconds in which the rest of a refused request is read, so that the client sees the answer."""

PAUSE_SECONDS = 0.2
"""Pause after the system could not accept a connection, for example for lack of descriptors."""


class Site(Protocol):
    """What a server serves. Its properties may change between connections."""

    @property
    def context(self) -> ssl.SSLContext | None:
        """TLS of new connections. None for plain HTTP."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields of every answer."""

    @property
    def most_connections(self) -> int:
        """Connections at once."""

    def accepts(self, peer: ssl.SSLObject | None) -> bool:
        """Return True if a client with this certificate may ask."""

    async def respond(self, request: WebRequest) -> WebResponse:
        """Return the answer to one request."""

    def refused(self) -> None:
        """Note that a connection or a request was refused."""


class WebServer:
    """Accepts connections on one socket, and answers one request on each."""

    def __init__(self, listener: socket.socket, site: Site) -> None:
        self._listener, self._site = listener, site
        self._open: set[asyncio.Task[None]] = set()
        self._waiting: dict[asyncio.Task[None], None] = {}
        """Connections whose request has not come yet, the oldest first."""

    async def serve_until(self, stop: asyncio.Event) -> None:
        """Serve until the event is set, then end within the grace period and a second.

        Raise what stopped us from accepting connections, which is a bug of ours.
        """
        accepting, stopped = asyncio.ensure_future(self._accept()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((accepting, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            accepting.cancel()
            stopped.cancel()
            ended, _ = await asyncio.gather(accepting, stopped, return_exceptions=True)
            self._listener.close()
            await self._end()
        if isinstance(ended, Exception):
            raise ended

    async def _end(self) -> None:
        """Give requests in flight a grace period, then cut them off."""
        if self._open:
            await asyncio.wait(self._open, timeout=GRACE_SECONDS)
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(self._listener)
            except OSError as error:
                _LOG.warning("cannot accept a connection: %s", error.strerror)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                await self._admit(sock)
            except BaseException:
                sock.close()
                raise

    async def _admit(self, sock: socket.socket) -> None:
        """Serve an accepted connection in a task of its own, if there is room for it."""
        if len(self._open) >= self._site.most_connections:
            self._site.refused()
            if not await self._make_room():
                _turn_away(sock, plain=self._site.context is None)
                return
        task = asyncio.get_running_loop().create_task(self._serve(sock))
        self._open.add(task)
        self._waiting[task] = None
        task.add_done_callback(partial(self._forget, sock))

    async def _make_room(self) -> bool:
        """Cut off the client that has said nothing for longest. Return False if there is none."""
        silent = next(iter(self._waiting), None)
        if silent is None:
            return False
        silent.cancel()
        await asyncio.wait((silent,))
        return True

    def _forget(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        sock.close()  # a task that was cancelled before its first step has not opened it
        self._open.discard(task)
        self._waiting.pop(task, None)

    async def _serve(self, sock: socket.socket) -> None:
        """Answer one connection. Nothing that happens to it is seen by others."""
        try:
            reader, writer = await _opened(sock, self._site.context)
        except (OSError, TimeoutError) as error:
            _LOG.info("a connection failed: %s", type(error).__name__)
            return
        try:
            await self._converse(reader, writer)
        except (OSError, TimeoutError) as error:
            _LOG.info("a client was cut off: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - our own bug ends one connection alone
            _LOG.error("a bug stopped a connection: %s", type(error).__name__)
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._site.accepts(writer.get_extra_info("ssl_object")):
            return
        method, lingers = "GET", False
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            self._heard()
            request = parse_request(head)
            method = request.method
            response = await self._site.respond(request)
        except asyncio.IncompleteReadError:
            return
        except asyncio.LimitOverrunError:
            response, lingers = _refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, tr("a request too long")), True
            self._site.refused()
        except TimeoutError:
            response, lingers = _refusal(HTTPStatus.REQUEST_TIMEOUT, tr("the request did not come in time")), True
            self._site.refused()
        except BadRequestError as error:
            response, lingers = _refusal(error.status, str(error)), True
            self._site.refused()
        async with asyncio.timeout(WRITE_SECONDS):
            writer.write(response.encoded(more=self._site.headers, with_body=method != "HEAD"))
            await writer.drain()
            if lingers and writer.can_write_eof():
                writer.write_eof()
                await _drop(reader)
            writer.close()
            await writer.wait_closed()

    def _heard(self) -> None:
        """Note that the request of this connection has come."""
        task = asyncio.current_task()
        if task is not None:
            self._waiting.pop(task, None)


def _refusal(status: HTTPStatus, why: str) -> WebResponse:
    allow = {"Allow": "GET, HEAD"} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return WebResponse.plain(status, why, **allow)


async def _opened(
    sock: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the streams of an accepted socket, after the handshake of TLS."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LARGEST_HEAD, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    timeout = None if context is None else HANDSHAKE_SECONDS
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, sock, ssl=context, ssl_handshake_timeout=timeout
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _drop(reader: asyncio.StreamReader) -> None:
    """Read and forget what a refused client still sends, for a short time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            for _ in range(64):
                if not await reader.read(LARGEST_HEAD):
                    return


def _turn_away(sock: socket.socket, *, plain: bool) -> None:
    """Close a connection above the limit. Tell a client of plain HTTP why."""
    with sock, suppress(OSError):
        if plain:
            answer = _refusal(HTTPStatus.SERVICE_UNAVAILABLE, tr("too many connections"))
            sock.send(answer.encoded(more={"Retry-After": "1"}, with_body=True))
            sock.shutdown(socket.SHUT_WR)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a numeric address. OSError if that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock
