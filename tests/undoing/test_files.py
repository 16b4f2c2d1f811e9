"""Is a case with another line the same case but for that line?"""

from __future__ import annotations

from diagnose.undoing.files import with_hosts_line, with_setting, without_lines
from probes.files.hadoopconf import Setting, overlay
from probes.names.hosts import HostEntry, HostsFile
from probes.origin import Origin
from tests.support.factories import REALM, a_case, a_krb5conf, some_settings

KRB5 = a_krb5conf("kdc-a", "kdc-b")
HOSTS = HostsFile(
    (
        HostEntry("192.168.20.11", ("master-1-1",), Origin("hosts", 1)),
        HostEntry("192.168.20.21", ("core-1-1",), Origin("hosts", 2)),
    )
)


def test_a_line_of_krb5_conf_is_gone_and_the_others_stay() -> None:
    relation = KRB5.first("realms", REALM, "kdc")
    assert relation is not None
    assert relation.value == "kdc-a"
    case = without_lines(a_case(krb5=KRB5), [("krb5.conf", relation.origin.line)])

    assert case is not None
    assert case.krb5 is not None
    left = case.krb5.first("realms", REALM, "kdc")
    assert left is not None
    assert (left.value, left.origin.line) == ("kdc-b", (relation.origin.line or 0) + 1)


def test_a_place_without_a_line_or_in_another_file_takes_nothing_away() -> None:
    case = a_case(krb5=KRB5)
    assert without_lines(case, [("krb5.conf", None), ("other.conf", 1)]) is None
    assert without_lines(case, []) is None
    assert without_lines(a_case(), [("krb5.conf", 1)]) is None
    both = without_lines(case, [("other.conf", 1), ("krb5.conf", None), ("krb5.conf", 2)])
    assert both is not None
    assert both.krb5 is not None
    assert both.krb5.first("libdefaults", "default_realm") is None


def test_one_setting_has_its_right_value_and_the_others_stay() -> None:
    case = a_case(settings=some_settings(core_site={"fs.defaultFS": "hdfs://old", "io.file.buffer.size": "4096"}))
    changed = with_setting(case, Origin("core-site.xml", 1), "fs.defaultFS", "hdfs://new").settings["core-site.xml"]

    assert {setting.key: setting.value for setting in changed.settings} == {
        "fs.defaultFS": "hdfs://new",
        "io.file.buffer.size": "4096",
    }


def test_a_default_of_hadoop_is_overridden_in_its_site_file() -> None:
    changed = with_setting(a_case(), Origin("yarn-default.xml", None), "yarn.resourcemanager.address", "rm:8032")

    (setting,) = changed.settings["yarn-site.xml"].settings
    assert (setting.value, setting.origin.file) == ("rm:8032", "yarn-site.xml")


def test_only_the_line_of_the_hosts_file_has_the_other_address() -> None:
    case = with_hosts_line(a_case(hosts=HOSTS), 2, "192.168.20.99")

    assert case is not None
    assert case.hosts is not None
    assert [(entry.address, entry.names) for entry in case.hosts.entries] == [
        ("192.168.20.11", ("master-1-1",)),
        ("192.168.20.99", ("core-1-1",)),
    ]
    assert with_hosts_line(a_case(), 2, "192.168.20.99") is None


def test_a_setting_is_changed_in_the_file_that_its_export_was_read_as() -> None:
    # Given settings of hdfs-site.xml, of which an export states one and the file itself another
    mixed = overlay(
        [
            Setting("dfs.nameservices", "ha", Origin("hdfs-site.xml", 1)),
            Setting("dfs.replication", "3", Origin("export.json", 9)),
        ]
    )
    case = a_case(settings={**some_settings(core_site={"fs.defaultFS": "hdfs://ha"}), "hdfs-site.xml": mixed})
    changed = with_setting(case, Origin("export.json", 9), "dfs.replication", "2").settings

    assert list(changed) == ["core-site.xml", "hdfs-site.xml"]
    assert changed["core-site.xml"] == case.settings["core-site.xml"]
    assert {setting.key: setting.value for setting in changed["hdfs-site.xml"].settings} == {
        "dfs.nameservices": "ha",
        "dfs.replication": "2",
    }
