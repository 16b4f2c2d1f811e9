"""Which hosts do `ssh://` addresses name?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.ssh.errors import SshError
from probes.ssh.target import SshTarget, parse


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ssh://master-1-1", SshTarget(None, "master-1-1", None)),
        ("ssh://root@192.168.20.11:2222", SshTarget("root", "192.168.20.11", 2222)),
        ("ssh://ops@[fd00::11]", SshTarget("ops", "fd00::11", None)),
        ("ssh://[fe80::1%eth0]:22", SshTarget(None, "fe80::1%eth0", 22)),
        ("ssh://dom_user@corp.example", SshTarget("dom_user", "corp.example", None)),
        ("ssh://me@corp@bastion_1", None),
        ("ssh://host/", SshTarget(None, "host", None)),
        ("ssh://", None),
        ("ssh://@host", None),
        ("ssh://host:", None),
        ("ssh://host:0", None),
        ("ssh://host:65536", None),
        ("ssh://host:２２", None),
        ("ssh://-oProxyCommand=id", None),
        ("ssh://-l@host", None),
        ("ssh://fd00::11", None),
        ("ssh://[host]", None),
        ("ssh://[fd00::11", None),
        ("ssh://host/path", None),
        ("ssh://ho st", None),
        ("ssh://$(id)", None),
        ("host", None),
        ("http://host", None),
    ],
)
def test_an_address_names_a_host_or_is_an_error(text: str, target: SshTarget | None) -> None:
    if target is None:
        with pytest.raises(SshError, match="is no address of the form ssh://") as error:
            parse(text)
        assert error.value.reason == "target"
    else:
        assert parse(text) == target
        assert parse(str(target)) == target


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(SshError, match="no place for a password") as error:
        parse("ssh://root:hunter2@host")

    assert "hunter2" not in f"{error.value} {error.value.host}"


def test_an_address_in_an_error_steers_no_terminal() -> None:
    with pytest.raises(SshError) as error:
        parse("ssh://\x1b[2Jhost")

    assert "\x1b" not in str(error.value)


@given(st.text(max_size=40))
def test_any_text_is_a_target_or_an_error(text: str) -> None:
    try:
        target = parse(f"ssh://{text}")
    except SshError:
        return
    assert parse(str(target)) == target
