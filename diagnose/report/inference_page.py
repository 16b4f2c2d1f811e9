"""How is the inference table written as a page? docs/inference.md is what `page` gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from diagnose.findings.network.inference import COLUMNS, CONTRADICTIONS, TABLE, Row

HEAD = """\
# How a cause is inferred

For each flow the facts below are laid side by side, and the first row that admits them decides. An empty cell admits everything. The rows are those of
`diagnose/findings/network/inference.py`; this page is made from them (`python -m diagnose.report.inference_page`), and a test holds the two together.

- **seen**: what the probe saw. **configured**: security groups, network ACLs and routes at the address that sent. **beside**: the KDC's other transport,
  another flow to the same host, or the ICMP errors that other connections to the same network met.
- **arrived, listening, filtered, translated**: the far side's own records, where the case has them: the KDC's log, `ss`, its packet filter; else `unknown`.
  That a log lacks a request counts only where the same log has the check's own question over the other transport.
- `configuration` in place of a code: the denying layer, or what is missing of it, names the cause. DOWN and BIND are KDC-DOWN and KDC-BIND for a KDC, SVC-DOWN
  and SVC-BIND for any other service; HALF is KDC-UDP-OFF or KDC-TCP-OFF.
- Confidence `vantage`: proven from an address of the resource group, strong from elsewhere and where a router stands between and nothing shows whether the
  host itself sent the reset. `excluded`: strong where nothing that the case leaves open could
  explain it, else inferred.

## Causes

"""

BETWEEN = """
## Contradictions between inputs

Said beside the cause, as warnings, never instead of it.

"""


def page() -> str:
    """The whole page."""
    return "".join((HEAD, *_rows(TABLE), BETWEEN, *_rows(CONTRADICTIONS)))


def _rows(rows: tuple[Row, ...]) -> Iterator[str]:
    yield "| " + " | ".join(("#", *COLUMNS, "code", "confidence", "because", "settled by")) + " |\n"
    yield "|" + "---|" * (len(COLUMNS) + 5) + "\n"
    for number, row in enumerate(rows, start=1):
        cells = [getattr(row, column).replace("|", ", ") for column in COLUMNS]
        yield "| " + " | ".join((str(number), *cells, row.code, row.confidence, row.why, row.missing)) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
