"""Which keys may a login try, and what if one of them does not do?"""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.ssh.config import LocalUser, configured
from probes.ssh.keys import KeyUnusable, candidates
from probes.ssh.target import parse
from tests.support.ssh_keys import public_text, write_private


@pytest.fixture
def user(tmp_path: Path) -> LocalUser:
    """Make a user with a private key of RSA, and no agent."""
    (tmp_path / ".ssh").mkdir()
    write_private(tmp_path / ".ssh" / "id_rsa", "rsa")
    return LocalUser("me", tmp_path, 1000, {})


def test_a_certificate_of_another_key_leaves_the_key_itself(user: LocalUser) -> None:
    (user.home / ".ssh" / "id_rsa-cert.pub").write_text(public_text("ed25519"))

    with candidates(configured(parse("ssh://web"), [], user)) as (certificate, key):
        _, kind, sign = certificate.open(None)
        with pytest.raises(KeyUnusable):
            sign(b"data", kind)
        assert key.open(None)[2](b"data", "rsa-sha2-512")


def test_a_file_that_is_no_certificate_leaves_the_key_itself(user: LocalUser) -> None:
    (user.home / ".ssh" / "id_rsa-cert.pub").write_text("")

    with candidates(configured(parse("ssh://web"), [], user)) as (key,):
        assert key.open(None)[2](b"data", "rsa-sha2-512")


def test_a_passphrase_is_asked_again_until_it_is_right(user: LocalUser) -> None:
    (user.home / ".ssh" / "id_rsa").unlink()
    write_private(user.home / ".ssh" / "id_ecdsa", "ecdsa", passphrase="canary", with_public=False)
    answers = ["wrong", "canary"]

    with candidates(configured(parse("ssh://web"), [], user)) as (key,):
        assert key.open(lambda _: answers.pop(0))[1] == "ecdsa-sha2-nistp256"
    assert not answers
