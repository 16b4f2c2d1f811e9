"""Which keys of a host do files of known hosts have, and which of them are good?"""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.ssh import known_hosts
from probes.ssh.errors import SshError
from probes.ssh.known_hosts import HostKey, KnownHost, look_up, name_of
from tests.support.ssh_keys import blob, hashed, public_text

ED25519 = HostKey("ssh-ed25519", blob("ed25519"))
OTHER = HostKey("ssh-ed25519", blob("ed25519", 1))
RSA = HostKey("ssh-rsa", blob("rsa"))


def known(tmp_path: Path, text: str, name: str = "web") -> KnownHost:
    file = tmp_path / "known_hosts"
    file.write_text(text)
    return look_up(name, [tmp_path / "absent", file])


@pytest.mark.parametrize(
    ("names", "is_named"),
    [
        ("web", True),
        ("WEB", True),
        ("db,web", True),
        ("w?b", True),
        ("w*", True),
        ("*,!web", False),
        ("!web", False),
        ("!db", False),
        ("[web]:22", False),
        ("webs", False),
        (hashed("web"), True),
        (hashed("db"), False),
        ("|1|AAAA", False),
        ("|2|AAAA|AAAA", False),
        ("|1|!|!", False),
        ("[w]eb", False),
    ],
)
def test_a_line_names_a_host_by_pattern_or_hash(names: str, is_named: bool, tmp_path: Path) -> None:
    assert bool(known(tmp_path, f"{names} {public_text('ed25519')}\n").lines) is is_named


@pytest.mark.parametrize(("port", "name"), [(22, "web"), (2222, "[web]:2222")])
def test_another_port_is_part_of_the_name(port: int, name: str) -> None:
    assert name_of("Web", port) == name


def test_a_known_key_is_known_and_another_one_is_changed(tmp_path: Path) -> None:
    host = known(tmp_path, f"# first\n\nweb {public_text('ed25519')} comment of mine\n")

    assert host.check(ED25519).verdict == "known"
    changed = host.check(OTHER)
    assert changed.verdict == "changed"
    assert changed.line is not None
    assert str(changed.line.origin) == f"{tmp_path}/known_hosts:3"


def test_a_host_may_have_several_keys_of_one_type(tmp_path: Path) -> None:
    host = known(tmp_path, f"web {public_text('ed25519', 1)}\nweb {public_text('ed25519')}\n")

    assert host.check(ED25519).verdict == host.check(OTHER).verdict == "known"


def test_a_key_of_another_type_than_the_known_ones_is_a_changed_key(tmp_path: Path) -> None:
    host = known(tmp_path, f"web {public_text('ed25519')}\n")

    assert host.check(RSA).verdict == "changed"
    assert host.kinds == ("ssh-ed25519",)


def test_a_host_that_no_line_names_is_unknown(tmp_path: Path) -> None:
    assert known(tmp_path, f"db {public_text('ed25519')}\n").check(ED25519).verdict == "unknown"


def test_a_revoked_key_is_revoked_although_a_line_knows_it(tmp_path: Path) -> None:
    key = public_text("ed25519")
    host = known(tmp_path, f"web {key}\n@revoked * {key}\n")

    assert host.check(ED25519).verdict == "revoked"
    assert host.check(OTHER).verdict == "changed"


def test_an_authority_is_no_key_of_the_host(tmp_path: Path) -> None:
    host = known(tmp_path, f"@cert-authority *b {public_text('ed25519')}\n")

    assert host.check(ED25519).verdict == "unknown"
    assert host.kinds == ()
    assert host.authority is not None
    assert host.authority.origin.line == 1


@pytest.mark.parametrize(
    "row",
    [
        "web",
        "web ssh-ed25519",
        "web ssh-ed25519 !!!!",
        "web ssh-ed25519 AAAA",
        f"web ssh-rsa {public_text('ed25519').split()[1]}",
        f"@unknown web {public_text('ed25519')}",
        f"# web {public_text('ed25519')}",
        "web 1024 35 12345",
        "web ssh-ed25519 " + "A" * 70001,
        "\ufeff\x00\xff",
    ],
)
def test_a_line_that_cannot_be_read_is_no_line(row: str, tmp_path: Path) -> None:
    host = known(tmp_path, f"{row}\nweb {public_text('ed25519')}\n")

    assert [line.origin.line for line in host.lines] == [2]


def test_a_fingerprint_is_the_one_that_ssh_keygen_prints() -> None:
    assert ED25519.fingerprint.startswith("SHA256:")
    assert not ED25519.fingerprint.endswith("=")


def test_a_file_that_is_too_large_is_an_error_because_its_end_may_revoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_hosts, "MOST_BYTES", 100)

    with pytest.raises(SshError, match="larger than 100 bytes"):
        known(tmp_path, f"web {public_text('ed25519')}\n" * 2)
