"""Does a secret of an input reach any output, in any format?"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from tests.support.places import PROJECT

CANARY = "CaNaRy7Xq"
KEYTABS = {
    "a keytab": b"\x05\x02\0\0\0\x40\0\1\0\1R\0\4hdfs\0\0\0\0\1eS\0\0\1\0\x11\0\x10" + CANARY.encode(),
    "a ticket cache": b"\x05\x04\0\0\0\0" + CANARY.encode(),
    "binary data": b"[libdefaults]\n default_realm = R\n\0" + CANARY.encode(),
}
SHAPES = (
    f"thrift://hive:{CANARY}@master-1-1:9083",
    f"u:{CANARY}@localhost:8020",
    f"u:{CANARY}@0.0.0.0",
    f"jdbc:mysql://u:{CANARY}@h:3306/db?password={CANARY}&user=x",
    f"hdfs://u:{CANARY}@nosuchns/p",
    f"http://u:{CANARY}@h_x:99999999/x",
    f"u:{CANARY}@h:banana",
    f"kms://https@u:{CANARY}@kms1;kms2:9600/kms",
    f"zk1:2181,u:{CANARY}@zk2:x",
    f"a@b:{CANARY}@localhost",
    f"hdfs://u:p/{CANARY}@localhost:8020",
)
KEYS = (
    "fs.defaultFS",
    "fs.default.name",
    "dfs.nameservices",
    "dfs.namenode.rpc-address",
    "dfs.namenode.http-address",
    "dfs.datanode.address",
    "dfs.encryption.key.provider.uri",
    "hadoop.security.key.provider.path",
    "yarn.resourcemanager.address",
    "yarn.resourcemanager.hostname",
    "yarn.resourcemanager.scheduler.address",
    "yarn.resourcemanager.principal",
    "yarn.timeline-service.webapp.address",
    "yarn.log.server.url",
    "mapreduce.jobhistory.address",
    "yarn.app.mapreduce.am.job.client.port-range",
    "hive.metastore.uris",
    "hive.metastore.warehouse.dir",
    "hive.server2.thrift.bind.host",
    "hive.zookeeper.quorum",
    "javax.jdo.option.ConnectionURL",
    "hbase.zookeeper.quorum",
    "hbase.rootdir",
    "hbase.master.port",
    "ha.zookeeper.quorum",
)
SITES = ("core", "hdfs", "mapred", "yarn", "hive", "hivemetastore", "hiveserver2", "hbase")
FORMATS = ("terminal", "json", "console", "cli", "terraform", "ros")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def with_addresses(place: Path, value: str) -> Path:
    """Write a case in which every address-like setting of every file has this value."""
    escaped = value.replace("&", "&amp;")
    xml = "".join(f"<property><name>{key}</name><value>{escaped}</value></property>\n" for key in KEYS)
    for site in SITES:
        (place / f"{site}-site.xml").write_text(f"<configuration>{xml}</configuration>")
    (place / "spark-defaults.conf").write_text("".join(f"spark.hadoop.{key} {value}\n{key} {value}\n" for key in KEYS))
    (place / "kyuubi-defaults.conf").write_text(f"kyuubi.frontend.bind.host {value}\nkyuubi.ha.addresses {value}\n")
    (place / "spark-env.sh").write_text(f"export SPARK_MASTER_HOST='{value}'\n")
    for engine in ("presto", "trino"):
        (place / engine).mkdir()
        (place / engine / "config.properties").write_text(f"http-server.http.port={value}\ndiscovery.uri={value}\n")
    servers = "".join(f"  {key} = {value}\n" for key in ("kdc", "master_kdc", "admin_server", "kpasswd_server"))
    (place / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = R\n[realms]\n R = {{\n{servers} }}\n[domain_realm]\n {value} = R\n"
    )
    (place / "case.toml").write_text(
        '[cluster]\nsecurity_mode = "KERBEROS"\n[registration]\n'
        'engines = ["hive", "spark", "mapreduce", "presto", "trino", "kyuubi"]\n'
    )
    return place


@pytest.mark.parametrize("value", SHAPES)
def test_no_address_like_setting_shows_its_password_in_any_format(value: str, tmp_path: Path) -> None:
    case = with_addresses(tmp_path, value)
    results = [run("check", case, "--offline", "--from", "192.168.10.0/24", "--format", form) for form in FORMATS]
    results.append(run("plan", case))
    results += [run("kerberos", case / "krb5.conf", "--format", form) for form in ("terminal", "json")]
    for result in results:
        assert result.exit_code in (0, 1, 3), result.output
        assert CANARY not in "".join(result.output.split())


@pytest.mark.parametrize("target", SHAPES)
def test_a_target_is_refused_without_its_password(target: str, tmp_path: Path) -> None:
    listing = tmp_path / "targets"
    listing.write_text(f"{target}\n")
    for result in (run("probe", f"hive://u:{CANARY}@host"), run("probe", target), run("probe", "--targets", listing)):
        assert result.exit_code == 2
        assert CANARY not in result.output


@pytest.mark.parametrize("kind", KEYTABS)
def test_a_file_with_keys_in_place_of_krb5_conf_is_named_and_not_quoted(kind: str, tmp_path: Path) -> None:
    conf = tmp_path / "krb5.conf"
    conf.write_bytes(KEYTABS[kind])
    for form in ("terminal", "json"):
        alone = run("kerberos", conf, "--format", form)
        assert (alone.exit_code, CANARY in alone.output) == (1, False)
        assert kind in " ".join(alone.stdout.split())
    for form in FORMATS:
        checked = run("check", conf, "--offline", "--format", form, "--from", "192.168.10.0/24")
        assert (checked.exit_code, CANARY in checked.output) == (1, False)
    found = run("check", conf, "--offline", "--format", "json").stdout
    assert '"KRB-CONF-SYNTAX"' in found
    assert kind in found


@pytest.mark.parametrize("line", ["include {place}/secret", "includedir {place}/d"])
def test_an_included_file_with_keys_is_not_quoted(line: str, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name in ("secret", "d/secret"):
        (tmp_path / name).write_bytes(KEYTABS["a keytab"])
    conf = tmp_path / "krb5.conf"
    conf.write_text(f"{line.format(place=tmp_path)}\n[libdefaults]\n default_realm = R\n")
    result = run("kerberos", conf)
    assert (result.exit_code, CANARY in result.output) == (1, False)
    assert "a keytab" in result.stdout


def test_the_files_of_a_directory_that_an_include_line_names_are_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "notes").write_text(f"{CANARY} {'x' * 3000}\n")
    conf = tmp_path / "krb5.conf"
    conf.write_text(f"include {tmp_path}/d\n[libdefaults]\n default_realm = R\n")
    result = run("kerberos", conf, "--format", "json")
    assert (result.exit_code, CANARY in result.output) == (1, False)
    assert f"includedir {tmp_path}/d" in result.stdout


@pytest.mark.parametrize("text", [f'{{"a": {CANARY}}}', f'{{"a": "b" "{CANARY}"}}', f"[1 {CANARY}", f"{{{CANARY}: 1}}"])
def test_the_text_around_a_json_error_is_not_quoted(text: str, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(text)
    result = run("check", tmp_path, "--offline")
    assert (result.exit_code, CANARY in result.output) == (2, False)
    assert "answer.json:1" in result.output


def test_our_bound_on_a_file_is_a_skipped_check_and_no_fault_of_the_cluster(tmp_path: Path) -> None:
    healthy = PROJECT / "fixtures" / "healthy"
    for file in healthy.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "krb5.conf").open("ab") as conf:
        conf.write(b"#" * 80 + b"\n" + b"# filler\n" * 130_000)
    with (tmp_path / "hdfs-site.xml").open("ab") as site:
        site.write(b"<!-- filler -->\n" * 300_000)
    result = run("check", tmp_path, "--offline", "--format", "json")
    assert result.exit_code == 3, result.stdout[:2000]
    for word in ("KRB-CONF-SYNTAX", "HADOOP-CONF-SYNTAX", "HA-NAMESERVICE"):
        assert word not in result.stdout
    assert result.stdout.count("this is a limit of emr-diagnose") == 2
