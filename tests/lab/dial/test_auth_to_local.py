"""Does Hadoop make the short name of a principal that we read from its rules?"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Final

from probes.files.hadoopconf import overlay, read_xml
from probes.files.hadoopconf.auth_to_local import KEY, AuthToLocalError, read_rules, short_name
from tests.lab.dial.clients import JAVA
from tests.lab.javac import compiled_java
from tests.support.incident_cases import site
from tests.support.needs import classpath

COUNT: Final = 1500
"""Sets of rules that are compared."""

REALM: Final = "EMR.COM"
PRINCIPALS: Final = (
    *("alice@EMR.COM", "hdfs/master-1-1.x@EMR.COM", "alice@CORP.COM", "ALICE@CORP.COM", "nn/m@CORP.COM"),
    *("al.ice_2-x@EMR.COM", "alice@emr.com", "a$b@CORP.COM"),
)
RULES: Final = (
    *("DEFAULT", "RULE:[1:$1]", "RULE:[2:$1]", "RULE:[1:$1@$0]", "RULE:[1:$1@$0](.*@CORP.COM)s/@.*//"),
    *("RULE:[1:$1@$0](.*@CORP\\.COM)s/@.*///L", "RULE:[2:$1@$0](nn@.*COM)s/.*/hdfs/", "RULE:[2:$1/$2@$0](.*)"),
    *("RULE:[1:$1@$0](ALICE@.*)s/[A-Z]/x/g", "RULE:[1:$1@$0](^alice@.*$)s/@.*//", "RULE:[1:$1](alice|bob)"),
    *("RULE:[1:$1](a.*)s/a//", "RULE:[3:$1]", "RULE:[0:x]", "RULE:[1:$1@$0](.*@CORP.COM)s/(.*)@.*/$1/"),
    *("RULE:[1:$3]", "RULE:[1:$]", "RULE:[1:plain]", "RULE:[1:$1@$0]([a-z]+@CORP.COM)s/@.*//L", "RULE:[1:$1]L"),
)
BROKEN: Final = ("DEFAULTX", "RULE[1:$1]", "RULE:[:$1]", "RULE:[1:$1", "rule:[1:$1]", "RULE:[1:$1](x", "default", "#")
PARTED_BY: Final = ("\n", " ", "\n    ", "", ",", "\t")


def test_the_answer_is_that_of_hadoop(lab_machine: None, tmp_path: Path) -> None:
    pick = random.Random(20261129)
    asked, ours = [], []
    for number in range(COUNT):
        rules = [pick.choice(RULES) for _ in range(pick.randint(0, 4))]
        if pick.random() < 0.15:
            rules.insert(pick.randint(0, len(rules)), pick.choice(BROKEN))
        text = pick.choice(PARTED_BY).join(rules)
        file = tmp_path / f"{number}.xml"
        file.write_text(site({KEY: text}))
        value = overlay(read_xml(str(file), file.read_bytes())).get(KEY) or ""
        principal = pick.choice(PRINCIPALS)
        asked.append(f"{file} {principal}")
        ours.append(_opinion(value, principal))

    told = _hadoop(asked, tmp_path)

    texts = [Path(line.split(" ")[0]).read_text() for line in asked]
    differing = [
        (texts[n], line.split(" ")[1], ours[n], told[n])
        for n, line in enumerate(asked)
        if ours[n] not in (told[n], "unknown")
    ]
    assert differing[:5] == []
    assert ours.count("unknown") < COUNT / 5
    assert {answer.split(" ")[0] for answer in told} == {"does", "name", "no-rule", "not-simple"}


def _opinion(value: str, principal: str) -> str:
    try:
        rules = read_rules(value)
    except AuthToLocalError:
        return "does not start"
    if rules is None:
        return "unknown"
    made = short_name(rules, principal, REALM)
    return f"name {made.name}".replace("\n", "|") if made.kind == "name" else made.kind


def _hadoop(asked: list[str], directory: Path) -> list[str]:
    source, jars = JAVA / "AuthToLocal.java", classpath("hadoop")
    (directory / "krb5.conf").write_text(f"[libdefaults]\n  default_realm = {REALM}\n")
    compiled_java(directory, jars, source)
    options = ["-Xmx256m", f"-Djava.security.krb5.conf={directory / 'krb5.conf'}"]
    command = ["java", *options, "-cp", f"{directory}:{jars}", "AuthToLocal"]
    run = subprocess.run(
        command, input="\n".join(asked) + "\n", check=True, capture_output=True, text=True, timeout=120
    )
    return run.stdout.splitlines()
