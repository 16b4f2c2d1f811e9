"""Which values of a case.toml are not allowed for their key?

A value that no rule knows is refused, so that a typing mistake passes no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import UNSET

from diagnose.case.blocks import block_of, is_forgotten_prefix
from diagnose.case.casetoml_tables import CaseTables, NetworkTable, VSwitchTable
from diagnose.case.times import NEVER, busy_span, local_time, moment
from diagnose.case.tomllines import Step
from probes.addresses import V6, parse, parse_address
from probes.language import tr

MODES = ("basic", "standard")
"""What `mode` of [workspace] may be."""

ENVIRONMENTS = ("dev", "prod")
"""What `environment` of [workspace] may be."""

WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cluster", "deploy_mode"): ("HA", "NORMAL"),
    ("cluster", "security_mode"): ("KERBEROS", "NORMAL"),
    ("cluster", "metadata"): ("DLF", "RDS", "LOCAL"),
    ("registration", "operator"): ("account", "ram-user", "ram-role"),
    ("registration", "default_access_identity"): ("hadoop", "task-executor", "task-owner", "account", "ram-user"),
}
"""What a key of a table may be, in any case of letters."""

ENGINES = (
    *("hive", "spark", "spark-thrift", "mapreduce", "presto", "trino"),
    *("kyuubi", "impala", "hbase", "tez", "flink"),
)
"""What `engines` of [registration] may name."""

SAME_ENGINE = {"mr": "mapreduce", "spark sql": "spark", "spark-sql": "spark", "sparksql": "spark"}
"""Other words for an engine, as the node types of DataWorks have them -> the engine."""


class Mistake(NamedTuple):
    """One value that is not allowed for its key."""

    path: tuple[Step, ...]
    """Where it stands: keys, and indexes of lists from 0 on."""
    found: str
    """What stands there."""
    expected: str
    """What may stand there."""


def mistakes(tables: CaseTables) -> Iterator[Mistake]:
    """Yield each value that is not allowed for its key."""
    yield from _addresses(tables)
    yield from _times(tables)
    yield from _workspace(tables)
    yield from _words(tables)
    yield from _engines(tables)


def engine(text: str) -> str:
    """Return the engine that one text of `engines` names."""
    word = text.strip().lower()
    return SAME_ENGINE.get(word, word)


def _addresses(tables: CaseTables) -> Iterator[Mistake]:
    for index, node in enumerate(tables.cluster.nodes):
        if node.address is not UNSET:
            try:
                parse_address(node.address)
            except ValueError:
                yield Mistake(("cluster", "nodes", index, "address"), repr(node.address), tr("one IP address"))
    yield from _blocks(("resource_group", "networks"), tables.resource_group.networks)
    yield from _blocks(("vswitches",), tables.vswitches)


def _blocks(table: tuple[Step, ...], given: Sequence[NetworkTable | VSwitchTable]) -> Iterator[Mistake]:
    for index, each in enumerate(given):
        for field, text, low, high in (
            ("cidr", each.cidr, 0, V6 - 1),
            ("ipv6_cidr", each.ipv6_cidr, V6, V6 + (1 << 128)),
        ):
            if isinstance(text, str):
                yield from _block((*table, index, field), text, low, high)


def _block(path: tuple[Step, ...], text: str, low: int, high: int) -> Iterator[Mistake]:
    """Yield what is wrong with one block, whose addresses must lie between `low` and `high`."""
    try:
        first = parse(text)[0]
    except ValueError:
        yield Mistake(path, repr(text), tr("a CIDR such as 192.168.10.0/24"))
        return
    try:
        block_of(text)
    except ValueError:
        yield Mistake(path, tr("{text}, larger than any VPC", text=text), tr("the CIDR of a vSwitch"))
        return
    if is_forgotten_prefix(text):
        yield Mistake(
            path,
            tr("{text}, one address that no host has", text=text),
            tr("{text}/24, or the prefix of the vSwitch", text=text),
        )
    if not low <= first <= high:
        found = tr("{found} for {field}", found=text, field=path[-1])
        yield Mistake(path, found, tr("a block of the other address family"))


def _times(tables: CaseTables) -> Iterator[Mistake]:
    cluster, workspace, form = tables.cluster, tables.workspace, tables.registration
    when = tr("a time such as 2026-11-01T08:00:00Z")
    if isinstance(cluster.changed_at, str) and moment(cluster.changed_at) is None:
        yield Mistake(("cluster", "changed_at"), repr(cluster.changed_at), when)
    at = form.initialized_at
    if isinstance(at, str) and at != NEVER and moment(at) is None:
        yield Mistake(("registration", "initialized_at"), repr(at), tr('{time}, or "never"', time=when))
    planned = form.initialize_at
    if isinstance(planned, str) and local_time(planned) is None:
        expected = tr("a local time without zone, such as 2026-12-01T03:00:00")
        yield Mistake(("registration", "initialize_at"), repr(planned), expected)
    for index, text in enumerate(() if workspace.busy_hours is UNSET else workspace.busy_hours):
        if busy_span(text) is None:
            yield Mistake(("workspace", "busy_hours", index), repr(text), tr("hours such as 08:00-20:00"))


def _workspace(tables: CaseTables) -> Iterator[Mistake]:
    mode = tables.workspace.mode
    if mode is not UNSET and mode.strip().lower() not in MODES:
        yield Mistake(("workspace", "mode"), repr(mode), _one_of(MODES))
    environment = tables.workspace.environment
    if environment is not UNSET and environment not in ENVIRONMENTS:
        yield Mistake(("workspace", "environment"), repr(environment), _one_of(ENVIRONMENTS))


def _words(tables: CaseTables) -> Iterator[Mistake]:
    """Yield each word that rules do not know. A blank text in [cluster] says nothing."""
    for (table, key), words in WORDS.items():
        word = getattr(getattr(tables, table), key)
        if word is UNSET or (table == "cluster" and not word.strip()):
            continue
        if word.strip().lower() not in {known.lower() for known in words}:
            yield Mistake((table, key), repr(word), _one_of(words))


def _engines(tables: CaseTables) -> Iterator[Mistake]:
    engines = tables.registration.engines
    for index, text in enumerate(() if engines is UNSET else engines):
        if engine(text) not in ENGINES:
            yield Mistake(("registration", "engines", index), repr(text), _one_of(ENGINES))


def _one_of(words: Sequence[str]) -> str:
    return tr("one of {keys}", keys=", ".join(words))
