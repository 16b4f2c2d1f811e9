"""Is a mistyped realm repaired where it is mistyped, and only if it is one?"""

from __future__ import annotations

import pytest

from diagnose.findings.kerberos.krb5_lint import lint, read
from diagnose.findings.model import Finding

RIGHT, WRONG = "EMR.C-B58C2E907D4F1A63.COM", "EMR.C-B58C2E907D4F1A64.COM"


def conf(default: str, stanza: str, mapped: str | None, host: str = "master") -> str:
    lines = f"[libdefaults]\ndefault_realm = {default}\ndns_lookup_kdc = false\n"
    lines += f"[realms]\n{stanza} = {{\nkdc = {host}:88\n}}\n"
    return lines if mapped is None else f"{lines}[domain_realm]\n.b.c = {mapped}\n"


def found(content: str) -> Finding:
    views = read([("krb5.conf", content.encode())], None, on_site=False)
    (finding,) = (one for one in lint(views) if one.code == "KRB-NO-STANZA" and one.severity == "error")
    return finding


@pytest.mark.parametrize(
    ("default", "stanza", "mapped", "host", "line", "after"),
    [
        (WRONG, RIGHT, RIGHT, "master", 2, f"default_realm = {RIGHT}"),
        (WRONG, RIGHT, None, "m.c-b58c2e907d4f1a63.emr.com", 2, f"default_realm = {RIGHT}"),
        (RIGHT, WRONG, RIGHT, "master", 5, f"{RIGHT} = {{"),
        (RIGHT, WRONG, None, "m.c-b58c2e907d4f1a63.emr.com", 5, f"{RIGHT} = {{"),
    ],
)
def test_the_line_with_the_mistyped_name_gets_the_right_one(
    default: str, stanza: str, mapped: str | None, host: str, line: int, after: str
) -> None:
    finding = found(conf(default, stanza, mapped, host))

    (edit,) = finding.edits
    assert (edit.line, edit.after) == (line, (after,))
    assert [one.ref for one in finding.evidence] == ["krb5.conf:2"]
    assert f"krb5.conf:5: “{stanza} = {{”" in finding.sentence
    assert finding.advice[1].startswith(f"If {WRONG} is the right realm, ")


def test_if_nothing_tells_which_name_is_mistyped_both_repairs_are_left_to_a_person() -> None:
    finding = found(conf(WRONG, RIGHT, None))

    assert finding.edits == ()
    assert f"write {RIGHT} in krb5.conf:2; or, if {WRONG} is the right realm, under [realms]" in finding.advice[0]


@pytest.mark.parametrize("default", ["EMR.C-00FE11ED5CA1AB1E.COM", "OLD.EXAMPLE.COM", "R"])
def test_another_realm_is_not_taken_for_a_mistyped_one(default: str) -> None:
    finding = found(conf(default, RIGHT, RIGHT))

    assert (finding.edits, len(finding.advice)) == ((), 1)
    assert "under [realms] of krb5.conf write three lines" in finding.advice[0]
