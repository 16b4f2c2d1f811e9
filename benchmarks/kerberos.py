"""Which tool names the cause of a Kerberos fault, and how long does it take?

`emr-diagnose check`, MIT's `kinit -k` with KRB5_TRACE and Hadoop's KDiag stand on the same host, in
front of the same real KDC, with the same krb5.conf, Hadoop files and keytab. They are whole
processes that take turns. `check` reads more: the answers of the ECS API, which are part of its
case.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import startup
from benchmarks.handshakes import SECONDS_TO_ANSWER
from benchmarks.kerberos_rows import ROWS, USER, Counts, KerberosRow
from tests.lab.cases import full_name
from tests.lab.clients.kdiag import LOGGING
from tests.lab.clients.kdiag import command as kdiag
from tests.lab.kdc_making import Place
from tests.lab.netns import CLUSTER, RG
from tests.lab.scene import Lab, lab
from tests.support.needs import LAB_NETWORK, MIT_KDC, classpath, is_met

OURS: Final = "emr-diagnose check"
KINIT: Final = "kinit -k, KRB5_TRACE"
KDIAG: Final = "Hadoop's KDiag"
TOOLS: Final = (OURS, KINIT, KDIAG)

NEEDS: Final = (*LAB_NETWORK, *MIT_KDC, "kinit", "faketime", "java", "hadoop-jars")
"""As in tests/support/needs.py."""

SERVICES: Final = ("hdfs", "hive", "yarn", "mapred", "HTTP")
"""Of each host. `check` asks the KDC for tickets to those that the Hadoop files name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one tool made of one row."""

    right: bool
    """It named the fault in each turn, or was content in each if there is none."""
    seconds: float
    """Of the whole process, median of the turns."""
    said: str
    """Code of the first finding, or "exit N" of a peer, in the last turn."""
    outputs: tuple[str, ...] = field(default=(), repr=False)
    """All that it wrote, turn by turn."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One row of the table."""

    row: KerberosRow
    verdicts: Mapping[str, Verdict]
    """One for each of TOOLS."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A row that is arranged in a lab."""

    lab: Lab
    row: KerberosRow
    case: Path
    """Directory of the case."""
    keytab: Path
    principal: str
    """Who logs in."""
    scratch: Path
    """Directory with log4j.properties."""


@dataclass(frozen=True, slots=True)
class KerberosRun:
    """One process."""

    exit_code: int
    seconds: float
    output: str
    """Of peers, both streams."""
    first: str | None = None
    """Code of the first finding of ours. None if there is none, and for peers."""


def available() -> bool:
    """Return True if this machine can make the lab, and has kinit and KDiag."""
    return all(is_met(need) for need in NEEDS)


def measure(rows: Sequence[KerberosRow] = ROWS, turns: int = 1) -> Iterator[Judged]:
    """Yield each row when it is measured. LabError if no namespace can be made."""
    startup.compile_ours()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "lab").mkdir()
        (directory / "log4j.properties").write_text(LOGGING, encoding="utf-8")
        with lab(directory / "lab") as built:
            built.kdc.admin(
                *(f"addprinc -randkey {service}/{full_name(role)}" for role in CLUSTER for service in SERVICES)
            )
            for number, row in enumerate(rows):
                yield _judge(built, row, number, directory, turns)


def _judge(built: Lab, row: KerberosRow, number: int, directory: Path, turns: int) -> Judged:
    """Arrange a row, ask all tools in turns, and take the fault back."""
    own = directory / f"row-{number}"
    own.mkdir()
    with ExitStack() as undo:
        undo.callback(built.reset)
        principal, keytab = _login(built, row, number, own)
        case = row.fault.arrange(Place(built, undo, own))
        built.enforce(case.documents.values())
        stage = Stage(built, row, case.write(own / "case"), keytab, principal, directory)
        rounds: list[dict[str, KerberosRun]] = []
        for turn in range(turns):
            first = (number + turn) % len(TOOLS)
            order = (*TOOLS[first:], *TOOLS[:first])
            rounds.append({tool: _run(stage, tool) for tool in order})
    return Judged(row, {tool: verdict(row, tool, [each[tool] for each in rounds]) for tool in TOOLS})


