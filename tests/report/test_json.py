"""The JSON report validates against our schema, is read back equal, and keeps the contract's
names."""

from __future__ import annotations

import json as stdlib_json
from collections.abc import Callable

import msgspec
import pytest
from jsonschema import Draft202012Validator

from diagnose.report import json
from diagnose.report.model import Report
from tests.support import reports

MADE = [reports.failing, reports.passing, reports.inconclusive, reports.drop_edit, reports.a_bug]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = stdlib_json.loads(json.schema())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("made", MADE)
def test_every_report_validates_and_comes_back_equal(
    made: Callable[[], Report], validator: Draft202012Validator
) -> None:
    report = made()

    data = json.encode(report)

    validator.validate(stdlib_json.loads(data))
    assert json.decode(data) == report
    assert json.encode(json.decode(data)) == data


def test_the_bytes_are_stable_and_for_people(validator: Draft202012Validator) -> None:
    observed = reports.an_observation("open", "kerberos-reply", detail={"realm": "R", "error": 25, "a": None})
    turned = reports.an_observation("open", "kerberos-reply", detail={"a": None, "error": 25, "realm": "R"})
    one, two = (
        reports.a_report(flows=[reports.a_flow("KDC", "master-1-1", 88, "udp", observations=[seen])])
        for seen in (observed, turned)
    )

    assert json.encode(one) == json.encode(two)
    assert json.encode(one).startswith(b'{\n  "schema_version": "1",\n  "tool": {\n')
    assert json.encode(one).endswith(b"}\n")


def test_edits_say_from_and_to() -> None:
    edit = stdlib_json.loads(json.encode(reports.drop_edit()))["suggested_edits"][0]

    assert edit["from"] == "source 192.168.0.0/16"
    assert edit["to"] == "source 192.168.128.0/17"
    assert not {"before", "after"} & set(edit)


def test_the_schema_is_a_published_one() -> None:
    schema = stdlib_json.loads(json.schema())

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in schema
    assert schema["title"]
    assert set(schema["required"]) == {
        field.encode_name for field in msgspec.structs.fields(Report) if field.required
    }  # what is newer has a default, so that an older report is still read
    assert schema["$defs"]["SuggestedEdit"]["properties"].keys() >= {"from", "to"}
    assert schema["$defs"]["EvidenceFacts"]["description"]
    assert json.schema() == json.schema()


@pytest.mark.parametrize(
    "broken",
    [
        lambda made: made.pop("flows"),
        lambda made: made.update(exit_code=7),
        lambda made: made.update(status="fine"),
        lambda made: made["flows"][0].update(transport="sctp"),
        lambda made: made["findings"][0].update(rank="first"),
        lambda made: made["suggested_rules"][0].update(ip_protocol="ICMP"),
    ],
)
def test_the_schema_rejects_what_is_no_report(
    broken: Callable[[dict[str, object]], object], validator: Draft202012Validator
) -> None:
    made = stdlib_json.loads(json.encode(reports.failing()))

    broken(made)

    assert not validator.is_valid(made)


def test_names_added_later_do_not_break_a_reader(validator: Draft202012Validator) -> None:
    made = stdlib_json.loads(json.encode(reports.passing()))
    made["added_in_a_later_version"] = {"x": 1}

    validator.validate(made)
    assert json.decode(stdlib_json.dumps(made).encode()) == reports.passing()


def test_text_that_no_stream_can_carry_is_replaced(validator: Draft202012Validator) -> None:
    data = json.encode(reports.hostile("\ud800\x1b[31m"))

    validator.validate(stdlib_json.loads(data.decode("utf-8")))
    assert b"\x1b" not in data
