"""Can the commands that a finding from a log names be pasted?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

import pytest

from diagnose.findings.values import Params
from diagnose.findings.wording.en import log_steps as english
from diagnose.findings.wording.log_checks import filled
from diagnose.findings.wording.zh import log_steps as chinese
from diagnose.probing.schemes import SCHEMES, parse

KNOWN: Params = {"host": "master-1-1", "port": "10088", "realm": "EMR.X.COM", "datanodes": ["core-1-1:9866"]}
_TARGET = re.compile(rf"(?:{'|'.join(map(re.escape, SCHEMES))})://")
_QUOTED = re.compile(r"'[^']*'|[a-z+]+://[!-~]+")


@pytest.mark.parametrize("checks", [english.CHECKS, chinese.CHECKS], ids=["en", "zh"])
@pytest.mark.parametrize("known", [{}, KNOWN], ids=["nothing known", "endpoint known"])
def test_every_probe_of_a_log_is_a_target_that_probe_takes(
    checks: Mapping[str, tuple[str, str]], known: Params
) -> None:
    targets = [
        found
        for topic in checks
        for text in filled(checks, {**known, "topic": topic}, "PORT")
        for found in _QUOTED.findall(text)
        if _TARGET.match(found.strip("'"))
    ]

    assert len(targets) > 10
    for target in targets:
        (word,) = shlex.split(target)
        assert "?" not in word or target.startswith("'"), target
        parse(re.sub(r":PORT\b", ":1", word).rstrip(",.;:"))


@pytest.mark.parametrize("checks", [english.CHECKS, chinese.CHECKS], ids=["en", "zh"])
def test_a_step_names_what_the_log_names_and_a_shell_can_take_it(checks: Mapping[str, tuple[str, str]]) -> None:
    proxy = filled(checks, {"topic": "proxy", "user": "bob", "acting": "hive"}, "PORT")
    path = filled(checks, {"topic": "permission", "user": "bob", "path": "/a b; rm"}, "PORT")

    assert "hadoop.proxyuser.hive.hosts" in proxy[0]
    assert "hdfs groups bob" in proxy[1]
    assert "-ls -d '/a b; rm'" in path[0]


@pytest.mark.parametrize("checks", [english.CHECKS, chinese.CHECKS], ids=["en", "zh"])
@pytest.mark.parametrize(("known", "target"), [(KNOWN, "core-1-1:9866"), ({"host": "x", "port": "50010"}, "x:50010")])
def test_a_datanode_is_probed_in_its_own_protocol(
    checks: Mapping[str, tuple[str, str]], known: Params, target: str
) -> None:
    """A handshake alone would show nothing of a process that hangs."""
    assert f"probe datanode://{target}" in filled(checks, {**known, "topic": "datanode"}, "PORT")[0]


@pytest.mark.parametrize("checks", [english.CHECKS, chinese.CHECKS], ids=["en", "zh"])
def test_both_languages_have_the_same_steps(checks: Mapping[str, tuple[str, str]]) -> None:
    assert set(checks) == set(english.CHECKS)
