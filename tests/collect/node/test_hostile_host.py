"""What does a host cost that is broken, or means harm? It is bounded, and told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from diagnose.case import collected_hosts
from diagnose.case.collected_hosts import CollectedHosts
from diagnose.case.directory import of_tree
from diagnose.case.tree import Tree
from diagnose.collect.bundle import write
from diagnose.collect.collection import CollectError, Collection
from diagnose.collect.node import krb5_includes
from diagnose.collect.node.collect import collect
from diagnose.collect.node.host import MOST_SETTINGS, HostWish
from probes.ssh.errors import SshError
from probes.ssh.target import parse
from tests.support.fake_host import FakeHost, gathered

CORE = "/etc/ecm/hadoop-conf/core-site.xml"
KRB5 = "[libdefaults]\n  default_realm = EXAMPLE.COM\n"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


def causes(collection: Collection) -> dict[str, str]:
    """Return what is missing -> why, without what is not there."""
    (found,) = msgspec.json.decode(collection.files[collected_hosts.NAME], type=CollectedHosts).hosts
    return {each.source: each.cause for each in found.missing if each.cause not in collected_hosts.QUIET}


def huge(place: Path) -> None:
    place.write_bytes(b"")
    os.truncate(place, 1 << 40)


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "a file of 1 TiB": (huge, "too-large"),
    "a link to /dev/zero": (lambda place: place.symlink_to("/dev/zero"), "special"),
    "a named pipe": (os.mkfifo, "special"),
    "a directory": (Path.mkdir, "special"),
    "a link to itself": (lambda place: place.symlink_to(place.name), "loop"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_to_read_is_told(host: FakeHost, kind: str) -> None:
    make, cause = ODD[kind]
    place = host.file(CORE, "")
    place.unlink()
    make(place)
    began = time.monotonic()

    found = gathered(host)

    assert causes(found) == {CORE: cause}
    assert "core-site.xml" not in found.files
    assert time.monotonic() - began < 15


def test_a_file_of_the_bound_is_read_and_one_byte_more_is_not(host: FakeHost) -> None:
    host.file(CORE, b"x" * MOST_SETTINGS)
    assert len(gathered(host).files["core-site.xml"]) == MOST_SETTINGS

    host.file(CORE, b"x" * (MOST_SETTINGS + 1))
    assert causes(gathered(host)) == {CORE: "too-large"}


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("exec yes", "too-large"),
        ("exec sleep 60", "slow"),
        ("echo half; kill -9 $$", "slow"),
        ("echo broken >&2; exit 3", "failed"),
    ],
)
def test_a_command_that_does_not_end_well_is_told(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, script: str, cause: str
) -> None:
    if cause == "slow":
        monkeypatch.setattr("diagnose.collect.node.shell.COMMAND_SECONDS", 1)
    host.program("nft", script)
    host.program("ss", "echo sockets")

    found = gathered(host)

    assert causes(found) == {"nft list ruleset": cause}
    assert "nft-master-1-1.txt" not in found.files
    assert "ss-master-1-1.txt" in found.files


def test_includes_in_a_circle_and_too_many_end(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(krb5_includes, "MOST_FILES", 20)
    host.file("/etc/krb5.conf", "includedir /etc/many\ninclude /etc/a\n" + KRB5)
    host.file("/etc/a", "include /etc/a\ninclude /etc/krb5.conf\n")
    for number in range(40):
        host.file(f"/etc/many/{number:02}", "[realms]\n")

    found = gathered(host)

    assert sum(name.startswith("many/") for name in found.files) == 19
    assert set(causes(found).values()) == {"too-much"}


def test_a_chain_of_includes_ends(host: FakeHost) -> None:
    host.file("/etc/krb5.conf", "include /etc/i0\n" + KRB5)
    for number in range(60):
        host.file(f"/etc/i{number}", f"include /etc/i{number + 1}\n")

    found = gathered(host)

    assert 5 < sum(name.startswith("i") for name in found.files) < 60


STOLEN = ("case.toml", "observations.json", "collected-hosts.json", "hosts", "a.keytab", "krb5.conf", "ss-x.txt")


def test_an_include_cannot_become_another_file_of_the_case(host: FakeHost) -> None:
    host.file("/etc/krb5.conf", "".join(f"include /etc/{name}\ninclude /{name}\n" for name in STOLEN) + KRB5)
    for name in STOLEN:
        if name != "krb5.conf":
            host.file(f"/etc/{name}", "[libdefaults]\n canary = 1\n")
        host.file(f"/{name}", "[libdefaults]\n canary = 1\n")
    host.file("/etc/hosts", "10.0.0.1 a\n")

    found = gathered(host)

    assert not any(b"canary" in content for content in found.files.values())
    of_tree(Tree("case", found.files))


def test_an_include_cannot_stand_in_the_way_of_another_file(tmp_path: Path) -> None:
    first, second = FakeHost(tmp_path / "a", "a"), FakeHost(tmp_path / "b", "b")
    first.file("/etc/krb5.conf", "include /etc/b\ninclude /etc/x\ninclude /x/y\ninclude /etc/trino\n" + KRB5)
    for path in ("/etc/b", "/etc/x", "/x/y", "/etc/trino", "/etc/ecm/trino-conf/config.properties"):
        first.file(path, "[realms]\n")
    second.file("/etc/hosts", "10.0.0.1 b\n")

    found = gathered(first, second)

    write(tmp_path / "case", found.files)
    assert (tmp_path / "case" / "b" / "hosts").read_text() == "10.0.0.1 b\n"


def test_paths_that_would_leave_the_case_or_steer_a_terminal_are_not_read(host: FakeHost, tmp_path: Path) -> None:
    paths = [
        "/etc/../../../outside",
        "/etc/\x1b[31mred",
        "relative",
        "/etc/back\\slash",
        f"/etc/{'x' * 300}",
        "/" + "d/" * 50,
    ]
    host.file("/etc/krb5.conf", "".join(f"include {path}\n" for path in paths) + "includedir /etc/d\n" + KRB5)
    host.file("/etc/d/\x1b[2J.conf", "[realms]\n")
    host.file("/etc/d/two\nlines", "[realms]\n")

    found = gathered(host)

    write(tmp_path / "case", found.files)
    assert not any("\x1b" in line for line in found.summary)
    assert b"\\u001b" not in found.files[collected_hosts.NAME]
    assert not any("outside" in name for name in found.files if name != "outside")


def test_a_key_that_is_included_is_not_kept(host: FakeHost) -> None:
    host.file("/etc/krb5.conf", "include /root/id\n" + KRB5)
    host.file("/root/id", "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n")

    found = gathered(host)

    assert causes(found) == {"/root/id": "other-kind"}
    assert not any(b"canary" in content for content in found.files.values())


def test_root_keeps_only_what_such_a_file_has(host: FakeHost) -> None:
    host.has_plain_user()
    host.program("sudo", 'shift; [ "$1" = test ] && exec "$@"; echo root:canary:1')
    host.program("cat", "echo 'cat: Permission denied' >&2; exit 1")
    host.file(CORE, "secret")

    found = gathered(host, wish=HostWish(sudo=True))

    assert causes(found)[CORE] == "other-kind"
    assert not any(name.endswith((".xml", ".conf")) for name in found.files)


def test_only_named_files_and_variables_are_read(host: FakeHost) -> None:
    (host.home / ".bash_profile").write_text("export SECRET_CONF_DIR=/canary HADOOP_TOKEN=canary\n")
    for path in ("/etc/shadow", "/etc/ecm/hadoop-conf/ssl-client.xml", "/etc/has/truststore", "/etc/krb5.keytab"):
        host.file(path, "canary")

    assert not any(b"canary" in content for content in gathered(host).files.values())


class Scripted:
    """A host that answers what it is told to, whatever it is asked."""

    def __init__(self, answers: Iterator[bytes]) -> None:
        self.answers, self.token, self.is_closed = answers, b"", False

    def write(self, data: bytes) -> None:
        if not self.token:
            begin = data.index(b"emr-diagnose-")
            self.token = data[begin : begin + 29]

    def read(self, most: int, timeout: float | None = None) -> bytes:
        if self.is_closed:
            raise OSError
        data = next(self.answers, None)
        if data is None:
            time.sleep(timeout or 0)
            raise TimeoutError
        return data.replace(b"TOKEN", self.token)

    def close(self) -> None:
        self.is_closed = True


def endless(data: bytes) -> Iterator[bytes]:
    while True:
        yield data


def scripted(answers: Iterator[bytes], seconds: float = 30.0) -> Collection:
    return collect([parse("ssh://odd")], None, HostWish(), seconds, lambda *_: Scripted(answers))


GREETING = b"Welcome\nTOKEN base64 0 node\n"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (endless(b"x" * 65536), "what came is not what the script on the host writes"),
        (endless(b"motd\n" * 9999), "what came is not what the script on the host writes"),
        (iter([b"", b""]), "the session ended before it was read"),
    ],
)
def test_a_host_whose_script_does_not_begin_gives_nothing(answers: Iterator[bytes], words: str) -> None:
    with pytest.raises(CollectError, match=f"ssh://odd: no /bin/sh could be read there: {words}"):
        scripted(answers)


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ([GREETING, b">\n"], "no-time"),
        ([GREETING, b">\nAAAA\n", b""], "lost"),
        ([GREETING, b"sh: cannot fork\n"], "garbled"),
        ([GREETING, b">\n!!!!\n"], "garbled"),
        ([GREETING, b">\n" + b"A" * 20_000], "garbled"),
        ([GREETING, b">\n" + b"AAAA\n" * 3000], "garbled"),
        ([GREETING, b"<\n"], "garbled"),
    ],
)
def test_an_output_that_is_cut_or_no_answer_ends_that_host(answers: list[bytes], cause: str) -> None:
    found = scripted(iter(answers), seconds=1.0)

    assert set(causes(found).values()) == {cause}
    assert not found.is_whole
    assert set(found.files) == {collected_hosts.NAME}
    assert len(found.summary) < 10


def test_the_bytes_of_one_host_are_bounded(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.collect.node.shell.MOST_BYTES", 1 << 20)
    host.file(CORE, b"x" * (3 << 20))

    assert causes(gathered(host))[CORE] == "too-much"


def test_a_host_that_cannot_be_reached_costs_the_others_nothing(host: FakeHost) -> None:
    host.file("/etc/hosts", "10.0.0.1 a\n")

    def connect(target: object, *_: object) -> object:
        if str(target) == "ssh://lost":
            raise SshError("lost", "refused", "lost:22 cannot be reached: Connection refused")
        return host.connect()

    try:
        found = collect([parse("ssh://lost"), parse("ssh://here")], None, HostWish(), 60.0, connect)  # type: ignore[arg-type]
    finally:
        host.end()

    assert "hosts" in found.files
    assert not found.is_whole
    assert "Not collected: lost:22 cannot be reached: Connection refused" in found.summary
    skipped = of_tree(Tree("case", found.files)).skipped
    assert "files of ssh://lost" in {each.check for each in skipped}


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"hosts": 1}', b"\xff"])
def test_a_list_that_is_none_is_told(content: bytes) -> None:
    (entry,) = of_tree(Tree("case", {collected_hosts.NAME: content})).skipped
    assert "no list of what was collected" in entry.cause


def test_an_interruption_ends_all_sessions() -> None:
    def interrupted() -> Iterator[bytes]:
        yield GREETING
        yield b"-\n"  # its name
        raise KeyboardInterrupt

    hosts = [Scripted(interrupted()), Scripted(iter([GREETING, b"-\n"]))]
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        collect(
            [parse("ssh://a"), parse("ssh://b")], None, HostWish(), 3.0, lambda target, *_: hosts[target.host == "b"]
        )

    assert all(host.is_closed for host in hosts)
    assert time.monotonic() - began < 10
