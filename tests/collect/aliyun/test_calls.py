"""Given the official SDKs, when they make a call themselves, then it is the one that we make."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any

import pytest

from diagnose.case.api.documents import KINDS
from diagnose.collect.aliyun.calls import ALL, CloudCall
from diagnose.collect.aliyun.policy import policy


class CalledError(Exception):
    """What the SDK was about to send."""

    def __init__(self, params: Any, request: Any) -> None:
        super().__init__()
        self.params, self.request = params, request


def snake(name: str) -> str:
    """Return a parameter as the SDKs name it in Python: VSwitchId is v_switch_id."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def method_of(call: CloudCall) -> str:
    return snake(call.action.replace("VSwitch", "Vswitch").replace("ACL", "Acl"))


@pytest.mark.needs("alibaba-sdk")
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.action)
def test_the_sdk_makes_the_same_call(call: CloudCall) -> None:
    module = call.product.module
    client: Any = import_module(f"{module}.client")
    models = import_module(f"{module}.models")
    config = import_module("alibabacloud_tea_openapi.utils_models").Config
    runtime = import_module("darabonba.runtime").RuntimeOptions()

    def record(params: Any, request: Any, _: Any) -> Any:
        raise CalledError(params, request)

    client = client.Client(config(access_key_id="a", access_key_secret="b", region_id="cn-hangzhou"))
    client.call_api = record
    words = {call.subject: "x", call.tokens: 10, "NextToken": "t" if call.tokens else ""}
    words |= {call.numbers: 10, "PageNumber": 2 if call.numbers else 0, "RegionId": "r" if call.has_region else ""}
    words = {name: value for name, value in words.items() if name and value}
    request = getattr(models, f"{call.action}Request")(**{snake(name): value for name, value in words.items()})
    with pytest.raises(CalledError) as called:
        getattr(client, f"{method_of(call)}_with_options")(request, runtime)

    params = called.value.params
    assert (params.action, params.version, params.method) == (call.action, call.product.version, call.method)
    assert (params.style, params.auth_type, params.pathname) == ("RPC", "AK", "/")
    sent = called.value.request.body if call.is_form else called.value.request.query
    assert {name: str(value) for name, value in sent.items()}.items() >= {n: str(v) for n, v in words.items()}.items()


def test_every_answer_that_is_read_is_asked_for() -> None:
    assert {call.kind for call in ALL} == set(KINDS)
    assert len(ALL) == len(KINDS)


def test_the_policy_allows_each_call_and_only_reads() -> None:
    (statement,) = json.loads(policy())["Statement"]

    assert statement["Effect"] == "Allow"
    assert len(statement["Action"]) == len(ALL)
    assert all(
        re.fullmatch(r"(emr|ecs|vpc|dataworks):(Get|List|Describe)[A-Za-z]+", name) for name in statement["Action"]
    )
