"""Does docs/case.md name every file, every answer and every key that a case may have?"""

from __future__ import annotations

import re

import pytest
from msgspec import Struct

from diagnose.case import casetoml, tree
from diagnose.case.api import documents
from diagnose.case.casetoml import CaseToml
from diagnose.case.recognise import PROPERTY_FILES, XML_FILES
from diagnose.case.settings import ENGINE_FILES, SHELL_FILE
from tests.support.places import PROJECT

PAGE = (PROJECT / "docs" / "case.md").read_text("utf-8")

TABLES: dict[str, type[Struct]] = {
    "[cluster]": casetoml.ClusterTable,
    "[[cluster.nodes]]": casetoml.NodeTable,
    "[resource_group]": casetoml.ResourceGroupTable,
    "[[resource_group.networks]]": casetoml.NetworkTable,
    "[[vswitches]]": casetoml.VSwitchTable,
    "[workspace]": casetoml.WorkspaceTable,
    "[registration]": casetoml.RegistrationTable,
}


def keys_on_the_page(table: str) -> set[str]:
    """Return the keys that the rows of one table of case.toml name."""
    rows = [row.split("|")[1] for row in PAGE.splitlines() if row.startswith(f"| `{table}` ")]
    return {key for row in rows for key in re.findall(r"`([a-z0-9_]+)`", row)}


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_case_toml_is_on_the_page(table: str) -> None:
    nested = {"nodes", "networks"}
    assert keys_on_the_page(table) == set(TABLES[table].__struct_fields__) - nested


@pytest.mark.parametrize("name", [*XML_FILES, *PROPERTY_FILES, *ENGINE_FILES, SHELL_FILE, "krb5.conf", "hosts"])
def test_every_file_of_the_cluster_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_answer_is_on_the_page_with_a_call_of_the_same_name() -> None:
    rows = re.findall(r"^\| ([a-z-]+):(\w+) \| `aliyun ([a-z-]+) (\w+)\b", PAGE, re.MULTILINE)
    assert all((product, action) == (called, name) for product, action, called, name in rows)
    assert {f"{product}:{action}" for product, action, _, _ in rows} == set(documents.KINDS)


def test_the_example_is_a_case_toml_that_is_read() -> None:
    example = PAGE.partition("```toml\n")[2].partition("```")[0]
    assert CaseToml("case.toml", example.encode()).tables.cluster.nodes[0].name == "master-1-1"


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"| one file | {tree.MAX_FILE >> 20} MiB;" in PAGE
    whole = f"{tree.MAX_TOTAL >> 20} MiB, {tree.MAX_FILES:,} files, {tree.MAX_ENTRIES:,} entries"
    assert f"| {whole}, {tree.MAX_DEPTH} directories deep |" in PAGE
