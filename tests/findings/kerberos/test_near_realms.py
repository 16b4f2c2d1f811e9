"""Is a mistyped realm repaired where it is mistyped, and only if it is one?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose.case.directory import of_tree
from diagnose.case.model import FoundKdcs
from diagnose.case.tree import Tree
from diagnose.findings.hadoop import principals
from diagnose.findings.kerberos.krb5_lint import lint, read
from diagnose.findings.model import Finding
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from probes.files.krb5conf.discovery import DiscoveredServer
from probes.files.krb5conf.dns_questions import DnsQuestion
from tests.support.incident_cases import MASTER, REALM, Change, changed, contents, healthy, report

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


def of_case(folder: Path, change: Change) -> Any:
    return report(folder, changed(healthy(kerberos=True), change))


SLIP = REALM.replace(".COM", ".CON")
"""The realm of the healthy cluster with a typing mistake."""


def test_the_principals_of_the_hadoop_files_tell_which_of_two_names_is_mistyped(tmp_path: Path) -> None:
    # Given a krb5.conf in which one line has each name
    result = of_case(tmp_path, {"krb5.conf": conf(SLIP, REALM, None, MASTER)})

    assert result["findings"][0]["code"] == "KRB-NO-STANZA"
    assert [(e["from"], e["to"]) for e in result["suggested_edits"] if e["finding"]["rank"] == 1] == [
        (f"default_realm = {SLIP}", f"default_realm = {REALM}")
    ]


def test_a_realm_that_is_mistyped_in_two_lines_is_corrected_in_both(tmp_path: Path) -> None:
    # Given a krb5.conf whose default realm and stanza have the same mistake
    text = str(healthy(kerberos=True)["krb5.conf"]).replace(f"default_realm = {REALM}", f"default_realm = {SLIP}")
    result = of_case(tmp_path, {"krb5.conf": text.replace(f"{REALM} = {{", f"{SLIP} = {{")})

    (finding,) = [each for each in result["findings"] if each["severity"] == "error"]
    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("DW-FILES-MIXED", "strong", 1)
    assert "krb5.conf is probably mistyped" in finding["title"]
    assert sorted(edit["to"].strip() for edit in result["suggested_edits"]) == [
        f"{REALM} = {{",
        f"default_realm = {REALM}",
    ]
    assert {flow["service"] for flow in result["flows"] if flow["port"] == 88} == {"KDC"}


def test_one_principal_of_several_is_surely_the_mistyped_one(tmp_path: Path) -> None:
    # Given one principal with a mistake, and the right realm in krb5.conf and the other principals
    result = of_case(tmp_path, {"yarn-site.xml": {"yarn.resourcemanager.principal": f"yarn/_HOST@{SLIP}"}})

    (finding,) = [each for each in result["findings"] if each["severity"] == "error"]
    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("DW-FILES-MIXED", "strong", 1)
    assert "yarn-site.xml is probably mistyped" in finding["title"]


def test_two_realms_that_are_both_in_use_are_not_taken_for_one_mistyped(tmp_path: Path) -> None:
    # Given the realm of one principal in [domain_realm], and a stanza for that of the others
    change: Change = {
        "yarn-site.xml": {"yarn.resourcemanager.principal": f"yarn/_HOST@{SLIP}"},
        "krb5.conf": str(healthy(kerberos=True)["krb5.conf"]) + f"  {MASTER} = {SLIP}\n",
    }
    result = of_case(tmp_path, change)

    (finding,) = [each for each in result["findings"] if each["code"] == "DW-FILES-MIXED"]
    assert (finding["confidence"], finding["params"]["near"]) == ("strong", None)
    assert not any(f"{SLIP} = {{" in str(edit["to"]) for edit in result["suggested_edits"])


def of_two_realms(dns: str) -> dict[str, str]:
    """Return a krb5.conf of one realm that maps its hosts to one with almost the same name."""
    text = str(healthy(kerberos=True)["krb5.conf"]).replace("dns_lookup_kdc = false", f"dns_lookup_kdc = {dns}")
    return {"krb5.conf": text.replace(f"= {REALM}\n  dns", f"= {SLIP}\n  dns").replace(f"{REALM} = {{", f"{SLIP} = {{")}


def test_no_realm_is_surely_mistyped_while_dns_may_name_a_kdc_of_it(tmp_path: Path) -> None:
    # Given two realms of one company, of which DNS has the second
    result = of_case(tmp_path, of_two_realms("true"))

    (finding,) = [each for each in result["findings"] if each["code"] == "DW-FILES-MIXED"]
    assert (finding["confidence"], result["exit_code"], result["suggested_edits"]) == ("inferred", 3, [])


@pytest.mark.parametrize(("dns", "confidence"), [("off", "inferred"), ("0", "inferred"), ("no", "strong")])
def test_java_asks_dns_in_spite_of_words_that_only_libkrb5_knows(dns: str, confidence: str) -> None:
    case = of_tree(Tree("case", contents(changed(healthy(kerberos=True), of_two_realms(dns)))))

    found = list(principals.findings(scene_of(case, flows(case), CaseObservations())))

    assert [(each.code, each.confidence) for each in found] == [("DW-FILES-MIXED", confidence)]


@pytest.mark.parametrize(("has_server", "codes"), [(False, ["DW-FILES-MIXED"]), (True, [])])
def test_a_realm_of_which_dns_names_a_kdc_is_no_fault_of_the_principals(
    tmp_path: Path, has_server: bool, codes: list[str]
) -> None:
    server = DiscoveredServer("kdc.example.com", 88, ("udp", "tcp"), DnsQuestion("SRV", "_kerberos._udp.R", True))
    case = of_tree(Tree("case", contents(changed(healthy(kerberos=True), of_two_realms("true")))))
    case = replace(case, found_kdcs={REALM: FoundKdcs((server,), (server,)) if has_server else FoundKdcs()})

    place = scene_of(case, flows(case), CaseObservations())

    assert [each.code for each in principals.findings(place)] == codes


def test_without_a_third_source_either_file_may_be_the_mistyped_one(tmp_path: Path) -> None:
    # Given a krb5.conf that says one realm throughout, and principals of another one
    text = str(healthy(kerberos=True)["krb5.conf"]).replace(REALM, SLIP)
    result = of_case(tmp_path, {"krb5.conf": text})

    (finding,) = [each for each in result["findings"] if each["severity"] == "error"]
    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("DW-FILES-MIXED", "inferred", 3)
    assert "one of them is probably mistyped" in finding["title"]


@pytest.mark.parametrize("default", ["EMR.C-00FE11ED5CA1AB1E.COM", "OLD.EXAMPLE.COM", "R"])
def test_another_realm_is_not_taken_for_a_mistyped_one(default: str) -> None:
    finding = found(conf(default, RIGHT, RIGHT))

    assert (finding.edits, len(finding.advice)) == ((), 1)
    assert "under [realms] of krb5.conf write three lines" in finding.advice[0]
