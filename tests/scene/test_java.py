"""Which releases of Java may read a case's krb5.conf?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Case, Text
from diagnose.data import table
from diagnose.scene.java import names_of, possible, ranges, release_of
from probes.files.hadoopconf import Configuration, Setting
from probes.files.krb5conf.jdk_rules import JDK_17
from probes.origin import Origin


def a_case(home: str | None = None, log: str | None = None) -> Case:
    settings = {}
    if home is not None:
        settings["spark-env.sh"] = Configuration((Setting("JAVA_HOME", home, Origin("spark-env.sh", 1)),))
    texts = () if log is None else (Text("log", "task.log", log),)
    return replace(Case("case"), settings=settings, texts=texts)


@pytest.mark.parametrize(
    ("home", "release"),
    [
        ("/usr/lib/jvm/java-1.8.0", (8, None)),
        ("/usr/lib/jvm/java-1.8.0-openjdk-1.8.0.372.b07-1.el7_9.x86_64", (8, 372)),
        ("/opt/jdk1.8.0_151", (8, 151)),
        ("/usr/lib/jvm/java-11-openjdk-11.0.13.0.8-1.el7_9.x86_64", (11, 13)),
        ("/usr/lib/jvm/java-17-openjdk-amd64", (17, None)),
        ("/opt/dragonwell8", (8, None)),
        ("/opt/openjdk-8u302-b08", (8, 302)),
        ("/usr/lib/jvm/default-java", None),
        ("/opt/apps/spark-3.3.1", None),
    ],
)
def test_a_java_home_names_its_release(home: str, release: tuple[int, int | None] | None) -> None:
    assert release_of(a_case(home)) == release


def test_a_stack_trace_without_modules_is_of_java_8() -> None:
    old = "Caused by: KrbException\n\tat sun.security.krb5.KrbAsRep.<init>(KrbAsRep.java:82)\n"
    new = "\tat java.security.jgss/sun.security.krb5.KrbAsRep.<init>(KrbAsRep.java:82)\n"
    assert release_of(a_case(log=old)) == (8, None)
    assert release_of(a_case(log=new)) is None
    assert release_of(a_case(log=old + new)) is None
    assert release_of(a_case("/opt/jdk-17", old)) == (17, None)


def test_a_release_leaves_the_ranges_that_it_may_be_in() -> None:
    assert possible(a_case()) == ranges()
    assert [one.name for one in possible(a_case("/opt/jdk-21"))] == ["Java 18 to 23"]
    assert [one.name for one in possible(a_case("/opt/jdk8u302"))] == ["Java 8 from 8u242 to 8u381 (Oracle: 8u350)"]
    assert names_of(possible(a_case("/opt/jdk8u252"))) == "Java 8 before 8u382 (Oracle: 8u351)"
    assert names_of(possible(a_case("/opt/jdk8u211"))) == "Java 8 before 8u242"
    assert [one.name for one in possible(a_case("/opt/jdk8u362"))] == [
        "Java 8 from 8u242 to 8u381 (Oracle: 8u350)",
        "Java 8 from 8u382 (Oracle: 8u351)",
    ]
    assert names_of(possible(a_case("/opt/jdk8u392"))) == "Java 8 from 8u382 (Oracle: 8u351)"
    assert possible(a_case("/opt/jdk-25"))[0].rules.zero_is_tcp


def test_names_of_ranges_are_short() -> None:
    known = ranges()
    assert names_of(known) is None
    assert names_of(known[5:]) == "Java 17 and later"
    assert names_of(known[1:]) == "Java 8 from 8u242 and later"
    assert names_of(known[-1:]) == "Java 24 and later"
    assert names_of((known[0], known[3])) == "Java 8 before 8u242, Java 11 before 11.0.17"
    assert names_of((*known[:2], known[3])) == "Java 8 before 8u382 (Oracle: 8u351), Java 11 before 11.0.17"
    assert names_of((known[0], known[2], known[4])) == (
        "Java 8 before 8u242, Java 8 from 8u382 (Oracle: 8u351), Java 11 from 11.0.17"
    )
    assert names_of((*known[:3], *known[5:])) == "Java 8, Java 17 and later"
    assert names_of((known[1], *known[3:5], known[6])) == (
        "Java 8 from 8u242 to 8u381 (Oracle: 8u350), Java 11, Java 18 to 23"
    )


def test_the_default_rules_are_those_of_java_17() -> None:
    assert [one.rules for one in ranges() if one.major[1] == 17] == [JDK_17]


def test_every_row_was_run_or_has_a_source() -> None:
    data = table("java")
    for row in data["range"]:
        assert row["run"] or row["sources"], row["name"]
        assert set(row["sources"]) <= set(data["sources"]), row["name"]
