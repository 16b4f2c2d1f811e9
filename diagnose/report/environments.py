"""How are the reports of two environments of a standard workspace one report, and two again?

The report of the first one holds that of the other as its `twin`. So whatever an entry is about
stands in the report of its case, and ids of flows and ranks of findings are unique there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from diagnose.output.sentences import capital
from diagnose.report.model import STATUS, Report, Status
from probes.language import marked, tr

ENVIRONMENTS: Mapping[str, str] = {"dev": marked("development"), "prod": marked("production")}
"""Environment of a standard workspace -> its words."""

PRECEDENCE = (2, 130, 4, 1, 3, 0)
"""Exit codes. Of several the first one is that of the whole."""


def paired(first: Report, second: Report) -> Report:
    """Return one report of two environments, with the exit code of both."""
    code = min((first.exit_code, second.exit_code), key=PRECEDENCE.index)
    decides = first if code == first.exit_code else second
    status = decides.status if code else _of_two(first, second)
    return msgspec.structs.replace(first, twin=second, exit_code=code, status=status, exit_code_alone=first.exit_code)


def parts(report: Report) -> list[Report]:
    """Return the report of each environment alone. A report of one case is its only part."""
    if report.twin is None or report.exit_code_alone is None:
        return [report]
    code = report.exit_code_alone
    is_waived = code == 0 and any(each.waived is not None and each.severity == "error" for each in report.findings)
    status: Status = "waived" if is_waived else STATUS[code]
    alone = msgspec.structs.replace(report, twin=None, exit_code=code, status=status, exit_code_alone=None)
    return [alone, report.twin]


def deciding(report: Report) -> Report:
    """Return the part whose exit code is that of the whole. If both are, the first."""
    return next((part for part in parts(report) if part.exit_code == report.exit_code), report)


def environment_and_case(report: Report) -> str:
    """Return the environment and the case of a part: 'Development: emr-dev'."""
    environment = tr(ENVIRONMENTS[report.environment or "dev"])
    return tr("{name}: {text}", name=capital(environment), text=report.case.name)


def _of_two(first: Report, second: Report) -> Status:
    return "waived" if "waived" in (first.status, second.status) else "pass"
