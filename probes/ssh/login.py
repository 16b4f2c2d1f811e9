"""How does a user log in: by keys, then by what can be asked?

The order is that of ssh(1): public keys, keyboard-interactive, password. A server that wants two of
them gets both.

Importing this module imports paramiko, so it is imported by functions only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from probes.language import semicolons, tr
from probes.ssh.config import HostConfig
from probes.ssh.errors import SshError
from probes.ssh.keys import CERTIFICATE, Candidate, KeyUnusable, candidates
from probes.ssh.user_auth import Ask, AuthAnswer, UserAuth
from probes.untrusted import clean

if TYPE_CHECKING:
    from probes.ssh.transport import SessionTransport

TRIES: Final = 3
"""Passwords that are asked for, as ssh(1) does."""
MOST_STEPS: Final = 16
"""Methods that are tried one after another. A server may want several, and one without end."""
RSA: Final = ("rsa-sha2-512", "rsa-sha2-256")
"""Signatures of RSA keys, the preferred one first. SHA-1 is not made."""

_LOG = logging.getLogger(__name__)


class SshLogin:
    """The login to one host."""

    def __init__(self, transport: SessionTransport, config: HostConfig, ask: Ask | None, bound: float) -> None:
        """ask: asks the user for a secret, with a prompt; None: nobody can be asked."""
        self._transport, self._config, self._ask = transport, config, ask
        self._auth = UserAuth(transport, config.user, bound)
        self._tried: list[str] = []
        self._used: set[bytes] = set()
        self._spent: set[str] = set()

    def run(self) -> str:
        """Log in and return the server's banner. SshError "auth" if nothing is accepted."""
        try:
            answer = self._auth.none()
            steps = 0
            while answer.outcome != "accepted":
                method = self._next_method(answer.methods)
                if method is None or steps == MOST_STEPS:
                    raise self._refused(answer.methods)
                answer = self._by(method, answer)
                steps += 1
        except TimeoutError:
            raise SshError(
                clean(self._config.target.host),
                "timeout",
                tr("{host}: the server does not answer the login", host=self._shown),
            ) from None
        except (EOFError, OSError):
            raise self._ended() from None
        return self._auth.banner

    def _next_method(self, methods: Sequence[str]) -> str | None:
        order = ["publickey", *(["keyboard-interactive", "password"] if self._ask is not None else [])]
        return next((method for method in order if method in methods and method not in self._spent), None)

    def _by(self, method: str, before: AuthAnswer) -> AuthAnswer:
        """Try one method until it is accepted, asks for a further one, or has nothing left."""
        tries: dict[str, Callable[[AuthAnswer], Iterator[AuthAnswer]]] = {
            "publickey": self._keys,
            "keyboard-interactive": self._questions,
            "password": self._passwords,
        }
        answer = before
        for answer in tries[method](before):
            if answer.outcome == "accepted":
                return answer
            if answer.outcome == "partial":
                # ssh(1) may need the same method again: publickey,publickey is a policy.
                return answer
        self._spent.add(method)
        return AuthAnswer("refused", answer.methods or before.methods)

    def _keys(self, before: AuthAnswer) -> Iterator[AuthAnswer]:
        with candidates(self._config) as keys:
            for key in keys:
                if key.blob in self._used:
                    continue
                try:
                    answer = self._key(key)
                except KeyUnusable as error:
                    self._tried.append(tr("{key} ({why})", key=key.name, why=error))
                else:
                    _LOG.debug("%s: %s: %s", self._shown, key.name, answer.outcome)
                    yield answer

    def _key(self, key: Candidate) -> AuthAnswer:
        """Try one key. The server says first whether it may be used."""
        if key.blob:
            self._used.add(key.blob)
            offered = self._auth.offer(self._algorithm(key.kind), key.blob)
            if offered.outcome != "welcome":
                self._tried.append(key.name)
                return offered
        blob, kind, sign = key.open(self._ask)
        algorithm = self._algorithm(kind)
        answer = self._auth.prove(algorithm, blob, lambda data: sign(data, algorithm))
        self._used.add(blob)
        if answer.outcome != "accepted":
            self._tried.append(key.name)
        return answer

    def _algorithm(self, kind: str) -> str:
        """Return the algorithm to sign with: for RSA one that the server says it takes."""
        plain, suffix = kind.removesuffix(CERTIFICATE), CERTIFICATE if kind.endswith(CERTIFICATE) else ""
        if plain != "ssh-rsa":
            return kind
        listed = self._transport.server_extensions.get("server-sig-algs", b"")
        taken = (listed if isinstance(listed, bytes) else str(listed).encode()).split(b",")
        return next((name for name in RSA if name.encode() in taken), RSA[0]) + suffix

    def _questions(self, before: AuthAnswer) -> Iterator[AuthAnswer]:
        for _ in range(TRIES):
            is_empty: list[bool] = []

            def answers(prompts: Sequence[str], is_empty: list[bool] = is_empty) -> list[str]:
                given = [self._answer(tr("{host}: {prompt} ", host=self._shown, prompt=prompt)) for prompt in prompts]
                is_empty.append(bool(given) and not any(given))
                return given

            answer = self._auth.interactive(answers)
            self._note("keyboard-interactive")
            yield answer
            if any(is_empty) or not is_empty:
                return

    def _passwords(self, before: AuthAnswer) -> Iterator[AuthAnswer]:
        for _ in range(TRIES):
            password = self._answer(tr("Password of {host}: ", host=self._shown))
            if not password:
                return
            self._note(tr("password"))
            yield self._auth.password(password)

    def _answer(self, prompt: str) -> str:
        return "" if self._ask is None else self._ask(prompt)

    def _note(self, tried: str) -> None:
        if tried not in self._tried:
            self._tried.append(tried)

    @property
    def _shown(self) -> str:
        return clean(f"{self._config.user}@{self._config.target.host}")

    def _refused(self, methods: Sequence[str]) -> SshError:
        taken = ", ".join(methods) or "-"
        if self._tried:
            text = tr(
                "{host}: the login is refused. The server takes {methods}; tried: {tried}",
                host=self._shown,
                methods=taken,
                tried=semicolons(self._tried),
            )
        else:
            text = tr(
                "{host}: the login is refused. The server takes {methods}; there was no key to try, and nobody to ask",
                host=self._shown,
                methods=taken,
            )
        return SshError(clean(self._config.target.host), "auth", text)

    def _ended(self) -> SshError:
        """Return the error about a server that ended the session: what it says comes first."""
        if self._transport.farewell:
            text = tr(
                "{host}: the server ended the login: {words}; tried: {tried}",
                host=self._shown,
                words=self._transport.farewell,
                tried=semicolons(self._tried) or "-",
            )
            return SshError(clean(self._config.target.host), "auth", text)
        text = tr("{host}: the connection was closed during the login", host=self._shown)
        return SshError(clean(self._config.target.host), "dropped", text)
