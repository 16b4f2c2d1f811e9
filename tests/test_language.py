"""Is every sentence there in both languages, with the same values?"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import click
import jinja2.nodes
from lxml import html

from diagnose.cli import COMMANDS, main
from diagnose.cli.help_text import sentences as sentences_of_help
from diagnose.data.zh import sentences, table_of, tables
from probes.language import language, tidy, tr, use
from tests.support.places import PROJECT

CHINESE = re.compile("[\u4e00-\u9fff：；、，。（]")
"""An ideograph, or a full stop, comma or bracket of Chinese text."""

PAGES = PROJECT / "diagnose/report/html"
DATA = PROJECT / "diagnose/data"
TRANSLATED: Mapping[str, Mapping[str, str]] = {
    "components": {"why": "diagnose/flows"},
    "java": {"name": "diagnose/scene/java.py", "onward": "diagnose/scene/java.py", "until": "diagnose/scene/java.py"},
    "messages": {"printed_by": "diagnose/report/explain_message.py"},
    "registration": dict.fromkeys(("text", "settle", "what", "why"), "diagnose/registration/rules.py"),
}
"""Table of `diagnose/data` -> each field whose texts `tr` translates, and the module that does."""

KEPT: Mapping[str, Mapping[str, str]] = {
    "clients": {
        "title": "name of a source",
        "text": "what a program prints",
        "also": "what a program prints",
        "what": "read by no page",
    },
    "components": {"title": "name of a source"},
    "exporter": {"title": "name of a source"},
    "exports": {"command": "what a shell runs"},
    "host_files": {"commands": "what a shell runs"},
    "java": {"title": "name of a source", "no_types": "what a program prints"},
    "messages": dict.fromkeys(("hint", "pattern", "example", "within", "unless"), "what a program prints"),
    "registration": dict.fromkeys(("person", "partly"), "docs/registration.md is in English"),
    "registration_page": dict.fromkeys(("section", "text", "beyond"), "docs/registration.md is in English"),
    "service_login": {"text": "what a service prints"},
    "setting_values": {"said": "what a program prints", "source": "read by no page"},
    "redaction": {"title": "name of a source", "region": "what is searched for"},
    "secrets": {
        "title": "name of a source",
        "authority": "read by no page",
        "name": "read by no page",
        "command": "what is searched for",
        "options": "what is searched for",
        "patterns": "what is searched for",
        "pattern": "what is searched for",
    },
}
"""The same for each field whose texts stay as they are, and why."""

PROSE = re.compile(r"(?<![\w./-])[a-z]{2,}(?![\w./-])")
"""An English word that is no part of a name. A text of three is a sentence."""

CALLS = ("tr", "marked")
"""Functions whose first argument, if it is a literal, is a sentence."""


def templates() -> Mapping[str, str]:
    """Return each English sentence of the code, and one place where it stands."""
    files = (file for package in ("probes", "diagnose") for file in sorted((PROJECT / package).rglob("*.py")))
    found = [pair for file in files for pair in _templates_of(file)]
    return dict([*found, *_templates_of_the_page(), *_templates_of_the_data(), *_templates_of_the_help()])


def _templates_of(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            (template, *_) = node.args
            if isinstance(template, ast.Constant):
                assert isinstance(template.value, str)
                yield template.value, f"{file.relative_to(PROJECT)}:{node.lineno}"
            else:
                is_constant = node.func.id == "tr" and not isinstance(template, ast.JoinedStr)
                assert is_constant, f"{file}:{node.lineno}: a sentence with values is a template: tr('{{name}} …')"


def _templates_of_the_page() -> Iterator[tuple[str, str]]:
    """Yield each sentence that the Jinja templates of the HTML page translate."""
    for file, page in _pages():
        for call in page.find_all(jinja2.nodes.Call):
            if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "tr":
                (template,) = call.args
                if isinstance(template, jinja2.nodes.Const):
                    yield template.value, f"{file.relative_to(PROJECT)}:{call.lineno}"


def _templates_of_the_help() -> Iterator[tuple[str, str]]:
    """Yield each sentence of the commands' help."""
    context = click.Context(main)
    words = ("Options", "Commands", "Output", "Formats", "Show this message and exit.")
    yield from ((text, "click") for text in words)
    yield from ((text, f"cli: {name}") for name, text in COMMANDS.items())
    commands = {name: main.get_command(context, name) for name in COMMANDS}
    below = [("case init", command) for command in getattr(commands["case"], "commands", {}).values()]
    for name, command in [("emr-diagnose", main), *commands.items(), *below]:
        assert isinstance(command, click.Command)
        yield from ((text, name) for text in sentences_of_help(inspect.cleandoc(command.help or "")))
        yield from ((help_, name) for option in command.params if (help_ := getattr(option, "help", None)))
        yield from ((text, name) for text in getattr(command, "formats", {}).values())


def _templates_of_the_data() -> Iterator[tuple[str, str]]:
    """Yield each text of the tables of facts that is translated."""
    for table, fields in TRANSLATED.items():
        for field, text in _texts(tomllib.loads((DATA / f"{table}.toml").read_text("utf-8")), ""):
            if field in fields:
                yield text, f"{table}.toml: {field}"


