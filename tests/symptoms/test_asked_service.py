"""What does the name of a service that a KDC does not have say about the fault?"""

from __future__ import annotations

import pytest

from diagnose.symptoms.asked_service import MISSING, fitting
from diagnose.symptoms.log import read_log

CODES = (MISSING, "DNS-NO-PTR", "DNS-CANON")


@pytest.mark.parametrize(
    ("principal", "first"),
    [
        ("hive/192.168.20.11@R.COM", "DNS-NO-PTR"),
        ("hive/master-1-1@R.COM", "DNS-CANON"),
        ("hive/master-1-1.c-1.cn-hangzhou.emr.aliyuncs.com@R.COM", MISSING),
        ("hbase/_host@R.COM", "KRB-SVC-PATTERN"),
        ("krbtgt/CN-HANGZHOU.EMR.ALIYUNCS.COM@R.COM", "KRB-DOMAIN-REALM"),
    ],
)
def test_the_host_part_says_how_the_name_came_about(principal: str, first: str) -> None:
    assert fitting(principal, CODES)[0] == first


@pytest.mark.parametrize("principal", ["hadoop@R.COM", "krbtgt/R.COM@R.COM"])
def test_a_user_and_the_realm_itself_say_nothing(principal: str) -> None:
    assert fitting(principal, CODES) == CODES


def test_codes_of_another_failure_are_left_as_they_are() -> None:
    assert fitting("hive/192.168.20.11@R.COM", ("KRB-CLIENT-UNKNOWN",)) == ("KRB-CLIENT-UNKNOWN",)


ASKED = "\t error code is 7\n\t sname is hive/192.168.20.11@R.COM\n\t msgType is 30\n"
NOT_FOUND = "KrbException: Server not found in Kerberos database (7) - LOOKING_UP_SERVER\n"


def test_the_debug_output_of_java_tells_the_name_in_front_of_the_failure() -> None:
    (symptom,) = read_log("x.log", f">>>KRBError:\n{ASKED}{NOT_FOUND}").symptoms

    assert (symptom.principal, symptom.candidates[0]) == ("hive/192.168.20.11@R.COM", "DNS-NO-PTR")


def test_the_name_of_an_earlier_question_does_not_count() -> None:
    later = "\t sname is hive/master-1-1@R.COM\n"

    (symptom,) = read_log("x.log", f"{ASKED}{later}{NOT_FOUND}").symptoms

    assert symptom.candidates[0] == "DNS-CANON"
