"""Given addresses and endpoints, when they are read, then they say what to ask, or why not."""

from __future__ import annotations

import pytest

from diagnose.collect.aliyun.source import CloudSource, read_endpoints, read_source
from diagnose.collect.collection import CollectError


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("aliyun://c-1?region=cn-hangzhou", CloudSource("c-1", "cn-hangzhou")),
        ("aliyun://c-1/?region=cn-x&resource_group=R_1", CloudSource("c-1", "cn-x", "R_1")),
        ("aliyun://C-1A", CloudSource("C-1A", "cn-beijing")),
        ("aliyun://c-1/?region=cn-x&workspace=10001", CloudSource("c-1", "cn-x", None, "10001")),
        ("aliyun://c-1?resource_group=", CloudSource("c-1", "cn-beijing")),
    ],
)
def test_an_address_says_what_is_meant(text: str, source: CloudSource) -> None:
    read = read_source(text, {"ALIBABA_CLOUD_REGION_ID": "cn-beijing"})

    assert read == source
    assert read_source(read.address, {}) == source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("aliyun://c-1", "no region. Add ?region=REGION, or set ALIBABA_CLOUD_REGION_ID"),
        ("aliyun://", "is not an address such as aliyun://c-0a1b2c3d4e5f6071?region=cn-hangzhou"),
        ("aliyun://user:word@c-1?region=cn-x", "is not an address"),
        ("aliyun://c-1/x?region=cn-x", "is not an address"),
        ("aliyun://c-1?region=cn-x#y", "is not an address"),
        ("aliyun://[?region=cn-x", "is not an address"),
        ("aliyun://c-1?region=cn-x&workspace=prod", "'prod' is not the number of a workspace"),
        ("aliyun://c-1?regoin=cn-x", "regoin is not one of region, resource_group"),
        ("aliyun://c-1?region=evil.example.com/", "'evil.example.com/' is not a region such as cn-hangzhou"),
        ("aliyun://c-1?region=cn-x&resource_group=a b", "'a b' is not the id of a resource group"),
    ],
)
def test_an_address_that_says_too_little_is_refused(text: str, words: str) -> None:
    with pytest.raises(CollectError, match=words.replace("?", r"\?")):
        read_source(text, {})


def test_endpoints_are_of_one_product_or_of_all() -> None:
    assert read_endpoints(["ecs=ecs-vpc.cn-hangzhou.aliyuncs.com", "127.0.0.1:8443"]) == {
        "ecs": "ecs-vpc.cn-hangzhou.aliyuncs.com",
        "": "127.0.0.1:8443",
    }


@pytest.mark.parametrize("text", ["http://x", "https://x/", "oss=x", "x y", "ecs=", "user@x", "x:port"])
def test_an_endpoint_is_a_host_and_never_another_scheme(text: str) -> None:
    with pytest.raises(CollectError, match="products are emr, ecs, vpc, dataworks-public"):
        read_endpoints([text])
