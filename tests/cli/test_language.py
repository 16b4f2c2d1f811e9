"""Which language does a command write?"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.cli.language import chosen
from probes.language import Language, language


@pytest.mark.parametrize(
    ("arguments", "environment", "wanted"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh"}, "zh"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ([], {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "EMR_DIAGNOSE_LANG": "en"}, "en"),
        ([], {"EMR_DIAGNOSE_LANG": "zh"}, "zh"),
        (["check", "case", "--lang", "zh"], {"EMR_DIAGNOSE_LANG": "en"}, "zh"),
        (["check", "--lang=zh", "case"], {}, "zh"),
        (["check", "--lang", "zh", "--lang", "en"], {}, "en"),
        (["explain", "--", "--lang", "zh"], {}, "en"),
        (["check", "case", "--lang"], {}, "en"),
    ],
)
def test_the_option_comes_before_the_variable_and_the_locale(
    arguments: list[str], environment: dict[str, str], wanted: Language
) -> None:
    assert chosen(arguments, environment) == wanted


def test_a_language_holds_for_one_command_only() -> None:
    assert CliRunner().invoke(main, ["explain", "SG-KDC-UDP", "--lang", "zh"]).exit_code == 0
    assert language() == "zh"
    assert CliRunner().invoke(main, ["explain", "SG-KDC-UDP"]).exit_code == 0
    assert language() == "en"


def test_a_language_that_is_not_known_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["explain", "SG-KDC-UDP", "--lang", "fr"])

    assert result.exit_code == 2
    assert "'fr' is not one of 'en', 'zh'" in result.output


def test_no_table_is_read_for_english() -> None:
    probe = "import sys, diagnose.cli; diagnose.cli.speak([], {}); print('diagnose.data.zh' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, env={**os.environ})
    assert ran.stdout == "False\n"
