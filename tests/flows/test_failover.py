"""Which values of the failover provider can no client load? See the lab for real clients."""

from __future__ import annotations

import pytest

from diagnose.flows.failover import USUAL_PROVIDER, provider_fault


@pytest.mark.parametrize(
    "name",
    [
        USUAL_PROVIDER,
        USUAL_PROVIDER.replace("ConfiguredFailover", "RequestHedging"),
        USUAL_PROVIDER.replace("Configured", "IP"),
        "com.aliyun.emr.fs.hdfs.FailoverProvider",
        "com.example.Outer$Inner",
        "Provider",
    ],
)
def test_a_class_of_hadoop_or_of_a_library_may_be_there(name: str) -> None:
    assert provider_fault(name) is None


@pytest.mark.parametrize(
    "name",
    [
        USUAL_PROVIDER.replace("Proxy", "Poxy"),
        USUAL_PROVIDER.upper(),
        f'"{USUAL_PROVIDER}"',
        f"{USUAL_PROVIDER},{USUAL_PROVIDER}",
        "${provider}",
        "10.1.0.1:8020",
        "com..Provider",
        "com.example.",
    ],
)
def test_no_class_has_such_a_name(name: str) -> None:
    assert provider_fault(name) == "no-class"


@pytest.mark.parametrize("name", ["AdaptiveFailoverProxyProvider", "BlackListingFailoverProxyProvider"])
def test_a_patched_hadoop_may_have_a_class_of_its_own(name: str) -> None:
    assert provider_fault(USUAL_PROVIDER.replace("ConfiguredFailoverProxyProvider", name)) == "unknown"
