"""Does the lint find lifetimes that a family cannot read, and write what was meant?"""

from __future__ import annotations

import pytest

from diagnose.findings.kerberos.krb5_lint import from_sources, lint
from diagnose.findings.model import Finding
from diagnose.scene.java import ranges
from probes.files.krb5conf.durations import jdk_seconds, mit_seconds
from probes.files.krb5conf.sources import Sources

FILE = "[libdefaults]\n  default_realm = R\n  {line}\n[realms]\n  R = {{\n    kdc = h\n  }}\n"


def found(line: str, release: tuple[int, int | None] = (17, None)) -> list[Finding]:
    javas = tuple(one for one in ranges() if one.may_be(*release))
    sources = Sources(("krb5.conf",), {"krb5.conf": FILE.format(line=line).encode()})
    return [one for one in lint(from_sources(sources, javas)) if one.code != "KRB-41"]


@pytest.mark.parametrize(
    ("value", "better", "concerns"),
    [
        ("24hours", "24h", ["jdk"]),
        ("7days", "7d", ["jdk"]),
        ("7 days", "7d", ["mit", "jdk"]),
        ("1 day", "24h", ["mit", "jdk"]),
        ("24 h", "24h", ["mit", "jdk"]),
        ("1.5h", "1h30m", ["mit", "jdk"]),
        ("1w", "7d", ["mit", "jdk"]),
        ("1 day, 2 hours", "26h", ["mit", "jdk"]),
        ("1:60", "2h", ["jdk"]),
        ("24h # a day", "24h", ["jdk"]),
        ("-1", "24h", ["mit", "jdk"]),
        ("unlimited", "24h", ["mit", "jdk"]),
        ("'10h'", "10h", ["mit"]),
    ],
)
def test_the_repair_is_what_was_meant(value: str, better: str, concerns: list[str]) -> None:
    (finding,) = found(f"ticket_lifetime = {value}")
    assert (finding.code, finding.severity, finding.confidence) == ("KRB-CONF-SYNTAX", "error", "proven")
    (edit,) = finding.edits
    assert (edit.line, edit.before, edit.after) == (
        3,
        (f"  ticket_lifetime = {value}",),
        (f"  ticket_lifetime = {better}",),
    )
    assert finding.params["concerns"] == concerns
    assert jdk_seconds(better) == mit_seconds(better)


@pytest.mark.parametrize("value", ["24h", "1d", "7d", "10:00:00", "36000", "1d 2h", "1d2h3m4s", "0"])
def test_what_both_read_alike_is_no_fault(value: str) -> None:
    assert found(f"ticket_lifetime = {value}") == found(f"renew_lifetime = {value}") == []


@pytest.mark.parametrize(("value", "better"), [("24H", "24h"), ("10D", "10d"), ("2H 30M", "2h30m")])
def test_a_capital_unit_is_seconds_to_mit(value: str, better: str) -> None:
    (finding,) = found(f"renew_lifetime = {value}")
    assert (finding.severity, finding.params["concerns"]) == ("warning", ["mit"])
    assert finding.edits[0].after == (f"  renew_lifetime = {better}",)


def test_the_release_decides() -> None:
    assert found("ticket_lifetime = 24hours", (8, 211)) == []
    (unsure,) = found("ticket_lifetime = 24hours", (8, 252))
    assert (unsure.confidence, unsure.settle_by) == (
        "strong",
        "the output of java -version on the clients that read this file",
    )
    assert "Java 8 from 8u242" in str(unsure.params["what"])


def test_both_families_are_named_where_both_fail() -> None:
    (finding,) = found("renew_lifetime = 7 days")
    assert finding.params["what"] == "MIT clients and Java 17 cannot read renew_lifetime = 7 days"
    assert "Invalid format of Kerberos lifetime" in str(finding.params["mit"])
    assert "Illegal duration format 7 days" in str(finding.params["jdk"])


def test_the_realms_own_lifetime_comes_first_for_mit() -> None:
    (finding,) = found("R = {\n    ticket_lifetime = 1 day\n  }\n  ticket_lifetime = 24h")
    assert finding.params["what"] == "MIT clients cannot read ticket_lifetime = 1 day"
    assert finding.edits[0].line == 4


@pytest.mark.parametrize(
    ("value", "severity", "concerns"),
    [
        ("0", "error", ["mit", "jdk"]),
        ("-1", "error", ["mit", "jdk"]),
        ("0x0", "error", ["jdk"]),
        ("5m", "info", []),
        ("10m", "warning", []),
        ("0x10", "warning", ["jdk"]),
    ],
)
def test_a_clockskew_that_lets_nothing_pass_or_is_no_number(value: str, severity: str, concerns: list[str]) -> None:
    (finding,) = found(f"clockskew = {value}")
    assert (finding.code, finding.severity, finding.params["concerns"]) == ("KRB-CONF-SYNTAX", severity, concerns)
    assert (finding.edits[0].line, finding.edits[0].after) == (3, ())


@pytest.mark.parametrize("value", ["300", "1", "600", "007"])
def test_a_clockskew_of_seconds_is_no_fault(value: str) -> None:
    assert found(f"clockskew = {value}") == []
