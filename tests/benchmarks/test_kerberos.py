"""Does the comparison of Kerberos verdicts judge each tool by the same measure?"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from benchmarks import kerberos
from benchmarks.__main__ import kerberos_table
from benchmarks.kerberos import KDIAG, KINIT, OURS, TOOLS, Judged, KerberosRun, Verdict, verdict
from benchmarks.kerberos_rows import ROWS, KerberosRow

ROW: Mapping[str, KerberosRow] = {row.name: row for row in ROWS}


def peer(output: str, exit_code: int = 1) -> KerberosRun:
    return KerberosRun(exit_code, 1.0, output)


def ours(first: str | None, exit_code: int = 1) -> KerberosRun:
    return KerberosRun(exit_code, 1.0, "{}", first)


def test_one_row_is_healthy_and_every_reason_is_given() -> None:
    assert [row.name for row in ROWS if row.fault.code is None] == ["no fault"]
    assert len(ROW) == len(ROWS)
    assert all(counts.why for row in ROWS for counts in (row.kinit, row.kdiag))


def test_ours_is_right_with_the_code_of_the_row_first_and_in_no_other_way() -> None:
    row = ROW["no rule for UDP"]
    assert verdict(row, OURS, [ours("SG-KDC-UDP")]).right
    assert not verdict(row, OURS, [ours("KDC-DOWN")]).right
    assert not verdict(row, OURS, [ours(None, 0)]).right


def test_a_peer_is_right_if_its_words_are_anywhere_in_its_output() -> None:
    row = ROW["no rule for UDP"]
    said = "100 lines\nCaused by: java.net.SocketTimeoutException: Receive timed out\n"
    assert verdict(row, KDIAG, [peer(said)]).right
    assert not verdict(row, KDIAG, [peer("100 lines\n", 0)]).right
    # And what counts for one peer does not count for the other
    assert not verdict(row, KINIT, [peer(said)]).right


def test_a_tool_has_to_be_right_in_every_turn() -> None:
    row = ROW["KDC stopped"]
    runs = [ours("KDC-DOWN"), ours("KDC-PORT"), ours("KDC-DOWN")]
    assert not verdict(row, OURS, runs).right
    assert verdict(row, OURS, runs[::2]).right


def test_without_a_fault_any_word_that_counts_for_one_is_an_alarm() -> None:
    healthy = ROW["no fault"]
    assert verdict(healthy, KINIT, [peer("", 0)]).right
    assert not verdict(healthy, KINIT, [peer("Initiating TCP connection", 0)]).right
    assert not verdict(healthy, KDIAG, [peer("", 255)]).right
    assert not verdict(healthy, OURS, [ours("KDC-DOWN")]).right


def judged(name: str, said: str, *, right: bool = True, first: float = 2.0) -> Judged:
    """Return a row in which both peers wrote `said`."""
    peers = {tool: Verdict(right, 1.0, "exit 1", (said,)) for tool in (KINIT, KDIAG)}
    return Judged(ROW[name], {OURS: Verdict(True, first, "code", ("{}",)), **peers})


def test_words_that_stand_for_two_causes_do_not_tell_them_apart() -> None:
    rows = [
        judged("no rule for UDP", "Receive timed out"),
        judged("the host's firewall rejects UDP", "Receive timed out"),
        judged("last brace missing", "Not closed"),
    ]
    assert kerberos.shared(rows, KDIAG) == ["no rule for UDP", "the host's firewall rejects UDP"]
    # A code stands for one cause
    assert kerberos.shared(rows, OURS) == []


def test_words_for_one_cause_in_two_rows_are_not_shared() -> None:
    rows = [judged("no rule for UDP", "Receive timed out"), judged("no rule for either", "Receive timed out")]
    assert kerberos.shared(rows, KDIAG) == []


def test_a_table_of_kerberos_verdicts_has_counts_seconds_and_ratios() -> None:
    rows = [
        judged("no fault", "", first=1.0),
        judged("no rule for UDP", "Receive timed out", first=4.0),
        judged("KDC of another realm", "Receive timed out", right=False, first=4.0),
    ]
    lines = list(kerberos_table(rows))
    assert "no alarm    1.00 s" in lines[3]
    assert "yes    4.00 s" in lines[4]
    assert "no    1.00 s" in lines[5]
    sums = {line.split("  ")[1]: line for line in lines[7:10]}
    assert tuple(sums) == TOOLS
    assert sums[OURS].split()[-4:] == ["4.00", "s", "4.00", "s"]
    assert "2 of  2" in sums[OURS]
    # KDiag named one of two, and wrote the same words for the other
    assert " 1 of  2     0 of  2        0 of 1" in sums[KDIAG]
    assert sums[KDIAG].endswith("0.25 x ours")
    assert lines[-1] == "  check is right in every row: met"


@pytest.mark.alone
@pytest.mark.needs(*kerberos.NEEDS)
def test_a_real_fault_is_named_and_a_healthy_cluster_gives_no_alarm() -> None:
    measured = list(kerberos.measure([ROW["no fault"], ROW["keytab older than the key"]]))
    assert [(tool, each.verdicts[tool].right) for each in measured for tool in TOOLS] == [
        (tool, True) for _ in measured for tool in TOOLS
    ]
    assert [each.verdicts[OURS].said for each in measured] == ["nothing", "KRB-KEYTAB-STALE"]
    assert all(each.verdicts[tool].seconds > 0 for each in measured for tool in TOOLS)
