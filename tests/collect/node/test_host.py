"""What does a host give, and under which names?"""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from diagnose.case import collected_hosts
from diagnose.case.collected_hosts import CollectedHost, CollectedHosts
from diagnose.case.directory import of_tree
from diagnose.case.tree import Tree
from diagnose.collect.collection import Collection
from diagnose.collect.node.host import HostWish
from tests.support.fake_host import FakeHost, gathered

KRB5 = "[libdefaults]\n  default_realm = EXAMPLE.COM\n"
SITE = "<configuration/>\n"
ADDRESSES = "2: eth0: <UP>\n    inet 192.168.20.11/24 scope global eth0\n    inet6 fe80::1/64 scope link\n"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


def told(collection: Collection) -> CollectedHosts:
    """Return the list of a collection."""
    return msgspec.json.decode(collection.files[collected_hosts.NAME], type=CollectedHosts)


def only(collection: Collection) -> CollectedHost:
    (found,) = told(collection).hosts
    return found


def causes(collection: Collection) -> dict[str, str]:
    """Return what is missing -> why, without what is not there."""
    return {each.source: each.cause for each in only(collection).missing if each.cause not in collected_hosts.QUIET}


@pytest.mark.parametrize(
    "directory", ["/etc/taihao-apps/hadoop-conf", "/etc/ecm/hadoop-conf", "/etc/hadoop-conf", "/etc/hadoop/conf"]
)
def test_settings_are_found_where_either_generation_of_emr_has_them(host: FakeHost, directory: str) -> None:
    host.file(f"{directory}/core-site.xml", SITE)

    found = gathered(host)

    assert found.files["core-site.xml"] == SITE.encode()
    assert [(each.file, each.source) for each in only(found).files] == [("core-site.xml", f"{directory}/core-site.xml")]


def test_the_directory_of_a_login_shell_comes_first(host: FakeHost) -> None:
    host.file("/etc/ecm/hadoop-conf/core-site.xml", SITE)
    host.file("/opt/my conf/core-site.xml", "<configuration>mine</configuration>")
    (host.home / ".bash_profile").write_text("echo welcome\nexport HADOOP_CONF_DIR='/opt/my conf'\n")

    assert b"mine" in gathered(host).files["core-site.xml"]


def test_a_profile_that_leaves_a_program_running_holds_nothing_up(host: FakeHost) -> None:
    (host.home / ".bash_profile").write_text("sleep 20 &\nexport HIVE_CONF_DIR=/opt/hive\n")
    host.file("/opt/hive/hive-site.xml", SITE)

    assert "hive-site.xml" in gathered(host, seconds=10).files


def test_any_bytes_pass(host: FakeHost) -> None:
    content = bytes(range(256)) * 5000 + b"\n\n"
    host.file("/etc/krb5.conf", content)

    assert gathered(host).files["krb5.conf"] == content


