"""Is a configuration read as OpenSSH reads it? `ssh -G` prints what it makes of one."""

from __future__ import annotations

import random
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from probes.ssh.config import configured, local_user
from probes.ssh.errors import SshError
from probes.ssh.target import SshTarget, parse

pytestmark = pytest.mark.needs("ssh")

CONFIGS = {
    "nothing": "",
    "one host": "Host web\n  HostName web.example\n  User ops\n  Port 2222\n",
    "equals signs and tabs": "Host=web\n\tHostName = 10.0.0.1\n\tPort=\t2022\n\tuser   =ops\n",
    "quotes and comments": 'Host "web"\n  IdentityFile "~/my keys/%h" # a comment\n  User "ops" #\n#Port 1\n',
    "single quotes": "Host 'we'b\n  IdentityFile '/a b/c'\n  UserKnownHostsFile /a '/b c' \"/d\"\n",
    "the first counts": "Host web\n  Port 1\nHost *\n  Port 2\n  User last\n",
    "negation": "Host !web *\n  Port 1\nHost * !db\n  User all\n",
    "negation alone": "Host !db\n  Port 1\n",
    "wildcards": "Host w?b\n  Port 1\nHost w*\n  User star\nHost [w]eb\n  HostName brackets\n",
    "case": "Host WEB\n  Port 1\nHost web\n  HostName WEB.Example\n",
    "hostname tokens": "Host web\n  HostName %h.example.%%\n",
    "hostname of all": "Host *\n  HostName %h.internal\n  IdentityFile /k/%h/%n/%r/%p/%u/%i/%L/%k\n",
    "match all": "Match all\n  Port 7\n",
    "match host": "Match host web.example\n  Port 1\nHost web\n  HostName web.example\n"
    "Match host web.example\n  User found\n",
    "match hosts": "Match host db,web,!x\n  Port 1\nMatch !host web\n  User no\nMatch host W*\n  User upper\n",
    "match negated": "Match !host db user root,ops\n  Port 1\n",
    "match user": "Host web\n User ops\nMatch user ops,adm\n  Port 3\nMatch user OPS\n  HostName upper\n",
    "match originalhost": "Host *\n  HostName real\nMatch originalhost web host real\n  Port 4\n"
    "Match originalhost real\n  User no\n",
    "match localuser": "Match localuser root\n  Port 5\nMatch localuser nobody\n  User no\n",
    "match final": "Host web\n  HostName web.example\nMatch final host web.example\n  Port 6\n"
    "Match final all\n  User last\n",
    "match canonical": "Match canonical\n  Port 1\nMatch !final\n  User first\nMatch final\n  HostName other\n",
    "match canonical all": "Match canonical all\n  Port 1\n",
    "the file of RHEL": "Match final all\n  ForwardX11Trusted yes\n  SendEnv LANG\nHost *\n  Port 9\n",
    "final sees names": "Match final host web.internal\n  User f\nHost *\n  HostName %h.internal\n",
    "several keys": "IdentityFile /a\nHost web\n  IdentityFile /b\n  IdentityFile /a\n  IdentitiesOnly yes\n"
    "Match final\n  IdentityFile /c\n",
    "no key": "IdentityFile none\nIdentitiesOnly true\n",
    "known hosts": "Host web\n  UserKnownHostsFile ~/.k1 /k2/%h\n  GlobalKnownHostsFile none\n  HostKeyAlias Alias\n",
    "known hosts none": "UserKnownHostsFile none\nGlobalKnownHostsFile /g1 /g2\n",
    "jump": "Host web\n  ProxyJump ops@bastion:2222,second\nHost bastion\n  User b\n",
    "jump none": "Host web\n  ProxyJump none\nHost *\n  ProxyJump bastion\n",
    "jump uri": "ProxyJump ssh://ops@bastion:2200\n",
    "jump and command": "ProxyJump a\nProxyCommand nc %h %p\n",
    "command none then jump": "ProxyCommand none\nProxyJump a\n",
    "connect timeout": "ConnectTimeout 1m30s\n",
    "connect timeout none": "ConnectTimeout none\nConnectTimeout 3\n",
    "agent": "IdentityAgent /run/agent-%h\n",
    "unknown options are in no active block": "Host other\n  Port 1\nHost web\n  Compression yes\n  ForwardAgent no\n",
    "windows line ends": "Host web\r\n  Port 77\r\n  User ops\r\n",
    "trailing blanks": "Host web   \n  Port 78  \t\n",
}


