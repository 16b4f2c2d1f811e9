"""Do Hadoop and Hive take and refuse the values of settings that the table says?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from diagnose.findings.hadoop.setting_forms import TakenValues, rows
from probes.files.hadoopconf import overlay, read_xml
from tests.lab.dial.clients import JAVA
from tests.lab.javac import compiled_java
from tests.support.incident_cases import site
from tests.support.needs import classpath

BLANKS: Final = ("{}", " {}", "{} ", "{}\n", "\t{}", "{};", '"{}"', "{}\u00a0")
NUMBERS: Final = (
    *("10000", "0x2710", "0X1f", "-0x10", "10_000", "10,000", "1O000", "10000.0", "+10000", "010000", "-1", "10000L"),
    *("10 000", "1e3", "ten", "--1", "10k", "128m", "128M", "128MB", "128 m", "1.5g", "64kb", "10t", "m", "10s"),
    *("10S", "10 s", "10sec", "10min", "10ms", "1h", "1d", "3us", "s10", "10m5s", "1w"),
)
FLAGS: Final = ("true", "ture", "TRUE", "yes", "1", "on", "false", "fasle", "False", "no")
WORDS: Final = {
    "hadoop.security.authentication": (
        "login",
        ("kerberos", "Kerberos", "kerbeross", "simple", "token", "ldap", "none"),
    ),
    "hadoop.rpc.protection": (
        "protection",
        ("privacy", "Privacy", "integrity,privacy", "integrity, privacy", "auth-conf"),
    ),
    "dfs.data.transfer.protection": (
        "transfer",
        ("privacy", "PRIVACY", "privacy;integrity", "privcy", "none", "integrity,"),
    ),
    "dfs.http.policy": (
        "hdfs-policy",
        ("HTTP_ONLY", "http_only", "HTTPS", "HTTP_AND_HTTPS", "HTTPS_ONLY", "HTTP-ONLY"),
    ),
    "yarn.http.policy": (
        "yarn-policy",
        ("HTTP_ONLY", "https_only", "HTTPS_ONLY", "HTTPS", "https-only"),
    ),
    "hive.server2.authentication": (
        "hive-login",
        ("NONE", "none", "LDAP", "ldap", "PAM", "NOSASL", "nosasl", "SIMPLE"),
    ),
    "hive.server2.thrift.sasl.qop": (
        "hive-qop",
        ("auth", "auth-conf", "AUTH-INT", "authconf", "privacy", "auth,auth-int"),
    ),
    "hive.server2.transport.mode": (
        "hive-mode",
        ("binary", "http", "HTTP", "htpp", "https"),
    ),
    "dfs.client.block.write.replace-datanode-on-failure.policy": (
        "replacement",
        ("NEVER", "never", "DEFAULT", "DISABLE"),
    ),
}
"""Key -> how it is asked, and values."""


def test_the_programs_take_the_words_that_the_table_says(lab_machine: None, tmp_path: Path) -> None:
    questions = [
        (kind, key, form.format(value)) for key, (kind, values) in WORDS.items() for value in values for form in BLANKS
    ]
    # PAM and CUSTOM load a class; where blanks are kept, every other one is refused.
    told = _told(tmp_path, questions)

    differing = [
        (key, value, answer)
        for (_, key, value), answer in zip(questions, told, strict=True)
        if _opinion(rows()[key], value) != (answer.lower() if rows()[key].reads else str(answer != "refuses"))
    ]
    assert differing == []
    assert told.count("refuses") > 100


def test_hadoop_takes_the_numbers_and_flags_that_the_table_says(lab_machine: None, tmp_path: Path) -> None:
    asked = {
        "integer": "dfs.replication",
        "size": "dfs.blocksize",
        "time": "dfs.client.datanode-restart.timeout",
        "flag-false": "dfs.encrypt.data.transfer",
        "flag-true": "hadoop.security.token.service.use_ip",
        "hive-sasl": "metastore.sasl.enabled",
    }
    questions = [
        (kind, key, form.format(value))
        for kind, key in asked.items()
        for value in (FLAGS if "flag" in kind or kind == "hive-sasl" else NUMBERS)
        for form in BLANKS
    ]
    told = _told(tmp_path, questions)

    differing = [
        (key, value, answer)
        for (_, key, value), answer in zip(questions, told, strict=True)
        if _opinion(rows()[key], value) != (answer if rows()[key].reads else str(answer != "refuses"))
    ]
    assert differing == []


def test_a_client_dials_nobody_with_a_number_that_it_refuses(lab_machine: None, tmp_path: Path) -> None:
    questions = []
    for key, row in rows().items():
        if row.side == "client" and row.form in ("integer", "size", "time"):
            kind = "yarn" if "namenode-rpc" not in row.stops else "hdfs-ha" if row.only == "ha" else "hdfs"
            questions += [(kind, key, "3;"), (kind, key, "3"), (kind, key, " 4 ")]

    told = _told(tmp_path, questions)

    expected = ["refuses" if value == "3;" else "dials" for _, _, value in questions]
    assert [q for q, one, other in zip(questions, told, expected, strict=True) if one != other] == []
    assert len(questions) > 150


def _opinion(row: TakenValues, value: str) -> str:
    """Return "True" or "False" for a value that is taken or refused, else the value that it is
    taken as."""
    if row.reads is None:
        return str(row.takes(value))
    return value.strip().lower() if row.takes(value) else row.reads.lower()


def _told(directory: Path, questions: Iterable[tuple[str, str, str]]) -> list[str]:
    source, jars = JAVA / "SettingValues.java", classpath("hadoop-servers", "hive-servers")
    compiled_java(directory, jars, source)
    lines = []
    for number, (kind, key, value) in enumerate(questions):
        file = directory / f"{number}.xml"
        file.write_text(site({key: value, "lab.key": key}), encoding="utf-8")
        assert overlay(read_xml(str(file), file.read_bytes())).get(key) == value
        lines.append(f"{kind} {file} {key}\n")
    command = ["java", "-Xmx512m", "-cp", f"{directory}:{jars}", "SettingValues"]
    run = subprocess.run(command, input="".join(lines), check=True, capture_output=True, text=True, timeout=300)
    return run.stdout.splitlines()