def test_any_bytes_pass_where_there_is_no_base64(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cat", "head", "tail", "od", "tr", "date", "bash", "sed", "ls", "timeout"):
        (host.bin / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setattr("tests.support.fake_host.PATH", "/nowhere")
    content = bytes(range(256)) * 50
    host.file("/etc/krb5.conf", content)

    assert gathered(host).files["krb5.conf"] == content


def test_what_is_included_is_collected_from_the_host_and_found_in_the_case(host: FakeHost) -> None:
    host.file("/etc/krb5.conf", "includedir /etc/krb5.conf.d/\ninclude /usr/share/realms\n" + KRB5)
    host.file("/etc/krb5.conf.d/a", "include /etc/deeper.conf\n[realms]\n A = {\n  kdc = a\n }\n")
    host.file("/etc/krb5.conf.d/b.rpmsave", "canary")
    host.file("/etc/deeper.conf", "[realms]\n B = {\n  kdc = b\n }\n")
    host.file("/usr/share/realms", "[realms]\n C = {\n  kdc = c\n }\n")

    found = gathered(host)

    assert {"krb5.conf", "krb5.conf.d/a", "deeper.conf", "usr/share/realms"} <= set(found.files)
    assert not any(b"canary" in content for content in found.files.values())
    case = of_tree(Tree("case", found.files))
    assert case.krb5 is not None
    assert case.krb5.missing == ()
    assert set(case.krb5.subsections("realms")) == {"A", "B", "C"}


def test_an_empty_includedir_is_known_to_be_there(host: FakeHost) -> None:
    host.file("/etc/krb5.conf", "includedir /etc/krb5.conf.d/\n" + KRB5)
    host.file("/etc/krb5.conf.d/README.md", "nothing")

    case = of_tree(Tree("case", gathered(host).files))

    assert case.krb5 is not None
    assert case.krb5.missing == ()
    assert case.skipped == ()


def test_records_have_the_host_in_their_name(host: FakeHost) -> None:
    host.program("ss", 'echo "$@"')
    host.program("iptables-save", "echo rules")
    host.program("nft", "echo table")
    host.program("ip", f'case $1 in addr) printf "{ADDRESSES}" ;; route) echo default via 10.0.0.1 ;; esac')

    found = gathered(host)

    assert found.files["ss-master-1-1.txt"] == b"-tunlp\n-tan\n"
    assert found.files["iptables-master-1-1.txt"] == b"rules\n"
    assert found.files["nft-master-1-1.txt"] == b"table\n"
    assert found.files["routes-master-1-1.txt"] == b"default via 10.0.0.1\n"
    assert only(found).addresses == ("192.168.20.11",)
    offset = only(found).clock_offset
    assert offset is not None
    assert abs(offset) < 2


def test_a_firewall_without_rules_is_an_empty_file_that_the_case_reads_as_no_rules(host: FakeHost) -> None:
    for program in ("iptables-save", "ip6tables-save", "nft"):
        host.program(program, "true")

    found = gathered(host)
    texts = {text.file: text for text in of_tree(Tree("case", found.files)).texts}

    for name in ("iptables", "ip6tables", "nft"):
        assert found.files[f"{name}-master-1-1.txt"] == b""
        assert texts[f"{name}-master-1-1.txt"].is_whole
    assert not causes(found).keys() & {"iptables-save -c", "ip6tables-save -c", "nft list ruleset"}


def test_an_empty_iptables_says_nothing_if_the_rules_of_nft_could_not_be_read(host: FakeHost) -> None:
    host.program("iptables-save", "true")
    host.program("nft", "echo 'cache initialization failed' >&2; exit 1")

    found = gathered(host)
    texts = {text.file: text for text in of_tree(Tree("case", found.files)).texts}

    assert causes(found)["nft list ruleset"] == "failed"
    assert not texts["iptables-master-1-1.txt"].is_whole


def test_netstat_stands_in_for_ss(host: FakeHost) -> None:
    host.program("ss", "exit 127")
    host.program("netstat", "echo listeners")

    assert gathered(host).files["netstat-master-1-1.txt"] == b"listeners\n"


def test_permission_denied_is_told_with_what_would_help(host: FakeHost) -> None:
    host.has_plain_user()
    host.program("iptables-save", "echo 'Fatal: Permission denied (you must be root)' >&2; exit 4")
    host.program("ss", "echo sockets")

    found = gathered(host)

    assert causes(found)["iptables-save -c"] == "denied"
    assert (
        "Missing of master-1-1: iptables-save -c, ip6tables-save -c, nft list ruleset: permission denied."
        in found.summary
    )
    assert any("--sudo" in line for line in found.summary)
    assert not found.is_whole
    skipped = of_tree(Tree("case", found.files)).skipped
    assert ("iptables-save -c of master-1-1", "permission denied") in {(each.check, each.cause) for each in skipped}


def test_nothing_runs_through_sudo_unless_it_is_wanted(host: FakeHost) -> None:
    host.has_plain_user()
    host.program("sudo", f'printf "%s\\n" "$*" >> {host.home}/sudo.log; shift; exec "$@"')
    host.program("iptables-save", "echo rules")
    gathered(host)
    assert not (host.home / "sudo.log").exists()

    found = gathered(host, wish=HostWish(sudo=True))

    assert found.files["iptables-master-1-1.txt"] == b"rules\n"
    calls = (host.home / "sudo.log").read_text().splitlines()
    assert all(call.startswith("-n ") for call in calls)
    assert "-n iptables-save -c" in calls


def test_a_sudo_that_asks_for_a_password_is_told_and_what_needs_no_root_is_read(host: FakeHost) -> None:
    host.has_plain_user()
    host.program("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    host.program("ss", "echo sockets")
    host.program("nft", "echo 'Operation not permitted (you must be root)' >&2; exit 1")

    found = gathered(host, wish=HostWish(sudo=True))

    assert found.files["ss-master-1-1.txt"] == b"sockets\nsockets\n"
    assert causes(found) == {"nft list ruleset": "sudo"}


KDC_LOG = b"Nov 29 10:00:00 kdc krb5kdc[1](info): commencing operation\n"


def test_logs_are_collected_only_if_they_are_wanted(host: FakeHost) -> None:
    host.file("/var/log/krb5kdc.log", KDC_LOG)
    assert "krb5kdc-master-1-1.log" not in gathered(host).files

    assert gathered(host, wish=HostWish(has_kdc_log=True)).files["krb5kdc-master-1-1.log"] == KDC_LOG


def test_the_configuration_names_the_log_and_nothing_else_is_taken_for_it(host: FakeHost) -> None:
    host.file("/etc/krb5.conf", KRB5 + "[logging]\n kdc = FILE:/etc/shadow\n")
    host.file("/etc/shadow", "root:canary:1\n")
    host.file("/var/kerberos/krb5kdc/kdc.conf", "[logging]\n kdc = FILE:/mnt/kdc.log\n")
    host.file("/mnt/kdc.log", KDC_LOG)

    found = gathered(host, wish=HostWish(has_kdc_log=True))

    assert found.files["krb5kdc-master-1-1.log"] == KDC_LOG
    assert causes(found)["/etc/shadow"] == "other-kind"
    assert not any(b"canary" in content for content in found.files.values())


def test_the_kdc_conf_of_a_kdc_is_collected_with_its_log(host: FakeHost) -> None:
    text = "[kdcdefaults]\n kdc_listen = 1088\n"
    host.file("/etc/krb5kdc/kdc.conf", text)
    assert "kdc-master-1-1.conf" not in gathered(host).files

    assert gathered(host, wish=HostWish(has_kdc_log=True)).files["kdc-master-1-1.conf"] == text.encode()


def test_a_log_is_cut_to_its_end_at_a_line(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.collect.node.host.MOST_LOG", 100)
    host.file("/var/log/init.log", "".join(f"2026-11-29 10:00:{i:02} INFO line {i}\n" for i in range(60)))

    log = gathered(host, wish=HostWish(logs=("/var/log/init.log",))).files["init-master-1-1.log"]

    assert log.endswith(b"INFO line 59\n")
    assert log.startswith(b"2026-11-29")


def test_the_first_host_decides_and_the_others_have_directories(tmp_path: Path) -> None:
    group, node = FakeHost(tmp_path / "a", "rg-1"), FakeHost(tmp_path / "b", "core-1-1")
    group.file("/etc/hosts", "10.0.0.1 a\n")
    node.file("/etc/hosts", "10.0.0.1 b\n")
    node.file("/etc/ecm/hadoop-conf/core-site.xml", SITE)

    found = gathered(group, node)

    assert {"hosts", "core-1-1/hosts", "core-1-1/core-site.xml"} <= set(found.files)
    case = of_tree(Tree("case", found.files))
    assert {each.file for each in case.inputs if each.kind == "hosts"} == {"hosts"}
    assert "core-site.xml" in case.settings


def test_hosts_of_one_name_keep_their_files_apart(tmp_path: Path) -> None:
    hosts = [FakeHost(tmp_path / part, "node") for part in "ab"]
    for each in hosts:
        each.program("ss", "echo sockets")

    assert {"ss-node.txt", "ss-node-2.txt"} <= set(gathered(*hosts).files)


def test_the_script_is_plain_for_every_shell() -> None:
    script = Path("diagnose/collect/node/shell.txt").read_text("ascii")
    assert subprocess.run(["/bin/sh", "-n"], input=script, text=True, check=False).returncode == 0


def test_a_host_without_sudo_says_that_sudo_did_not_run(host: FakeHost) -> None:
    host.has_plain_user()
    host.program("sudo", "exit 127")
    host.program("nft", "echo 'Operation not permitted (you must be root)' >&2; exit 1")
    host.program("ip6tables-save", "echo rules")
    host.program("iptables-save", "echo rules")

    assert causes(gathered(host, wish=HostWish(sudo=True))) == {"nft list ruleset": "sudo"}


def test_a_configuration_of_the_kdc_that_may_name_another_log_is_told(host: FakeHost) -> None:
    path = "/var/kerberos/krb5kdc/kdc.conf"
    host.file(path, "[logging]\n")
    host.program("cat", 'case $2 in */kdc.conf) echo "cat: Permission denied" >&2; exit 1 ;; esac; exec /bin/cat "$@"')

    assert causes(gathered(host, wish=HostWish(has_kdc_log=True))) == {path: "denied"}


@pytest.mark.parametrize(
    ("script", "offset", "error"),
    [
        ("exec /bin/date -d '+100 seconds' +%s.%N", 100.0, 1.0),
        ("exec /bin/date -d '100 seconds ago' +%s.%%N", -100.0, 1.5),
        ("echo soon", None, None),
    ],
)
def test_the_clock_is_compared_with_ours(
    host: FakeHost, script: str, offset: float | None, error: float | None
) -> None:
    host.program("date", script)

    found = only(gathered(host))

    assert found.clock_error == (None if error is None else pytest.approx(error / 2, abs=error / 2))
    assert found.clock_offset == (None if offset is None else pytest.approx(offset, abs=found.clock_error))
