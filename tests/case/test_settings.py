"""Given configuration files and what EMR says of them, then each value comes from the one that
counts."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.case import Case, Skipped
from tests.support.case_files import REALMS, case_of, checks, xml


def config(key: str, value: object, file: str = "core-site.xml", **fields: str) -> dict[str, object]:
    return {
        "ApplicationName": "HADOOP-COMMON",
        "ConfigFileName": file,
        "ConfigItemKey": key,
        "ConfigItemValue": value,
        **fields,
    }


def value_of(case: Case, file: str, key: str) -> str | None:
    return case.settings[file].get(key)


def test_a_file_wins_over_what_emr_says_of_it() -> None:
    case = case_of(
        {
            "conf/core-site.xml": xml(a="file"),
            "config.json": {"ApplicationConfigs": [config("a", "emr"), config("b", "emr")]},
        }
    )
    assert (value_of(case, "core-site.xml", "a"), value_of(case, "core-site.xml", "b")) == ("file", "emr")
    setting = case.settings["core-site.xml"].setting("b")
    assert setting is not None
    assert str(setting.origin) == "config.json:9 (b)"


def test_the_cluster_wide_value_wins_and_else_the_first_that_is_listed() -> None:
    items = [
        config("wide", "cluster"),
        config("wide", "group", NodeGroupId="ng-1"),
        config("narrow", "first", NodeGroupId="ng-1"),
        config("narrow", "second", NodeGroupId="ng-2"),
    ]
    case = case_of({"config.json": {"ApplicationConfigs": items}})
    assert (value_of(case, "core-site.xml", "wide"), value_of(case, "core-site.xml", "narrow")) == ("cluster", "first")


def test_the_copy_of_the_service_that_the_file_is_about_counts() -> None:
    items = [
        config("x", "hive", "hive-site.xml", ApplicationName="HIVE"),
        config("x", "spark", "hive-site.xml", ApplicationName="SPARK3"),
    ]
    assert value_of(case_of({"config.json": {"ApplicationConfigs": items}}), "hive-site.xml", "x") == "hive"


@pytest.mark.parametrize(
    ("application", "given", "canonical"),
    [
        ("HDFS", "hdfs-site", "hdfs-site.xml"),
        ("SPARK3", "spark-defaults.conf", "spark-defaults.conf"),
        ("SPARK3", "spark-defaults", "spark-defaults.conf"),
        ("TRINO", "config.properties", "trino/config.properties"),
        ("PRESTO", "config.properties", "presto/config.properties"),
        ("KERBEROS", "krb5.conf", "krb5.conf"),
        ("ZOOKEEPER", "zoo.cfg", "zoo.cfg"),
    ],
)
def test_emr_file_names_become_the_canonical_ones(application: str, given: str, canonical: str) -> None:
    item = config("k", 10000, given, ApplicationName=application)
    assert value_of(case_of({"c.json": {"ApplicationConfigs": [item]}}), canonical, "k") == "10000"


def test_every_kind_of_settings_file_is_read() -> None:
    case = case_of(
        {
            "spark-defaults.conf": "spark.x 1\n",
            "kyuubi-defaults.conf": "kyuubi.x=1\n",
            "zoo.cfg": "clientPort=2181\n",
            "trino/etc/config.properties": "http-server.http.port=9090\n",
            "presto-config.properties": "http-server.http.port=8889\n",
            "spark-env.sh": "export X=1\n",
            "hive-site.xml": xml(h="1"),
        }
    )
    assert {name: [setting.value for setting in read.settings] for name, read in case.settings.items()} == {
        "spark-defaults.conf": ["1"],
        "kyuubi-defaults.conf": ["1"],
        "zoo.cfg": ["2181"],
        "trino/config.properties": ["9090"],
        "presto/config.properties": ["8889"],
        "spark-env.sh": ["1"],
        "hive-site.xml": ["1"],
    }


def test_a_broken_file_of_the_cluster_is_a_fault_and_emr_still_has_its_say() -> None:
    case = case_of(
        {"core-site.xml": "<configuration>\n<property>", "c.json": {"ApplicationConfigs": [config("a", "emr")]}}
    )
    (fault,) = case.faults
    assert (fault.kind, fault.file, fault.line) == ("core-site.xml", "core-site.xml", 2)
    assert fault.expected == "the rest of the file, up to the closing tag </configuration>"
    assert value_of(case, "core-site.xml", "a") == "emr"
    assert [entry.kind for entry in case.inputs if entry.file == "core-site.xml"] == ["core-site.xml"]


@pytest.mark.parametrize("key", ["spark.ssl.keyPassword", "hadoop.security.group.mapping.ldap.ssl.keystore.password"])
def test_no_password_is_quoted_because_a_file_and_an_answer_differ(key: str) -> None:
    """Given a key with a word by which clients connect, then its secret values are not compared."""
    answers: dict[str, Any] = {f"{name}.json": {"ApplicationConfigs": [config(key, f"CaNaRy{name}")]} for name in "ab"}
    differing = case_of({"core-site.xml": xml(**{key: "CaNaRy"}), "a.json": answers["a.json"]})
    disputed = case_of(answers)
    shown = case_of(
        {"core-site.xml": xml(**{"x.ssl.port": "1"}), "a.json": {"ApplicationConfigs": [config("x.ssl.port", "2")]}}
    )
    assert "CaNaRy" not in str([each.conflicts + each.skipped for each in (differing, disputed)])
    assert [each.accounts for each in shown.conflicts] == [("x.ssl.port is 1", "x.ssl.port is 2")]


def test_of_two_files_the_one_nearer_to_the_top_is_used() -> None:
    case = case_of(
        {"old/core-site.xml": xml(a="old"), "core-site.xml": xml(a="new"), "same/core-site.xml": xml(a="new")}
    )
    assert value_of(case, "core-site.xml", "a") == "new"
    assert case.skipped == (
        Skipped(
            "old/core-site.xml",
            "another core-site.xml of this case is used, core-site.xml",
            "one case for each cluster and machine",
        ),
    )


def test_includes_of_a_hadoop_file_stay_inside_the_case() -> None:
    include = '<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="%s"/></configuration>'
    inside = case_of({"conf/core-site.xml": include % "more.xml", "conf/more.xml": xml(a="1")})
    assert value_of(inside, "core-site.xml", "a") == "1"
    assert {entry.file for entry in inside.inputs} == {"conf/core-site.xml", "conf/more.xml"}
    assert not inside.skipped
    for href in ("/etc/passwd", "../../../../etc/passwd", "http://example.com/x"):
        assert checks(case_of({"conf/core-site.xml": include % href})) == ["settings that conf/core-site.xml includes"]


@pytest.mark.parametrize(
    ("krb5", "pieces"),
    [
        ("krb5.conf", "krb5.conf.d"),
        ("etc/krb5.conf", "etc/krb5.conf.d"),
        ("node/krb5.conf", "node/krb5.conf.d"),
        ("node/krb5.conf", "etc/krb5.conf.d"),
    ],
)
def test_an_include_directory_is_looked_up_in_the_case(krb5: str, pieces: str) -> None:
    case = case_of({krb5: "includedir /etc/krb5.conf.d/\n", f"{pieces}/realms": REALMS, f"{pieces}/sub/x": "x"})
    assert case.krb5 is not None
    assert [relation.value for relation in case.krb5.relations("realms", "A", "kdc")] == ["h"]
    assert {entry.file for entry in case.inputs} == {krb5, f"{pieces}/realms"}
    assert checks(case) == [f"{pieces}/sub/x"]


def test_an_include_that_is_not_in_the_case_is_a_skipped_check() -> None:
    case = case_of({"krb5.conf": "include /etc/hostname\ninclude ../../etc/hostname\n" + REALMS})
    assert case.krb5 is not None
    assert case.skipped[0].cause.startswith("krb5.conf:1 (include /etc/hostname)")
    assert [entry.file for entry in case.inputs] == ["krb5.conf"]


def test_pieces_that_no_line_includes_are_said_to_be_unread() -> None:
    assert checks(case_of({"krb5.conf": REALMS, "krb5.conf.d/x": REALMS})) == ["krb5.conf.d/x"]


def test_a_broken_krb5_conf_is_a_fault() -> None:
    case = case_of({"krb5.conf": "[realms\n"})
    assert case.krb5 is None
    assert [(fault.kind, fault.file) for fault in case.faults] == [("krb5.conf", "krb5.conf")]
