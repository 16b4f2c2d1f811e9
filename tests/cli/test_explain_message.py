"""`explain "a message"`: the codes that a message may come from."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from diagnose.cli import main


def explain(*args: str) -> Result:
    return CliRunner().invoke(main, ["explain", *args])


def test_a_message_lists_its_codes_in_order_and_what_it_is_not() -> None:
    result = explain("javax.security.auth.login.LoginException: Receive timed out")

    assert result.exit_code == 0
    assert result.output.index("SG-KDC-UDP") < result.output.index("FW-OS-REJECT") < result.output.index("KDC-DOWN")
    assert "What it is not" in result.output
    assert "JDK 8 to 21" in result.output


def test_words_without_quotes_are_one_message() -> None:
    assert explain("Cannot", "locate", "KDC").output == explain("Cannot locate KDC").output


def test_json_has_candidates_and_matches() -> None:
    found = json.loads(explain("Clock skew too great (37)", "--format", "json").output)
    assert [each["code"] for each in found["candidates"]] == ["KRB-SKEW"]
    assert found["matches"][0]["id"] == "clock-skew"


def test_a_detail_is_no_failure() -> None:
    assert "is no failure" in explain(">>> KrbKdcReq send: #bytes read=245").output


def test_what_is_neither_code_nor_message_is_an_error_that_hides_secrets() -> None:
    result = explain("password=CaNaRy \x1b[31m nothing")
    assert result.exit_code == 2
    assert "no known message" in result.output
    assert "CaNaRy" not in result.output
    assert "\x1b" not in result.output


def test_a_code_is_explained_as_before() -> None:
    assert "How to repair it" in explain("sg-kdc-udp").output


def test_a_rule_of_preflight_stands_for_its_codes() -> None:
    assert explain("two-clusters").output == explain("DW-STD-TWO").output
    assert (
        explain("kerberos-inbound").output == explain("SG-KDC-UDP", "SG-KDC-TCP", "SG-KDC-PORT", "SG-DIRECTION").output
    )
