"""What does `probe` say of a real Spark Thrift Server, in each mode and with each login?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.real.files import FIRST, SECOND
from tests.lab.spark.server import HTTP_PORTS, SparkThrift

SECURE, SIMPLE = f"spark-thrift://{FIRST}", f"spark-thrift://{SECOND}"
SECURE_HTTP, SIMPLE_HTTP = (f"spark-thrift://{master}:{port}" for master, port in HTTP_PORTS.items())
AS_HIVE = f"hive://{FIRST}:10001"


@pytest.fixture(scope="module")
def answers(spark: SparkThrift) -> dict[str, dict[str, Any]]:
    """Probe every server once."""
    targets = (SECURE, SIMPLE, SECURE_HTTP, SIMPLE_HTTP, AS_HIVE)
    done = spark.run("probe", *targets, "--format", "json", "--patience", "10")
    return {answer["target"]: answer for answer in json.loads(done.stdout)}


def lines(answer: dict[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in answer["told"]}


def test_every_server_works(answers: dict[str, dict[str, Any]]) -> None:
    assert [target for target, answer in answers.items() if not answer["works"]] == []


def test_a_server_with_kerberos_takes_a_ticket_and_no_password(answers: dict[str, dict[str, Any]]) -> None:
    told = lines(answers[SECURE])

    assert (told["transport"], told["GSSAPI"], told["PLAIN"]) == ("SASL", "yes: Kerberos", "no")


def test_a_server_without_kerberos_takes_a_name_and_no_ticket(answers: dict[str, dict[str, Any]]) -> None:
    told = lines(answers[SIMPLE])

    assert (told["transport"], told["GSSAPI"], told["PLAIN"][:4]) == ("SASL", "no", "yes:")


@pytest.mark.parametrize(
    ("target", "login"), [(SECURE_HTTP, "Kerberos (SPNEGO)"), (SIMPLE_HTTP, "a user name and password")]
)
def test_a_server_in_http_mode_is_known_and_tells_its_login(
    answers: dict[str, dict[str, Any]], target: str, login: str
) -> None:
    told = lines(answers[target])

    assert told["transport"].startswith("HTTP at /cliservice")
    assert (told["demands"], told["JDBC URL needs"]) == (login, ";transportMode=http;httpPath=cliservice")


def test_nothing_tells_it_from_hiveserver2_before_a_login(answers: dict[str, dict[str, Any]]) -> None:
    assert lines(answers[SECURE])["it is"] == "not told"
    assert lines(answers[AS_HIVE]).items() < lines(answers[SECURE]).items()