def oracle(file: Path, destination: str) -> dict[str, list[str]]:
    """Return option -> values of `ssh -G`."""
    done = subprocess.run(
        ["ssh", "-G", "-F", str(file), destination], capture_output=True, text=True, timeout=20, check=False
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    if done.returncode:
        found["failed"] = [done.stderr]
    for row in done.stdout.splitlines():
        option, _, value = row.partition(" ")
        found[option].append(value)
    return dict(found)


def ours(file: Path, destination: str) -> dict[str, list[str]]:
    """Return the same of our reader, in the words of ssh."""
    user = local_user()
    try:
        config = configured(parse(f"ssh://{destination}"), [file], user)
    except SshError as error:
        return {"failed": [str(error)]}
    found = {
        "hostname": [config.host],
        "port": [str(config.port)],
        "user": [config.user],
        "identitiesonly": ["yes" if config.identities_only else "no"],
        "connecttimeout": [str(config.connect_timeout or "none")],
    }
    if config.key_name:
        found["hostkeyalias"] = [config.key_name]
    if config.jumps:
        found["proxyjump"] = [",".join(_spelled(jump) for jump in config.jumps)]
    if not config.has_default_keys:
        found["identityfile"] = list(map(str, config.identities)) or ["none"]
    return found


def _spelled(jump: SshTarget) -> str:
    """Return a hop as `ssh -G` writes it."""
    text = str(jump).removeprefix("ssh://")
    return f"[{jump.host}]" if text == jump.host and ":" in jump.host else text


def compared(found: dict[str, list[str]], keys: set[str]) -> dict[str, list[str]]:
    return {key: value for key, value in found.items() if key in keys}


KEYS = {"hostname", "port", "user", "identitiesonly", "connecttimeout", "hostkeyalias", "proxyjump"}


def agree(file: Path, destination: str) -> None:
    theirs, mine = oracle(file, destination), ours(file, destination)
    if "failed" in theirs or "failed" in mine:
        assert ("failed" in theirs) == ("failed" in mine), (theirs, mine, file.read_text())
        return
    assert compared(mine, KEYS) == compared(theirs, KEYS), file.read_text()
    if "identityfile" in mine:
        # ssh -G prints the values before their tokens are filled in.
        assert len(mine["identityfile"]) == len(theirs["identityfile"]), file.read_text()


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("destination", ["web", "me@web:2200", "WEB", "10.0.0.9"])
def test_a_configuration_is_read_as_ssh_reads_it(name: str, destination: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(CONFIGS[name])
    address = destination if "://" in destination else f"ssh://{destination}"

    theirs, mine = oracle(file, address), ours(file, destination)

    assert ("failed" in theirs) == ("failed" in mine), (theirs.get("failed"), mine)
    assert compared(mine, KEYS) == compared(theirs, KEYS)
    if "identityfile" in mine:
        assert len(mine["identityfile"]) == len(theirs["identityfile"])


@pytest.mark.parametrize(
    "text",
    [
        "Port 0",
        "Port 65536",
        "Port ssh",
        "Port",
        "Match",
        "Match nothing",
        "Match host",
        "Match all host web",
        "Match host web all",
        'User "open',
        "ProxyJump a b:c:d",
        "ProxyJump @",
        "ConnectTimeout soon",
        "Host",
    ],
)
def test_what_ssh_refuses_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(f"{text}\n")

    assert ("failed" in oracle(file, "ssh://web")) == ("failed" in ours(file, "web")), oracle(file, "ssh://web")


def test_includes_are_followed_as_ssh_follows_them(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "10-a.conf").write_text("Port 10\nHost db\n  User db\nHost web\n  User web\n")
    (tmp_path / "d" / "20-b.conf").write_text("Port 20\nMatch final\n  HostKeyAlias final\n")
    (tmp_path / "d" / ".hidden.conf").write_text("HostName hidden\n")
    deep = tmp_path / "deep"
    deep.write_text(f"Include {tmp_path}/d/*.conf\nHostName after.example\n")
    file = tmp_path / "config"
    file.write_text(f"Host other\n  Include {deep}\nHost web\n  Include {tmp_path}/absent {deep}\n  ConnectTimeout 5\n")

    for destination in ("web", "other", "third"):
        assert compared(ours(file, destination), KEYS) == compared(oracle(file, f"ssh://{destination}"), KEYS)


def test_random_configurations_are_read_as_ssh_reads_them(tmp_path: Path) -> None:
    chosen = random.Random(20261129)
    options = [
        *("Port 1", "Port 2", "User u1", "User web", "HostName %h.x", "HostName db", "HostKeyAlias k"),
        *("ProxyJump j", "ProxyCommand none", "ProxyJump none", "IdentityFile /a", "IdentityFile /b"),
        "ConnectTimeout 4",
    ]
    blocks = [
        *("Host web", "Host *", "Host !web *", "Host w* !we?", "Host db", "Match all", "Match host web.x"),
        *("Match user u1", "Match final", "Match !final host *.x", "Match originalhost web"),
        *("Match !user web host db", "Match final host db"),
    ]
    file = tmp_path / "config"
    for _ in range(400):
        rows = [chosen.choice(options if chosen.random() < 0.65 else blocks) for _ in range(chosen.randint(1, 14))]
        file.write_text("".join(f"{row}\n" for row in rows))
        agree(file, chosen.choice(["web", "db"]))
