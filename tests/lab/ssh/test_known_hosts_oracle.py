"""Does a line name a host as `ssh-keygen -F` says?"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from probes.ssh.known_hosts import HostKey, look_up
from tests.support.ssh_keys import blob, hashed, public_text

pytestmark = pytest.mark.needs("ssh-keygen")

NAMES = ["web", "WEB", "web.example", "[web]:2222", "10.0.0.1", "fd00::1", "[fd00::1]:2222"]


def found(file: Path, name: str) -> list[int]:
    """Return the lines that `ssh-keygen -F` finds."""
    done = subprocess.run(
        ["ssh-keygen", "-F", name, "-f", str(file)], capture_output=True, text=True, timeout=20, check=False
    )
    return [int(row.split("line ")[1].split()[0]) for row in done.stdout.splitlines() if row.startswith("# Host ")]


def test_the_same_lines_name_a_host(tmp_path: Path) -> None:
    chosen = random.Random(20261129)
    patterns = [
        *NAMES,
        *(
            "*",
            "w*",
            "?eb",
            "!web,*",
            "*,!*.example",
            "web,db",
            "*.example",
            "[*]:2222",
            "[web]:*",
            "10.0.0.?",
            "fd00:*",
        ),
        *(hashed(name) for name in NAMES),
        *("|1|bad|bad", "w[e]b", "", "Web"),
    ]
    rows = [
        f"{chosen.choice(['', '', '@revoked ', '@cert-authority '])}{chosen.choice(patterns)} {public_text('ed25519')}"
        for _ in range(300)
    ]
    file = tmp_path / "known_hosts"
    file.write_text("\n".join(["# a comment", "", *rows, ""]))

    for name in NAMES:
        ours = [line.origin.line for line in look_up(name, [file]).lines]
        assert ours == found(file, name), name


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_fingerprint_is_the_same(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_text(public_text(kind))
    done = subprocess.run(["ssh-keygen", "-lf", str(file)], capture_output=True, text=True, timeout=20, check=True)

    assert HostKey("", blob(kind)).fingerprint == done.stdout.split()[1]
