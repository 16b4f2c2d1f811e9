"""How does a login speak? The messages of RFC 4252 and RFC 4256, one request at a time.

paramiko's own handler is not used: it signs and asks in the thread of the transport, where a fault
of a key or a slow user ends the session; it cannot ask whether a key is welcome before it is
decrypted; and it keeps neither the methods that the server names nor its banner.

Importing this module imports paramiko, so it is imported by functions only.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from paramiko.common import (
    MSG_SERVICE_ACCEPT,
    MSG_USERAUTH_BANNER,
    MSG_USERAUTH_FAILURE,
    MSG_USERAUTH_INFO_REQUEST,
    MSG_USERAUTH_SUCCESS,
    cMSG_SERVICE_REQUEST,
    cMSG_USERAUTH_INFO_RESPONSE,
    cMSG_USERAUTH_REQUEST,
)
from paramiko.message import Message

from probes.frozen import frozen
from probes.untrusted import clean

if TYPE_CHECKING:
    from probes.ssh.transport import SessionTransport

MOST_PROMPTS: Final = 16
"""Prompts of one question of keyboard-interactive."""
MOST_ROUNDS: Final = 16
"""Questions of keyboard-interactive in one try."""
MOST_BANNER: Final = 4000
"""Characters of the banner that are kept."""

Outcome = Literal["accepted", "partial", "refused", "welcome", "question"]

Ask = Callable[[str], str]


@frozen
class AuthAnswer:
    """What the server answered to one request."""

    outcome: Outcome
    """welcome: the key may be used; question: keyboard-interactive asks; partial: and now more."""
    methods: tuple[str, ...] = ()
    """Methods that can continue, of a partial or refused one."""
    prompts: tuple[str, ...] = ()
    """Prompts of a question, cleaned."""


class UserAuth:
    """The login of one user on one connection. One thread uses it."""

    username: str

    def __init__(self, transport: SessionTransport, user: str, bound: float) -> None:
        """bound: seconds for each answer of the server."""
        self.username, self.banner = user, ""
        self._transport, self._bound = transport, bound
        self._inbox: queue.Queue[tuple[int, Message] | None] = queue.Queue(maxsize=64)
        self._has_service = False
        transport.auth_handler = self  # type: ignore[assignment]

    # What paramiko calls, in the thread of the transport.

    @property
    def _handler_table(self) -> Mapping[int, Callable[[Message], None]]:
        kinds = (MSG_SERVICE_ACCEPT, MSG_USERAUTH_FAILURE, MSG_USERAUTH_BANNER, MSG_USERAUTH_INFO_REQUEST)
        return {MSG_USERAUTH_SUCCESS: self._succeed, **{kind: partial(self._keep, kind) for kind in kinds}}

    def _succeed(self, message: Message) -> None:
        trigger: Callable[[], None] = self._transport._auth_trigger  # type: ignore[attr-defined]
        trigger()
        self._keep(MSG_USERAUTH_SUCCESS, message)

    def _keep(self, kind: int, message: Message) -> None:
        """Hand a message over. A server that sends without being asked is cut off."""
        if kind == MSG_USERAUTH_BANNER:
            if not self.banner:
                self.banner = message.get_string()[: 4 * MOST_BANNER].decode("utf-8", "replace")[:MOST_BANNER]
            return
        try:
            self._inbox.put_nowait((kind, message))
        except queue.Full:
            raise EOFError from None

    def is_authenticated(self) -> bool:
        """Return True if the server accepted the login."""
        return self._transport.authenticated

    def abort(self) -> None:
        """Note that the session ended: called by the transport."""
        try:
            self._inbox.put_nowait(None)
        except queue.Full:
            return

    # Requests. Each raises TimeoutError or EOFError if no answer comes.

    def none(self) -> AuthAnswer:
        """Ask which methods the server takes. A server may accept the user without any."""
        return self._request("none")

    def offer(self, algorithm: str, blob: bytes) -> AuthAnswer:
        """Ask whether a public key may be used."""
        return self._request("publickey", False, algorithm, blob)

    def prove(self, algorithm: str, blob: bytes, sign: Callable[[bytes], bytes]) -> AuthAnswer:
        """Log in with a key. `sign` gets what is to be signed; its errors are the caller's."""
        signed = Message()
        signed.add_string(self._transport.session_id or b"")
        signed.add_bytes(self._head("publickey", True, algorithm, blob).asbytes())
        return self._request("publickey", True, algorithm, blob, sign(signed.asbytes()))

    def password(self, password: str) -> AuthAnswer:
        """Log in with a password."""
        return self._request("password", False, password)

    def interactive(self, answers: Callable[[Sequence[str]], Sequence[str]]) -> AuthAnswer:
        """Log in by keyboard-interactive. `answers` is called with the prompts of each question."""
        answer = self._request("keyboard-interactive", "", "")
        for _ in range(MOST_ROUNDS):
            if answer.outcome != "question":
                return answer
            response = Message()
            response.add_byte(cMSG_USERAUTH_INFO_RESPONSE)
            given = answers(answer.prompts)
            response.add_int(len(given))
            for text in given:
                response.add_string(text)
            answer = self._exchange(response, "keyboard-interactive")
        return AuthAnswer("refused", answer.methods)

    def _head(self, method: str, *fields: bool | str | bytes) -> Message:
        message = Message()
        message.add_byte(cMSG_USERAUTH_REQUEST)
        for text in (self.username, "ssh-connection", method):
            message.add_string(text)
        for field in fields:
            if isinstance(field, bool):
                message.add_boolean(field)
            else:
                message.add_string(field)
        return message

    def _request(self, method: str, *fields: bool | str | bytes) -> AuthAnswer:
        if not self._has_service:
            service = Message()
            service.add_byte(cMSG_SERVICE_REQUEST)
            service.add_string("ssh-userauth")
            self._send(service)
            if self._next()[0] != MSG_SERVICE_ACCEPT:
                raise EOFError
            self._has_service = True
        return self._exchange(self._head(method, *fields), method)

    def _send(self, message: Message) -> None:
        if not self._transport.is_active():
            raise EOFError
        send: Callable[[Any], None] = self._transport._send_message  # type: ignore[attr-defined]
        send(message)

    def _next(self) -> tuple[int, Message]:
        deadline = time.monotonic() + self._bound
        while True:
            try:
                item = self._inbox.get(timeout=min(0.2, max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                if not self._transport.is_active():
                    raise EOFError from None
                if time.monotonic() >= deadline:
                    raise TimeoutError from None
                continue
            if item is None:
                raise EOFError
            return item

    def _exchange(self, message: Message, method: str) -> AuthAnswer:
        self._send(message)
        kind, reply = self._next()
        if kind == MSG_USERAUTH_SUCCESS:
            return AuthAnswer("accepted")
        if kind == MSG_USERAUTH_FAILURE:
            methods = tuple(clean(name) for name in reply.get_string().decode("utf-8", "replace").split(",")[:16])
            return AuthAnswer("partial" if reply.get_boolean() else "refused", methods)
        if kind == MSG_USERAUTH_INFO_REQUEST and method == "publickey":
            return AuthAnswer("welcome")
        if kind == MSG_USERAUTH_INFO_REQUEST and method == "keyboard-interactive":
            return _question(reply)
        raise EOFError


def _question(message: Message) -> AuthAnswer:
    """Return a question of RFC 4256, section 3.2. EOFError if it has prompts without end."""
    texts = [clean(message.get_string().decode("utf-8", "replace")) for _ in range(2)]
    message.get_string()
    count = message.get_int()
    if count > MOST_PROMPTS:
        raise EOFError
    prompts: list[str] = []
    for _ in range(count):
        prompts.append(clean(message.get_string().decode("utf-8", "replace")))
        message.get_boolean()
    before = " ".join(text for text in texts if text)
    if prompts and before:
        prompts[0] = f"{before} {prompts[0]}"
    return AuthAnswer("question", prompts=tuple(prompts))
