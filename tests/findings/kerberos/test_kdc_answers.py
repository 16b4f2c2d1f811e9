"""What does the answer of a KDC prove about its clock and its realm?"""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.findings.kerberos.kdc_answers import clock_offset
from diagnose.findings.model import Finding
from diagnose.scene.scene import Scene
from probes.endpoint import Transport
from tests.support.factories import REALM, a_group, a_kdc_flow, a_rule, a_udp_rule, an_endpoint
from tests.support.scenes import saw, the_case, the_conclusion, the_scene

UDP = a_kdc_flow()
OPEN = the_case(a_group(a_udp_rule()))


def answered(**detail: Any) -> Scene:
    return the_scene(OPEN, [UDP], {UDP.id: saw("open", "kerberos-reply", detail=detail)})


@pytest.mark.parametrize(
    ("between", "ahead"),
    [
        ([300.5, 302.0], 300.5),
        ([300.0, 302.0], None),
        ([299.0, 301.0], None),
        ([-302.0, -300.5], -302.0),
        ([-302.0, -300.0], None),
        ([-301.0, 301.0], None),
        ([1e12, 1e12], None),
        ([400.0], None),
        (["400", "401"], None),
        (None, None),
    ],
)
def test_a_clock_is_wrong_if_it_is_too_far_off_at_every_moment_of_the_exchange(between: Any, ahead: Any) -> None:
    assert clock_offset(answered(clock_offset_s=between).outcomes[0], 300.0) == ahead


def found(code: str, **detail: Any) -> Finding:
    conclusion = the_conclusion(OPEN, [UDP], {UDP.id: saw("open", "kerberos-reply", detail=detail)})
    return next(finding for finding in conclusion.findings if finding.code == code)


def test_a_wrong_clock_says_which_way() -> None:
    assert "600 s ahead of ours" in found("KRB-SKEW", clock_offset_s=[600.0, 601.0]).evidence[0].text
    assert "601 s behind ours" in found("KRB-SKEW", clock_offset_s=[-601.0, -600.0]).evidence[0].text


def test_a_kdc_of_another_realm_is_told_with_the_realm_that_was_asked_and_its_own() -> None:
    finding = found("KRB-WRONG-REALM", error_code=6, own_realm="OTHER.COM")
    assert {key: finding.params[key] for key in ("realm", "own_realm")} == {"realm": REALM, "own_realm": "OTHER.COM"}
    assert found("KRB-WRONG-REALM", error_code=6, e_text="CLIENT_NOT_FOUND").params["own_realm"] is None


def test_a_kdc_of_another_realm_beside_one_of_the_right_realm_has_to_go() -> None:
    other = a_kdc_flow(endpoint=an_endpoint("master-1-2", 88, transport="udp", address="192.168.20.12"))
    wrong = saw("open", "kerberos-reply", detail={"error_code": 6, "own_realm": "OTHER.COM"})
    right = saw("open", "kerberos-reply", address="192.168.20.12", detail={"error_code": 18})
    for flows, severity in (([UDP, other], "error"), ([other, UDP], "warning")):
        findings = the_conclusion(OPEN, flows, {UDP.id: wrong, other.id: right}).findings
        (finding,) = [finding for finding in findings if finding.code == "KRB-WRONG-REALM"]
        assert finding.advice[0].startswith("Remove krb5.conf:")
        assert "master-1-2 serves" in finding.advice[0]
        # Behind a KDC that answers it is asked by nobody
        assert (finding.severity, "KDCs before it are silent" in finding.sentence) == (severity, severity == "warning")


@pytest.mark.parametrize(("transport", "said"), [("udp", "answers datagrams"), ("tcp", "accepts connections")])
def test_what_is_no_kdc_is_told_by_what_it_does(transport: Transport, said: str) -> None:
    flow = a_kdc_flow(transport)
    foreign = saw("open", "udp-reply" if transport == "udp" else "syn-ack", detail={"foreign": "48545450"})
    findings = the_conclusion(the_case(a_group(a_udp_rule(), a_rule((88, 88)))), [flow], {flow.id: foreign}).findings
    (finding,) = [finding for finding in findings if finding.code == "KDC-NOT-KRB"]
    assert said in finding.sentence
