"""How do configuration files say that a host is reached? tests/lab/ssh compares them with ssh."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.ssh.config import HostConfig, LocalUser, configured, route
from probes.ssh.errors import SshError
from probes.ssh.target import SshTarget, parse


@pytest.fixture
def user(tmp_path: Path) -> LocalUser:
    """Make a user with a home directory of its own."""
    (tmp_path / ".ssh").mkdir()
    return LocalUser("me", tmp_path, 1000, {"KEYS": "/run/keys", "SSH_AUTH_SOCK": "/run/agent"})


def config(user: LocalUser, text: str, address: str = "ssh://web") -> HostConfig:
    file = user.home / ".ssh" / "config"
    file.write_text(text)
    return configured(parse(address), [file], user)


def test_without_files_a_host_is_reached_by_the_defaults_of_ssh(user: LocalUser) -> None:
    found = configured(parse("ssh://Web"), [user.home / "absent"], user)

    assert (found.host, found.port, found.user, found.jumps) == ("web", 22, "me", ())
    assert [key.name for key in found.identities] == ["id_rsa", "id_ecdsa", "id_ed25519"]
    assert found.has_default_keys
    assert found.agent == "/run/agent"
    assert found.known_hosts[0] == user.home / ".ssh" / "known_hosts"
    assert str(found.known_hosts[2]) == "/etc/ssh/ssh_known_hosts"


def test_the_address_overrides_user_and_port(user: LocalUser) -> None:
    found = config(user, "Host web\n  User ops\n  Port 2222\n", "ssh://root@web:22")

    assert (found.user, found.port) == ("root", 22)


def test_tokens_of_a_key_are_filled_in(user: LocalUser) -> None:
    text = "Host web\n HostName %h.x\n User ops\n IdentityFile ~/k/%h/%n/%r/%u/%i/%p/%%\n IdentityFile ${KEYS}/%d\n"

    assert list(map(str, config(user, text).identities)) == [
        f"{user.home}/k/web.x/web/ops/me/1000/22/%",
        f"/run/keys{user.home}",
    ]


@pytest.mark.parametrize(
    ("agent", "socket"), [("none", None), ("SSH_AUTH_SOCK", "/run/agent"), ("$KEYS", "/run/keys"), ("/a/%n", "/a/web")]
)
def test_the_agent_is_the_one_that_is_named(agent: str, socket: str | None, user: LocalUser) -> None:
    assert config(user, f"IdentityAgent {agent}\n").agent == socket


def test_an_include_is_relative_to_the_users_directory(user: LocalUser) -> None:
    (user.home / ".ssh" / "conf.d").mkdir()
    (user.home / ".ssh" / "conf.d" / "a").write_text("Port 3\n")

    assert config(user, "Include conf.d/*\n").port == 3
    assert config(user, "Include ~/.ssh/conf.d/a\n").port == 3


def test_a_match_exec_is_never_run_and_is_said(user: LocalUser) -> None:
    found = config(user, f'Match exec "touch {user.home}/ran"\n Port 3\nMatch !exec true\n Port 4\n')

    assert found.port == 22
    assert not (user.home / "ran").exists()
    assert [note.rpartition(": ")[2][:20] for note in found.notes] == ["this tool never runs"] * 2


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("Match host web\n Port 3\n", 3),
        ("Match !host db user me\n Port 3\n", 3),
        ("Match host=web localuser me,you\n Port 3\n", 3),
        ("Match user root\n Port 3\n", 22),
        ("Match originalhost WEB\n Port 3\n", 3),
        ("Match canonical\n Port 3\n", 22),
        ("Match all\n Port 3\n", 3),
        ("Match final all\n Port 3\n", 3),
        ("Host web\n HostName web.x\nMatch final host web.x\n Port 3\n", 3),
        ("Host web.x\n Port 3\nHost web\n HostName %h.x\nMatch final\n User u\n", 3),
        ('Host "web" # mine\n Port 3\n', 3),
        ("Host !web *\n Port 3\n", 22),
    ],
)
def test_a_block_counts_if_its_condition_holds(text: str, port: int, user: LocalUser) -> None:
    assert config(user, text).port == port


def test_a_value_of_none_and_other_spellings_are_understood(user: LocalUser) -> None:
    found = config(
        user,
        "ConnectTimeout none\nConnectTimeout 1m\nIdentityFile none\nUserKnownHostsFile none\n"
        "GlobalKnownHostsFile '/a b' ~/c\nPort ssh\nProxyCommand none\nProxyJump ignored\nHostKeyAlias Alias\n",
    )

    assert (found.connect_timeout, found.identities, found.port, found.jumps) == (60, (), 22, ())
    assert found.known_hosts == (Path("/a b"), user.home / "c")
    assert (found.key_name, found.has_default_keys) == ("alias", False)


@pytest.mark.parametrize(
    "text", ["Match all host web\n", "Match host\n", "Host\n", 'User "open\n', "Port 0\n", "ConnectTimeout soon\n"]
)
def test_what_ssh_refuses_is_refused(text: str, user: LocalUser) -> None:
    with pytest.raises(SshError, match="cannot be read"):
        config(user, text)


def test_a_file_that_cannot_be_read_is_an_error(user: LocalUser) -> None:
    with pytest.raises(SshError, match="cannot be read: Is a directory"):
        configured(parse("ssh://web"), [user.home], user)


def test_what_is_passed_over_is_said(user: LocalUser) -> None:
    found = config(user, "Match localnetwork 10.0.0.0/8\n Port 3\nMatch all\n CanonicalizeHostname yes\n")

    assert found.port == 22
    assert [note.partition(": ")[2] for note in found.notes] == [
        "this tool does not know the condition localnetwork of Match, so it passes over that block",
        "this tool does not follow CanonicalizeHostname; name the host in full",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ProxyCommand nc %h %p\n", "ProxyCommand runs a command"),
        ("RevokedHostKeys /etc/revoked\n", "cannot read a list of RevokedHostKeys"),
        ("Include config\n", "Include goes deeper than 16"),
        ("IdentityFile /k/%Z\n", "the value of IdentityFile cannot be read"),
        ("IdentityFile ${ABSENT}\n", "the value of IdentityFile cannot be read"),
        ("IdentityFile ~a\0b/k\n", "the value of IdentityFile cannot be read"),
        ("Include a\0b/*\n", "the value of Include cannot be read"),
        ("HostName -oProxyCommand=id\n", "the value of HostName cannot be read"),
        ("ProxyJump a,,b\n", "the value of ProxyJump cannot be read"),
        ("Port \x1b[2J\n", "the value of Port cannot be read"),
    ],
)
def test_what_cannot_be_followed_is_an_error_that_names_the_line(text: str, words: str, user: LocalUser) -> None:
    with pytest.raises(SshError, match=words) as error:
        config(user, text)

    assert error.value.reason == "config"
    assert "/.ssh/config:1:" in str(error.value)


def test_a_directory_of_too_many_files_is_an_error(user: LocalUser) -> None:
    for number in range(1001):
        (user.home / ".ssh" / f"part-{number}").write_text("")

    with pytest.raises(SshError, match="more than 1000 files are included"):
        config(user, "Include part-*\n")


def test_a_file_that_is_too_large_is_not_read(user: LocalUser) -> None:
    with pytest.raises(SshError, match="larger than"):
        config(user, "#" * ((1 << 20) + 1))


def way(user: LocalUser, text: str) -> list[str]:
    file = user.home / ".ssh" / "config"
    file.write_text(text)
    return [f"{hop.user}@{hop.host}:{hop.port}" for hop in route(parse("ssh://web"), [file], user)]


def test_each_hop_has_its_own_configuration(user: LocalUser) -> None:
    text = "Host web\n ProxyJump b1,ops@b2:2200\nHost b1\n User one\n HostName b1.x\nHost b2\n User two\n"

    assert way(user, text) == ["one@b1.x:22", "ops@b2:2200", "me@web:22"]


def test_the_first_hop_may_have_hops_of_its_own(user: LocalUser) -> None:
    assert way(user, "Host web\n ProxyJump b1\nHost b1\n ProxyJump b0\n") == ["me@b0:22", "me@b1:22", "me@web:22"]


def test_a_hop_in_the_middle_of_a_list_is_reached_through_the_hop_before_it(user: LocalUser) -> None:
    assert way(user, "Host web\n ProxyJump b1,b2\nHost b2\n ProxyJump b9\n") == ["me@b1:22", "me@b2:22", "me@web:22"]


def test_a_circle_of_hops_is_an_error(user: LocalUser) -> None:
    with pytest.raises(SshError, match="or in a circle"):
        way(user, "Host *\n ProxyJump bastion\n")


def test_a_hop_may_be_an_ipv6_address(user: LocalUser) -> None:
    found = config(user, "ProxyJump ssh://ops@[fd00::1]:2200,[fd00::2]\n")

    assert found.jumps == (SshTarget("ops", "fd00::1", 2200), SshTarget(None, "fd00::2", None))
