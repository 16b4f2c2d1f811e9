"""Who gets in, and is no password compared by anything but bcrypt?"""

from __future__ import annotations

import asyncio
from base64 import b64encode

import bcrypt
import pytest

from diagnose.exporter.basic_auth import BasicAuth

LONG = "ü" * 36
"""As many bytes as bcrypt takes."""

USERS = {
    "alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(4)),
    "long": bcrypt.hashpw(LONG.encode(), bcrypt.gensalt(4)),
    "broken": b"$2b$04$" + b"!" * 53,
}


def basic(pair: str | bytes) -> str:
    return "Basic " + b64encode(pair.encode() if isinstance(pair, str) else pair).decode()


def admits(header: str | None, users: dict[str, bytes] | None = None) -> bool:
    return asyncio.run(BasicAuth(USERS if users is None else users).admits(header))


def test_everybody_gets_in_where_there_are_no_users() -> None:
    assert admits(None, {})


@pytest.mark.parametrize("pair", ["alice:secret", f"long:{LONG}"])
def test_a_right_password_gets_in(pair: str) -> None:
    assert admits(basic(pair))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !",
        "Bearer secret",
        basic("alice"),
        basic("alice:"),
        basic("alice:Secret"),
        basic("alice:secret\0"),
        basic("bob:secret"),
        basic(f"long:{LONG}x"),
        basic("broken:secret"),
        basic(b"\xff:secret"),
        basic("Alice:secret"),
    ],
)
def test_anything_else_does_not(header: str | None) -> None:
    assert not admits(header)


def test_an_unknown_user_costs_a_comparison_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def checkpw(password: bytes, stored: bytes) -> bool:
        compared.append(stored)
        return False

    auth = BasicAuth(USERS)
    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    for pair in ("alice:wrong", "nobody:wrong"):
        assert not asyncio.run(auth.admits(basic(pair)))
    assert len(compared) == 2
    assert compared[0].split(b"$")[2] == compared[1].split(b"$")[2]


def test_a_right_login_is_remembered_and_a_wrong_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    auth = BasicAuth(USERS)
    assert asyncio.run(auth.admits(basic("alice:secret")))

    def checkpw(*_: bytes) -> bool:
        raise AssertionError("compared again")

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    assert asyncio.run(auth.admits(basic("alice:secret")))
    with pytest.raises(AssertionError):
        asyncio.run(auth.admits(basic("alice:other")))
