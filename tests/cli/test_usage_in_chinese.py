"""Is what a command says of a wrong command line in Chinese, whoever writes it?"""

from __future__ import annotations

from importlib import import_module
from inspect import getsource

import pytest
from click.testing import CliRunner

from diagnose.cli import click_words, main


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("check --foo", "没有选项 '--foo'。（是否指其中之一：'--from', '--log'？）"),
        ("chec", "没有命令 'chec'。"),
        ("diff", "缺少参数 'BEFORE'"),
        ("render /", "/ 是目录，不是报告。"),
        ("probe --patience 99", "'--patience' 的取值无效：99.0 超出范围 0.1<=x<=60。"),
        ("check --only foo", "环境变量：'EMR_DIAGNOSE_ONLY') 的取值无效：'foo' 不在可选值"),
        ("check --verbose=1", "选项 '--verbose' 不带值。"),
        ("check --from", "选项 '--from' 需要一个值。"),
        ("schema check plan", "多余的参数：plan"),
        ("check --format=", "--format 需要一个值"),
        ("check --format foo", "--format 'foo' 不在可选值之中：terminal, json"),
        ("check -o a.xml -o a.xml", "两个输出都写到 a.xml"),
        ("check --format json --format html", "只有一个 --format 可以写到标准输出"),
        ("check --format json -o a.html", "-o a.html 的文件名属于另一种格式（html），不是 json"),
        ("probe -o a.sarif", "-o a.sarif：该命令没有 sarif 格式"),
        ("check --log - --log -", "--log：标准输入只能读一次"),
        ("check --log /", "--log：/ 不是普通文件"),
        ("check pyproject.toml --from 999", "--from：'999' 不是 IP 地址或 CIDR"),
        ("probe tcp://127.0.0.1:1 --source abc", "--source：'abc' 不是数字形式的 IP 地址"),
        ("kerberos pyproject.toml --dns-server x", "--dns-server：'x' 不是 DNS 服务器的地址"),
    ],
)
def test_a_wrong_line_is_told_in_chinese(line: str, told: str) -> None:
    result = CliRunner().invoke(main, ["--lang", "zh", *line.split()])

    assert result.exit_code == 2
    assert told in result.output
    assert "错误：" in result.output
    assert "Error" not in result.output
    assert "Try " not in result.output


def test_english_stays_as_click_writes_it() -> None:
    output = CliRunner().invoke(main, ["check", "--foo"]).output

    assert "Try 'emr-diagnose check --help' for help.\n" in output.replace("main ", "emr-diagnose ")
    assert "Error: No such option '--foo'." in output


def test_click_still_looks_its_words_up_by_these_names() -> None:
    """A version of click that does not would write English."""
    sources = [getsource(import_module(name)) for name in click_words.MODULES]

    assert all("gettext as _" in source for source in sources)
    assert [word for word in click_words.WORDS if not any(f'"{word}"' in source for source in sources)] == []
