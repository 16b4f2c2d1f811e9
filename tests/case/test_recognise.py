"""Given a file, then what it is follows from its name, and from its content where the name says
nothing."""

from __future__ import annotations

import pytest

from diagnose.case.recognise import Kind, Unrecognised, kind_of_copy, nearest_first, recognise

CORE = b"<configuration><property><name>fs.defaultFS</name><value>hdfs://x</value></property></configuration>"
KRB5 = b"# from the master\n[libdefaults]\n default_realm = A\n"


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("core-site.xml", b"", "core-site.xml"),
        ("deep/er/CORE-SITE.XML", b"", "core-site.xml"),
        ("hivemetastore-site.xml", b"", "hivemetastore-site.xml"),
        ("export.xml", CORE, "core-site.xml"),
        ("krb5.conf", b"", "krb5.conf"),
        ("c-1-krb5.txt", KRB5, "krb5.conf"),
        ("spark-defaults.conf", b"", "spark-defaults.conf"),
        ("kyuubi-defaults.conf", b"", "kyuubi-defaults.conf"),
        ("spark-env.sh", b"", "spark-env.sh"),
        ("zoo.cfg", b"", "zoo.cfg"),
        ("etc/hosts", b"", "hosts"),
        ("case.toml", b"", "case.toml"),
        ("emr.keytab", b"\x05\x02", "keytab"),
        ("ss.txt", b"", "ss.txt"),
        ("iptables.txt", b"", "iptables.txt"),
        ("sg.JSON", b"", "json"),
        ("sg.txt", b'{\n "SecurityGroupId": "sg-1"}', "json"),
        ("sg", b'[{"RequestId": "x"}]', "json"),
        ("sg.txt", '{"RequestId": "x"}'.encode("utf-16"), "json"),
        ("terraform.tfstate", b'{"version": 4, "terraform_version": "1.5.0"}', "json"),
        ("sg.jsonl", b"", "json"),
        ("trino/config.properties", b"presto", "trino/config.properties"),
        ("presto-conf/config.properties", b"", "presto/config.properties"),
        ("trino.config.properties", b"", "trino/config.properties"),
        ("config.properties", b"internal-communication.trino.x=1", "trino/config.properties"),
        ("config.properties", b"http-server.http.port=8889", "presto/config.properties"),
        ("a.log", b"Nov 01 master-1-1 krb5kdc[77](info): AS_REQ (4 etypes", "log:kdc"),
        ("a.log.2026-11-01", b"INFO org.apache.hadoop.hdfs.server.namenode.FSNamesystem: x", "log:namenode"),
        ("a.log", b"INFO  server.HiveServer2: Starting", "log:hiveserver2"),
        ("a.log", b"anything", "log"),
    ],
)
def test_what_a_file_is(path: str, content: bytes, kind: str) -> None:
    assert recognise(path, content) == Kind(kind)


@pytest.mark.parametrize(
    ("path", "content", "cause"),
    [
        ("core-site (1).xml", CORE, "a copy under another name"),
        ("core-site.xml.bak", CORE, "a copy under another name"),
        ("core-site - Copy.xml", CORE, "a copy under another name"),
        ("krb5.conf.orig", KRB5, "a copy under another name"),
        ("krb5.conf~", KRB5, "a copy under another name"),
        ("core-site.xml.txt", CORE, "a copy under another name"),
        ("notes.txt", b'{\n "owner": "me"}', "JSON under a name that does not end in .json"),
        ("sg.html", b'{\n "SecurityGroupId": "sg-1"}', "JSON under a name that does not end in .json"),
        ("inner.zip", b"PK\x03\x04core-site.xml" + CORE, "an archive inside the case"),
        ("emr-core-site.xml", CORE, "a copy under another name"),
        ("core-site.xml.rpmsave", CORE, "a copy under another name"),
        ("kms-site.xml", CORE, "a Hadoop file of a service that is not checked"),
        ("export.xml", b"<configuration/>", "a Hadoop file whose name and keys do not say which"),
        (
            "all.xml",
            CORE.replace(b"</configuration>", b"<property><name>dfs.nameservices</name></property></configuration>"),
            "a Hadoop file whose name and keys do not say which",
        ),
        ("krb5.conf.d/realms", b"[realms]\n", "read only where an includedir of the krb5.conf names its directory"),
        ("config.properties", b"a=b", "a config.properties of neither Presto nor Trino"),
        ("README.md", b"# A case\n[realms] are explained here", "not a file that is read"),
        ("x.bin", b"\0[realms]\n=", "not a file that is read"),
    ],
)
def test_what_is_not_read_has_a_cause(path: str, content: bytes, cause: str) -> None:
    known = recognise(path, content)
    assert isinstance(known, Unrecognised)
    assert known.cause.startswith(cause)


def test_the_file_nearest_to_the_top_comes_first() -> None:
    assert nearest_first({"b/x": 1, "z": 1, "a/a/x": 1, "a/x": 1}) == ["z", "a/x", "b/x", "a/a/x"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("emr-core-site.xml", "core-site.xml"),
        ("a/HDFS_core-site.xml", "core-site.xml"),
        ("core-site.xml_master-1-1", "core-site.xml"),
        ("core-site-副本.xml", "core-site.xml"),
        ("core-site.xml.rpmsave", None),
        ("core-site.xml.template", None),
        ("core-site.xml_old", None),
        ("encore-site.xml", None),
        ("kms-site.xml", None),
    ],
)
def test_a_file_of_hadoop_with_more_in_its_name_is_a_copy_unless_it_is_a_spare(path: str, kind: str | None) -> None:
    assert kind_of_copy(path, CORE) == kind
