"""What does the answer of a KDC prove about its clock and its realm?"""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.findings.kerberos.kdc_answers import clock_offset
from diagnose.findings.model import Finding
from diagnose.scene.scene import Scene
from tests.support.factories import REALM, a_group, a_kdc_flow, a_udp_rule
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
