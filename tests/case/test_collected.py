"""Given a collected.json, when the case is read, then what is missing is an entry of the report."""

from __future__ import annotations

from typing import get_args

import pytest

from diagnose.case.collected import CAUSES, Cause, Collected, MissingAnswer, encode
from diagnose.case.model import Skipped
from tests.support.case_files import case_of


def read(*missing: MissingAnswer) -> tuple[Skipped, ...]:
    told = Collected(
        tool="t", source="aliyun://c-1", region="cn-x", started_at="2026-11-29T00:00:00Z", answers=(), missing=missing
    )
    return case_of({"collected.json": encode(told)}).skipped


@pytest.mark.parametrize(
    ("missing", "entry"),
    [
        (
            MissingAnswer(
                call="vpc:DescribeVSwitches", object="vpc-1", cause="denied", permission="vpc:DescribeVSwitches"
            ),
            Skipped(
                "answer of vpc:DescribeVSwitches vpc-1",
                "the caller may not make this call",
                "the RAM action vpc:DescribeVSwitches, which collect --show-policy lists",
                ram_action="vpc:DescribeVSwitches",
            ),
        ),
        (
            MissingAnswer(call="emr:ListNodes", object="c-1", page=3, cause="throttled", code="Throttling.User"),
            Skipped(
                "answer of emr:ListNodes c-1, page 3 and after",
                "the service turned the call away each time, because there were too many (Throttling.User)",
                "another run of collect, or the answer of emr:ListNodes",
                hides=True,
                error_code="Throttling.User",
            ),
        ),
        (
            MissingAnswer(call="dataworks-public:ListNetworks", cause="ambiguous", among=("rg-1", "rg-2")),
            Skipped(
                "answer of dataworks-public:ListNetworks",
                "there are several, and nothing says which one is meant: rg-1, rg-2",
                "its id in the address: aliyun://CLUSTER-ID?resource_group=ID",
            ),
        ),
    ],
)
def test_each_missing_answer_is_an_entry(missing: MissingAnswer, entry: Skipped) -> None:
    assert read(missing) == (entry,)


def test_nothing_missing_is_no_entry() -> None:
    assert read() == ()


def test_each_cause_has_words() -> None:
    assert set(CAUSES) == set(get_args(Cause))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"missing": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_list_that_cannot_be_read_is_an_entry_itself(content: bytes) -> None:
    (entry,) = case_of({"collected.json": content}).skipped
    assert entry.check == "missing answers that collected.json lists"