def _texts(value: object, field: str) -> Iterator[tuple[str, str]]:
    """Yield each text of a table, with the key that it stands under."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, field)


def _pages() -> Iterator[tuple[Path, jinja2.nodes.Template]]:
    for file in sorted(PAGES.glob("*.j2")):
        yield file, jinja2.Environment(autoescape=True).parse(file.read_text("utf-8"))


def names_in(template: str) -> set[str]:
    return {name.partition(".")[0].partition("[")[0] for _, name, _, _ in Formatter().parse(template) if name}


def test_every_sentence_has_a_chinese_one() -> None:
    spoken = sentences()
    assert {template: place for template, place in templates().items() if template not in spoken} == {}


def test_every_chinese_sentence_is_used_and_stands_once() -> None:
    known = templates()
    counted = Counter(english for table in tables().values() for english in table)

    assert [english for english in counted if english not in known] == []
    assert [english for english, times in counted.items() if times > 1] == []


def test_a_table_of_sentences_is_read_as_tomllib_reads_it() -> None:
    # tomllib refuses a sentence that stands twice in one table
    for name, read in tables().items():
        assert read == tomllib.loads((PROJECT / f"diagnose/data/zh/{name}.toml").read_text("utf-8"))
    for row in (
        '" and " = " 和 "',
        '"a # b" = "甲"',
        '"a" = "甲" # "b" = "乙"',
        '"a" = "甲" # "',
        '\'a "b" c\' = "甲"',
        r'"a\"b" = "甲\n乙"',
        r'"a\" = \"b" = "甲"',
        """"a" = '甲'""",
        '  "a"   =   "甲"  ',
        "a = '甲'",
    ):
        assert table_of(f"# head\n\n{row}\n") == tomllib.loads(row)


def test_every_sentence_of_the_data_is_translated_or_kept_for_a_reason() -> None:
    for file in sorted(DATA.glob("*.toml")):
        known = {**TRANSLATED.get(file.stem, {}), **KEPT.get(file.stem, {})}
        texts = list(_texts(tomllib.loads(file.read_text("utf-8")), ""))
        spoken = {field for field, text in texts if len(PROSE.findall(text)) > 2}

        assert spoken - known.keys() == set(), file.name
        assert known.keys() - {field for field, _ in texts} == set(), file.name


def test_the_page_has_no_words_of_its_own() -> None:
    written = "".join(data.data for _, page in _pages() for data in page.find_all(jinja2.nodes.TemplateData))
    page: Any = html.document_fromstring(written)
    spoken = [page.get(name, "") for page in page.iter() for name in ("aria-label", "title", "alt", "placeholder")]

    assert re.findall(r"[^\W\d_]+", " ".join([page.text_content(), *spoken])) == []


def test_the_script_of_the_page_takes_its_words_from_the_page() -> None:
    script = (PAGES / "page.js").read_text("utf-8")

    assert re.findall(r"""["'`][A-Z][a-z ]+|[a-z]+\.["'`]""", script) == []


def test_each_sentence_of_the_page_gets_its_values() -> None:
    for call in (call for _, page in _pages() for call in page.find_all(jinja2.nodes.Call)):
        if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "tr":
            (template,) = call.args
            given = {value.key for value in call.kwargs}
            if given:
                assert isinstance(template, jinja2.nodes.Const)
                assert given == names_in(template.value)


def test_a_translation_has_the_same_values() -> None:
    for english, chinese in sentences().items():
        optional = {name for name in names_in(english) if name == "s" or name.endswith("_en")}
        assert names_in(chinese) - names_in(english) == set(), english
        assert names_in(english) - names_in(chinese) - optional == set(), english


def test_a_translation_is_chinese() -> None:
    for english, chinese in sentences().items():
        assert chinese.strip(), english
        assert chinese == english or CHINESE.search(chinese), english


def test_a_space_stands_between_latin_and_chinese_and_not_at_a_full_width_sign() -> None:
    sign = "[，。；：、（）？]"
    for chinese in sentences().values():
        assert re.search(f"{sign} | {sign}", chinese) is None, chinese
        assert re.search("[A-Za-z0-9][\u4e00-\u9fff]|[\u4e00-\u9fff][A-Za-z0-9]", chinese) is None, chinese


def test_values_are_put_into_the_sentence_of_the_language() -> None:
    use("zh", {"{who} refuses": "{who} 拒绝", "done {": "完成 {"})

    assert language() == "zh"
    assert tr("{who} refuses", who="master-1-1") == "master-1-1 拒绝"
    assert tr("done {") == "完成 {"  # no values: nothing is formatted
    assert tr("{who} is not translated", who="x") == "x is not translated"


def test_a_blank_stands_only_between_chinese_and_latin_text() -> None:
    assert tidy("a、b 等 6 个 在该状态下 无法应答") == "a、b 等 6 个在该状态下无法应答"
    assert tidy("把 krb5.conf:5 改为 “# 主 KDC 在这里”。") == "把 krb5.conf:5 改为“# 主 KDC 在这里”。"