def _login(built: Lab, row: KerberosRow, number: int, directory: Path) -> tuple[str, Path]:
    """Return the principal of a row and its keytab."""
    keytab = directory / "client.keytab"
    if row.account is None:
        built.kdc.keytab(keytab, USER)
        return row.principal, keytab
    name = f"user{number}"
    built.kdc.admin(f"addprinc {row.account.options} {name}")
    built.kdc.keytab(keytab, name)
    if row.account.then:
        built.kdc.admin(row.account.then.format(name))
    return f"{name}@{built.kdc.realm}", keytab


def _run(stage: Stage, tool: str) -> KerberosRun:
    """Run one process to its end."""
    began = time.monotonic()
    if tool == OURS:
        done = stage.lab.check(
            stage.case, "--format", "json", "--keytab", str(stage.keytab), "--principal", stage.principal
        )
        seconds = time.monotonic() - began
        findings = json.loads(done.stdout)["findings"]
        return KerberosRun(done.returncode, seconds, done.stdout, findings[0]["code"] if findings else None)
    done = stage.lab.host(RG).run(*_peer(stage, tool), env=_environment(stage), seconds=SECONDS_TO_ANSWER)
    return KerberosRun(done.returncode, time.monotonic() - began, done.stdout + done.stderr)


def _peer(stage: Stage, tool: str) -> tuple[str, ...]:
    if tool == KINIT:
        return ("kinit", "-k", "-t", str(stage.keytab), stage.principal)
    path = f"{stage.case}:{stage.scratch}:{classpath('hadoop')}"
    return kdiag(stage.case / "krb5.conf", path, stage.keytab, stage.principal)


def _environment(stage: Stage) -> dict[str, str]:
    return {
        "KRB5_CONFIG": str(stage.case / "krb5.conf"),
        "KRB5_TRACE": "/dev/stderr",
        "KRB5CCNAME": f"FILE:{stage.case.with_name('cache')}",
        "LC_ALL": "C",
    }


def verdict(row: KerberosRow, tool: str, runs: Sequence[KerberosRun]) -> Verdict:
    """Judge the runs of one tool. It must be right in each."""
    said = (runs[-1].first or "nothing") if tool == OURS else f"exit {runs[-1].exit_code}"
    return Verdict(
        all(_is_right(row, tool, run) for run in runs),
        median(run.seconds for run in runs),
        said,
        tuple(run.output for run in runs),
    )


def _is_right(row: KerberosRow, tool: str, run: KerberosRun) -> bool:
    if tool == OURS:
        return (run.first, run.exit_code) == (row.fault.code, row.fault.exit_code)
    if row.fault.code is None:
        return run.exit_code == 0 and not any(_counts(each, tool).names_it(run.output) for each in ROWS)
    return _counts(row, tool).names_it(run.output)


def _counts(row: KerberosRow, tool: str) -> Counts:
    return row.kinit if tool == KINIT else row.kdiag


def shared(judged: Sequence[Judged], tool: str) -> list[str]:
    """Return the faults that a tool named by words that it also wrote for another cause.

    A code of ours is one cause, so none of ours is shared.
    """
    return [] if tool == OURS else [each.row.name for each in judged if _is_shared(judged, each, tool)]


def _is_shared(judged: Sequence[Judged], named: Judged, tool: str) -> bool:
    if named.row.fault.code is None or not named.verdicts[tool].right:
        return False
    counts = _counts(named.row, tool)
    return any(
        counts.names_it(output)
        for other in judged
        if other.row.fault.code != named.row.fault.code
        for output in other.verdicts[tool].outputs
    )
