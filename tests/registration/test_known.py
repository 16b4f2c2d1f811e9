"""Does a rule stay open while the inputs do not agree on the setting that decides it?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.registration.situations import Situation, Table, diagnosed, verdict_of
from tests.registration.situations_impersonation import core, passing
from tests.registration.situations_people import DLF, STANDARD, abroad, catalog, database, other
from tests.support.incident_cases import CLUSTER, MASTER, Change

DATABASE = ("hivemetastore-site.xml", "javax.jdo.option.ConnectionURL", "jdbc:mysql://rm-1/hive")
CLIENT = (
    "hive-site.xml",
    "hive.imetastoreclient.factory.class",
    "org.apache.hadoop.hive.ql.metadata.HiveClientFactory",
)
DLF_CLIENT = (*CLIENT[:2], DLF["hive-site.xml"][CLIENT[1]])
DEFAULT = ("core-site.xml", "fs.defaultFS", f"hdfs://{MASTER}:9000")
HOSTS, GROUPS = (("core-site.xml", f"hadoop.proxyuser.hadoop.{key}", "*") for key in ("hosts", "groups"))
HOOK = ("hive-site.xml", "hive.exec.post.hooks", "com.aliyun.emr.meta.hive.hook.LineageLoggerHook")

NO_HIVE: Change = {"hive-site.xml": None, "hivemetastore-site.xml": None}
NO_CORE: Change = {"core-site.xml": None}
INCLUDE = '<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="more.xml"/></configuration>'

Row = tuple[str, str, str]


def answer(*rows: Row, of: int | None = None, state: str = "EFFECT") -> str:
    """Return an answer of ListApplicationConfigs. of: how many settings it announces."""
    items = [
        {"ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": value, "ConfigEffectState": state}
        for file, key, value in rows
    ]
    return json.dumps({"ApplicationConfigs": items, "TotalCount": len(items) if of is None else of}, indent=1)


def open_rule(says: str, toml: Mapping[str, Table], files: Change) -> Situation:
    return Situation("not-checkable", says, toml, files)


SITUATIONS = [
    ("other-account-metadata", open_rule("no file states", abroad(), {**NO_HIVE, "a.json": answer(DATABASE)})),
    (
        "other-account-metadata",
        open_rule("no file shows", abroad(), {**NO_HIVE, "a.json": answer(DATABASE, HOOK, of=9)}),
    ),
    (
        "other-account-metadata",
        open_rule("in force", abroad(), {**NO_HIVE, "a.json": answer(DATABASE, CLIENT), "b.json": answer(DLF_CLIENT)}),
    ),
    (
        "other-account-metadata",
        open_rule("differ on", abroad(), {**DLF, "a.json": answer(DATABASE, CLIENT)}),
    ),
    ("other-account-metadata", open_rule("no file shows", abroad(), {"hive-site.xml": INCLUDE, **database("rm-1/h")})),
    ("impersonation-permitted", open_rule("no file shows", passing(), {**NO_CORE, "a.json": answer(DEFAULT, of=9)})),
    (
        "impersonation-permitted",
        open_rule("no file shows", passing(), {**NO_CORE, "a.json": answer(DEFAULT, HOSTS, of=9)}),
    ),
    (
        "impersonation-permitted",
        open_rule(
            "in force",
            passing(),
            {**NO_CORE, "a.json": answer(DEFAULT, HOSTS, GROUPS), "b.json": answer((*GROUPS[:2], "staff"))},
        ),
    ),
    (
        "impersonation-permitted",
        open_rule("differ on", passing(), {**core(hosts="*", groups="*"), "a.json": answer((*HOSTS[:2], "10.0.0.1"))}),
    ),
    (
        "impersonation-permitted",
        open_rule("in force", passing(), {"a.json": answer(DEFAULT, HOSTS, GROUPS, state="WAIT")}),
    ),
    ("hook-hive", open_rule("differ on", {}, {"a.json": answer((*HOOK[:2], ""))})),
    (
        "separate-metadata",
        Situation(
            "not-checkable",
            "does not state",
            STANDARD,
            {**catalog("a"), "a.json": answer(("hive-site.xml", "dlf.catalog.id", "b"))},
            twin=other(catalog("b")),
        ),
    ),
]


@pytest.mark.parametrize(("rule", "situation"), SITUATIONS)
def test_a_setting_that_is_not_known_leaves_the_rule_open(rule: str, situation: Situation, tmp_path: Path) -> None:
    answered = verdict_of(diagnosed(tmp_path, situation), rule).answer

    assert (answered.state, answered.findings) == ("not-checkable", ())
    assert situation.says in answered.why


@pytest.mark.parametrize("settings", [(DEFAULT, HOSTS, GROUPS), (HOSTS, GROUPS)])
def test_a_part_of_an_answer_decides_what_it_holds(settings: tuple[Row, ...], tmp_path: Path) -> None:
    situation = Situation("passed", "", passing(), {**NO_CORE, "a.json": answer(*settings, of=99)})

    assert verdict_of(diagnosed(tmp_path, situation), "impersonation-permitted").answer.state == "passed"


@pytest.mark.parametrize("host", ["localhost", "master-1-1", "emr-header-1:3306"])
def test_a_database_on_a_master_of_each_cluster_is_two_databases(host: str, tmp_path: Path) -> None:
    situation = Situation("passed", "", STANDARD, database(f"{host}/hive"), twin=other(database(f"{host}/hive")))

    answered = verdict_of(diagnosed(tmp_path, situation), "separate-metadata").answer

    assert (answered.state, CLUSTER in answered.why, "c-twin" in answered.why) == ("passed", True, True)


def test_the_file_of_the_metastore_overrides_that_of_hive(tmp_path: Path) -> None:
    hive = {"hive-site.xml": {DATABASE[1]: "jdbc:mysql://rm-9/hive"}}
    one, two = ({**hive, **database(f"rm-{number}/hive")} for number in (1, 2))

    answered = verdict_of(
        diagnosed(tmp_path, Situation("passed", "", STANDARD, one, twin=other(two))), "separate-metadata"
    )

    assert answered.answer.state == "passed"
