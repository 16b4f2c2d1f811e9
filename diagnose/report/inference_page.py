"""How is the inference table written as a page? `page` returns docs/inference.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from diagnose.findings.network.inference import COLUMNS, CONTRADICTIONS, TABLE, Row

HEAD = """\
# How a cause is inferred

For each flow the facts below are laid side by side, and the first row that admits them decides. An
empty cell admits everything. The rows are those of `diagnose/findings/network/inference.py`. This
page is made from them by `python -m diagnose.report.inference_page`, and a test compares the two.

- **seen**: what the probe observed.
- **configured**: security groups, network ACLs and routes at the address that sent.
- **beside**: the KDC's other transport, another flow to the same host, or the ICMP errors that other
  connections to the same network got.
- **arrived, listening, filtered, translated, stray**: what the records of the target node show, if the
  case has them: the KDC's log, `ss`, its packet filter, its routes; else `unknown`. A request that is missing in a log
  counts only if the same log has the check's own request over the other transport.
- `configuration` in place of a code: the layer that denies, or what the case lacks of it, names the
  cause.
- DOWN and BIND are KDC-DOWN and KDC-BIND for a KDC, and SVC-DOWN and SVC-BIND for any other service.
  HALF is KDC-UDP-OFF or KDC-TCP-OFF.
- Confidence `vantage`: proven from an address of the resource group. It is strong from elsewhere, and
  also if a router stands between and nothing shows whether the host itself sent the reset.
- Confidence `refusal`: strong. A refusal proves that nothing accepts at this address and port, and no
  more.
- Confidence `excluded`: strong if nothing that the case leaves open could explain it, else inferred.
- Confidence `proven` is the most that a row can give. A finding keeps the word only if each of its
  look-alikes is ruled out ([principles.md](principles.md)).

## Causes

"""

BETWEEN = """
## Contradictions between inputs

The report names them as warnings beside the cause, never in its place.

"""


def page() -> str:
    """Return the whole page."""
    return "".join((HEAD, *_rows(TABLE), BETWEEN, *_rows(CONTRADICTIONS)))


def _rows(rows: tuple[Row, ...]) -> Iterator[str]:
    yield "| " + " | ".join(("#", *COLUMNS, "code", "confidence", "because", "settled by")) + " |\n"
    yield "|" + "---|" * (len(COLUMNS) + 5) + "\n"
    for number, row in enumerate(rows, start=1):
        cells = [getattr(row, column).replace("|", ", ") for column in COLUMNS]
        yield "| " + " | ".join((str(number), *cells, row.code, row.confidence, row.why, row.missing)) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
