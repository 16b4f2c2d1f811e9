"""Which rule checks which sentence of the registration page? `page` is docs/registration.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from diagnose import data
from diagnose.registration.model import Rule
from diagnose.registration.rules import rules
from diagnose.report.rule_words import STAGES
from probes.frozen import frozen

HEAD = """\
# The registration page, rule by rule

Each sentence of the registration page of DataWorks (2026-03-27) that states a rule, in our words,
beside the id of the rule that `emr-diagnose preflight` checks. `preflight CASE --details` says for
each rule whether a case keeps it, why, and what would decide it. This page is made by `make pages`
from `diagnose/data/registration_page.toml` and `diagnose/data/registration.toml`.

The page leads to others. What they add stands below its sentences, with the page that states it.
"""

OTHERS = """
## Rules of other pages

| rule | what it asks | stated by |
|---|---|---|
"""

BEYOND = """
## What no case can tell

| sentence | why, and where to look |
|---|---|
"""

PEOPLE = """
## What a person must say

A case that holds nothing but answers of the APIs, as `collect aliyun://` writes it, decides every rule
but these. What decides them stands in case.toml.

| rule | why no answer decides it |
|---|---|
"""

PARTLY = """
These are decided by answers as far as they go:

| rule | what no answer decides |
|---|---|
"""

DETAILS = """
## The rules

| rule | what it asks | else fails | decided by | codes |
|---|---|---|---|---|
"""


@frozen
class Sentence:
    """A sentence of the registration page that states a rule."""

    section: str
    """Part of the page."""
    text: str
    """What it asks, in our words."""
    rules: tuple[str, ...]
    """Ids of the rules that check it."""
    beyond: str
    """Why no case can tell, and what to look at instead. "" if it is checked."""


def sentences() -> tuple[Sentence, ...]:
    """Return the sentences, in the order of the page."""
    return tuple(
        Sentence(row["section"], row["text"], tuple(row.get("rules", ())), row.get("beyond", ""))
        for row in data.table("registration_page")["sentence"]
    )


def page() -> str:
    """Return the whole page."""
    told, known = sentences(), rules()
    return "".join([HEAD, *_sentences(told), *_others(told, known), *_beyond(told), *_people(), *_rules(known)])


def _sentences(told: Sequence[Sentence]) -> Iterator[str]:
    for section, group in groupby((each for each in told if not each.beyond), key=lambda each: each.section):
        yield f"\n## {section}\n\n| the page asks | rule |\n|---|---|\n"
        for each in group:
            yield f"| {_cell(each.text)} | {', '.join(f'`{name}`' for name in each.rules)} |\n"


def _others(told: Sequence[Sentence], known: Sequence[Rule]) -> Iterator[str]:
    said = {name for each in told for name in each.rules}
    others = [rule for rule in known if rule.id not in said]
    if others:
        yield OTHERS
    for rule in others:
        titles = "; ".join(source.title for source in rule.sources)
        yield f"| `{rule.id}` | {_cell(rule.text)} | {_cell(titles)} |\n"


def _beyond(told: Sequence[Sentence]) -> Iterator[str]:
    yield BEYOND
    for each in told:
        if each.beyond:
            yield f"| {_cell(each.text)} | {_cell(each.beyond)} |\n"


def _people() -> Iterator[str]:
    table = data.table("registration")["rule"]
    for head, key in ((PEOPLE, "person"), (PARTLY, "partly")):
        yield head
        yield from (f"| `{name}` | {_cell(row[key])} |\n" for name, row in table.items() if key in row)


def _rules(known: Sequence[Rule]) -> Iterator[str]:
    yield DETAILS
    for rule in known:
        inputs = ", ".join(_cell(each) for each in rule.inputs)
        codes = ", ".join(map(_linked, rule.codes))
        yield f"| `{rule.id}` | {_cell(rule.text)} | {STAGES[rule.stage]} | {inputs} | {codes} |\n"


def _linked(code: str) -> str:
    return f"[{code}](findings/en/{code}.md)"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("[", "\\[").replace("*", "\\*")


if __name__ == "__main__":
    sys.stdout.write(page())
