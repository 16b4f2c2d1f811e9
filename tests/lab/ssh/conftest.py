"""A home directory, a key, and a real sshd that takes the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.ssh.config import LocalUser
from tests.support.needs import require
from tests.support.ssh_keys import public_text, write_private
from tests.support.ssh_server import USER, Server, know, sshd


@pytest.fixture
def user(tmp_path: Path) -> LocalUser:
    """Make a home directory with a key, for the user of this process."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    write_private(home / ".ssh" / "id_ed25519", "ed25519", 1)
    return LocalUser(USER, home, 0, {})


@pytest.fixture
def server(tmp_path: Path, user: LocalUser) -> Iterator[Server]:
    """Run sshd, and know its key."""
    require("sshd", "setpriv")
    with sshd(tmp_path / "sshd", user_key=public_text("ed25519", 1)) as running:
        know(user.home, running)
        yield running
