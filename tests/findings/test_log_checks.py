"""Can the commands that a finding from a log names be pasted?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

import pytest

from diagnose.findings.values import Params
from diagnose.findings.wording.en import logs as english
from diagnose.findings.wording.log_checks import filled
from diagnose.findings.wording.zh import logs as chinese
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
