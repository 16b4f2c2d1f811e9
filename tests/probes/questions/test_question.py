"""A question as data: written as JSON, read back, and refused if it is none."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.endpoint import Endpoint
from probes.questions import Kind, Question, QuestionError, decode, encode
from probes.questions.register import REGISTER

KINDS: tuple[Kind, ...] = get_args(Kind)
END = Endpoint("master-1-1", 88, "udp", "192.0.2.1")

endpoints = st.builds(
    Endpoint,
    host=st.text(),
    port=st.integers(1, 65535),
    transport=st.sampled_from(["tcp", "udp"]),
    address=st.none() | st.ip_addresses().map(str),
)
options = st.dictionaries(
    st.text(),
    st.text() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.lists(st.text()).map(tuple),
)
questions = st.builds(Question, kind=st.sampled_from(KINDS), endpoint=endpoints, options=options)


def test_every_kind_has_a_function() -> None:
    assert tuple(REGISTER) == KINDS


@given(questions)
def test_a_question_comes_back_from_json_as_it_was(question: Question) -> None:
    again = decode(json.loads(json.dumps(encode(question))))

    assert again == question
    # 1 == True in Python, and a flag must not come back as a number
    assert {name: type(value) for name, value in again.options.items()} == {
        name: type(value) for name, value in question.options.items()
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_no_question_is_refused(value: object) -> None:
    with pytest.raises(QuestionError, match="not a question"):
        decode(value)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "telnet"},
        {"kind": None},
        {"options": {"realm": 1.5}},
        {"options": {"realm": {"a": "b"}}},
        {"options": {"others": [1]}},
        {"endpoint": {"host": "h", "port": 0, "transport": "tcp"}},
        {"endpoint": {"host": "h", "port": 65536, "transport": "tcp"}},
        {"endpoint": {"host": "h", "port": 88, "transport": "icmp"}},
        {"endpoint": {"port": 88, "transport": "tcp"}},
    ],
)
def test_a_question_with_one_wrong_value_is_refused(change: dict[str, object]) -> None:
    good = encode(Question("kerberos", END, {"realm": "R"}))
    assert decode(good) == Question("kerberos", END, {"realm": "R"})

    with pytest.raises(QuestionError, match="not a question"):
        decode({**good, **change})


def test_an_option_of_another_type_is_named() -> None:
    question = Question("reset", END, {"accepting_port": True, "realm": 7, "back": False})

    with pytest.raises(QuestionError, match="kind reset needs the number 'accepting_port'"):
        question.number("accepting_port")
    with pytest.raises(QuestionError, match="kind reset needs the text 'realm'"):
        question.text("realm")
    with pytest.raises(QuestionError, match="kind reset needs the list of texts 'others'"):
        Question("reset", END, {"others": "a"}).texts("others")
    assert (question.has("back"), question.has("servers"), question.texts("others")) == (False, False, ())
