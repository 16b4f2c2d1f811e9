"""Does a client show user and password of the web configuration (RFC 7617)?

bcrypt takes as long for a wrong password and an unknown user as for a right one. It runs beside the
event loop, two at once, and a login that was right once is remembered under a keyed digest.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping

import bcrypt

AT_ONCE = 2
"""Passwords that are compared at the same time: each takes a processor."""

MOST_REMEMBERED = 100
"""Correct logins that are remembered."""

LONGEST_PASSWORD = 72
"""Bytes of a password that bcrypt takes."""

CHALLENGE = 'Basic realm="emr-diagnose", charset="UTF-8"'


class BasicAuth:
    """The users of one web configuration."""

    def __init__(self, users: Mapping[str, bytes]) -> None:
        self._users = users
        self._key = os.urandom(32)
        self._right: set[bytes] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        hashes = list(users.values())
        cost = int(hashes[0].split(b"$")[2]) if hashes else 10
        self._nobody = bcrypt.hashpw(os.urandom(16).hex().encode(), bcrypt.gensalt(cost))

    async def admits(self, header: str | None) -> bool:
        """Return True if the field Authorization shows a user with the right password, or if nobody
        has to log in. header: its value. None if it is missing."""
        if not self._users:
            return True
        user, password = _credentials(header)
        if user is None:
            return False
        digest = hmac.digest(self._key, f"{len(user)}:{user}:".encode() + password, hashlib.sha256)
        if digest in self._right:
            return True
        stored = self._users.get(user, self._nobody)
        async with self._slots:
            same = await asyncio.to_thread(_is_same, password, stored)
        right = same and user in self._users
        if right and len(self._right) < MOST_REMEMBERED:
            self._right.add(digest)
        return right


def _is_same(password: bytes, stored: bytes) -> bool:
    """Compare in a time that does not depend on the password, also if it is too long."""
    try:
        same = bcrypt.checkpw(password[:LONGEST_PASSWORD], stored)
    except ValueError:  # a hash of a right shape and wrong letters
        return False
    return same and len(password) <= LONGEST_PASSWORD


def _credentials(header: str | None) -> tuple[str | None, bytes]:
    """Return user and password of a header field. The user is None if there are none."""
    kind, _, token = (header or "").partition(" ")
    if kind.lower() != "basic":
        return None, b""
    try:
        user, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
        return (user.decode("utf-8"), password) if colon else (None, b"")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None, b""
