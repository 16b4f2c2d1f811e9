"""Is the whole answer of a case still what it was when somebody last read it?

A test of a situation says what matters in it. Beside that, the answer as a whole is kept in one
line: exit code, what became of the connections, each finding with how sure it is, what undoing it
changes, the rules and edits, and how clients fare. Sentences are not part of it.

`GOLDEN=accept` writes the lines anew. Each line that changes has to be defended.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from diagnose.report.finding_model import FindingFacts
from diagnose.report.model import ClientFacts, Report
from tests.support.places import GOLDEN

ANSWERS: Final = GOLDEN / "answers"
"""One file a test module: a line each for the reports that its tests make."""

_asked: Counter[str] = Counter()


def require_known(report: Report) -> None:
    """Compare the answer with the one that is kept for the running test and the place in it."""
    running = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    module, _, test = running.partition("::")
    _asked[running] += 1
    name = f"{test.encode('unicode_escape').decode()} #{_asked[running]}"
    file = ANSWERS / f"{Path(module).stem}.txt"
    if os.environ.get("GOLDEN") == "accept":
        _keep(file, name, answer(report))
    else:
        assert (name, answer(report)) == (name, _kept(file).get(name))


def answer(report: Report) -> str:
    """Return the whole answer in one line."""
    verdicts = Counter(f"{flow.need} {flow.verdict}" for flow in report.flows)
    parts = [
        f"exit {report.exit_code}",
        ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "no connection",
        *map(_finding, report.findings),
        *(f"client {_client(client)}" for client in report.clients),
        f"not checked {len(report.skipped)}",
    ]
    for number, finding in enumerate(report.findings, 1):
        rules = [rule for rule in report.suggested_rules if rule.finding.rank == finding.rank]
        edits = [edit for edit in report.suggested_edits if edit.finding.rank == finding.rank]
        parts += [
            f"rule {number}.{rule.option} {rule.security_group_id} {rule.direction} {rule.ip_protocol} "
            f"{rule.port_range} {rule.source_cidr_ip or rule.dest_cidr_ip} priority {rule.priority}"
            for rule in rules
        ]
        parts += [
            f"edit {number}.{edit.option} {edit.object} {edit.id}: {edit.before!r} -> {edit.after!r}" for edit in edits
        ]
    return " | ".join(part for part in parts if part)


def _finding(finding: FindingFacts) -> str:
    undone = finding.undone
    parts = [
        f"{finding.code} {finding.severity} {finding.confidence} of {len(finding.flows)}",
        str(finding.params.get("cause") or ""),
        "" if finding.settle_by is None else "to settle",
        f"excludes {' '.join(each.code for each in finding.excluded)}" if finding.excluded else "",
    ]
    if undone is not None:
        remains = "not asked" if undone.remains is None else " ".join(undone.remains) or "nothing"
        helps = " ".join(["with others"] * undone.needs_others + [str(len(undone.repairs)), *undone.clients])
        helps += f", frees {len(undone.unclear)}" if undone.unclear else ""
        parts.append(f"undone repairs {helps}, remains {remains}")
    return ", ".join(filter(None, parts))


def _client(client: ClientFacts) -> str:
    seconds = "" if client.seconds is None else f" {client.seconds:.0f} s"
    return " ".join(filter(None, (client.family, client.releases, client.exchange, f"{client.works}{seconds}")))


@cache
def _kept(file: Path) -> dict[str, str]:
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {name: said for name, _, said in (line.partition("\t") for line in lines)}


def _keep(file: Path, name: str, said: str) -> None:
    file.parent.mkdir(exist_ok=True)
    lines = {**_kept(file), name: said}
    _kept(file)[name] = said
    file.write_text("".join(f"{key}\t{lines[key]}\n" for key in sorted(lines)), "utf-8")
