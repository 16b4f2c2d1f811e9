"""Which releases of Java can use none of the keys of a keytab?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Case
from diagnose.findings.kerberos.login import findings
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.permitted_types import releases_without
from diagnose.scene.proof import Proof
from probes.files.hadoopconf import Configuration, Setting
from probes.kerberos.login import Offline
from probes.origin import Origin
from probes.principal import Principal
from tests.support.factories import a_group, a_krb5conf, a_rule, a_udp_rule
from tests.support.scenes import the_case

RC4, AES = (23,), (18,)
NEWER = ["Java 8 from 8u382 (Oracle: 8u351)", "Java 11 from 11.0.17"]
"""Named ranges that leave out RC4, beside the later feature releases."""


def a_kdc_case(libdefaults: str = "", java_home: str | None = None) -> Case:
    case = the_case(a_group(a_rule((88, 88)), a_udp_rule(88)), krb5=a_krb5conf("master-1-1", libdefaults=libdefaults))
    if java_home is None:
        return case
    setting = Setting("JAVA_HOME", java_home, Origin("spark-env.sh", 1))
    return replace(case, settings={"spark-env.sh": Configuration((setting,))})


def test_newer_releases_leave_rc4_out_and_every_release_has_aes() -> None:
    refusing = [java.name for java in releases_without(a_kdc_case(), RC4)]
    assert [name for name in NEWER if name in refusing] == NEWER
    assert not [name for name in refusing if " before " in name]
    assert releases_without(a_kdc_case(), AES) == ()
    assert releases_without(a_kdc_case(), (23, 18)) == ()


def test_a_list_in_krb5_conf_is_not_judged_here() -> None:
    assert releases_without(a_kdc_case("  default_tkt_enctypes = aes256-cts\n"), RC4) == ()


@pytest.mark.parametrize(
    ("java_home", "confidence"),
    [(None, ["strong"]), ("/usr/lib/jvm/java-17", ["proven"]), ("/usr/lib/jvm/java-1.8.0_302", [])],
)
def test_the_finding_is_proven_only_if_the_case_shows_the_release(java_home: str | None, confidence: list[str]) -> None:
    case = a_kdc_case(java_home=java_home)
    proof = Proof(Offline(Principal(("hdfs",), "EXAMPLE.COM"), "ok", (1,), RC4, RC4, ()), None)
    scene = replace(scene_of(case, flows(case), CaseObservations({})), proof=proof)
    found = list(findings(scene))
    assert [finding.confidence for finding in found] == confidence
    assert {finding.code for finding in found} <= {"KRB-ETYPE-KEYTAB"}
    # What settles it is asked for only while it is open
    assert [finding.settle_by is None for finding in found] == [each == "proven" for each in confidence]
