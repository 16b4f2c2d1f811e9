"""What does a question of two steps say if the steps are met differently?"""

from __future__ import annotations

import asyncio

import pytest

from probes.questions import Question
from probes.questions.register import ask
from probes.vantage import Vantage
from tests.support.fake_service import FakeService
from tests.support.patience import SOON

EXCEPTION = b"\x80\x01\x00\x03\x00\x00\x00\x01x\x00\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x02no\x00"


@pytest.mark.parametrize(
    ("sasl", "call", "reason", "ended"),
    [
        (None, None, "syn-ack", "silent"),
        (None, b"", "syn-ack", "closed"),
        (b"", None, "syn-ack", "closed"),
        (None, EXCEPTION, "service-reply", None),
    ],
    ids=["silent twice", "closes at the call", "closes at SASL", "answers the call"],
)
def test_thrift_is_silent_only_if_it_is_silent_to_both_steps(
    sasl: bytes | None, call: bytes | None, reason: str, ended: str | None
) -> None:
    with FakeService(lambda request: call if request[:1] == b"\x80" else sasl) as service:
        seen = asyncio.run(ask(Question("thrift", service.at), Vantage(patience=SOON)))

    assert (seen.reason, seen.detail.get("ended")) == (reason, ended)
