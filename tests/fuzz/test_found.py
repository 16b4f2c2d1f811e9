"""Do the inputs on which `make fuzz` once found a fault end as they should?"""

from __future__ import annotations

from functools import cache

import pytest

from diagnose.case import directory, recorded
from diagnose.case.model import Recorded
from diagnose.case.tree import Tree
from diagnose.engine import diagnose
from diagnose.flows.plan import flows
from diagnose.scene.observed import recorded_observations
from probes.observation import Observation, Reason
from tests.fuzz.files import as_files, read_case
from tests.support import incident_cases

FILES = as_files(incident_cases.healthy(kerberos=True))


@cache
def flow_ids() -> tuple[str, ...]:
    """Return the flows of the healthy case."""
    return tuple(flow.id for flow in flows(directory.of_tree(Tree("case", FILES))).flows)


def with_observations(reason: Reason, detail: dict[str, object], address: str | None = None) -> dict[str, bytes]:
    """Return a healthy case in which every flow was seen like this."""
    seen = Observation("local", "open", reason, source=address, address=address, detail=detail)
    return {**FILES, "observations.json": recorded.encode([Recorded(flow, seen) for flow in flow_ids()])}


@pytest.mark.parametrize("value", [[], {}, "", "10.0.0.1", 1e308, -1, None, True, ["a", 1], [1e308, -1e308]], ids=repr)
@pytest.mark.parametrize(
    "key",
    ["kerberos", "errno", "own_protocol", "other_protocol", "clock_offset_s", "lost_reply", "own_realm", "beside"],
)
@pytest.mark.parametrize("reason", ["syn-ack", "kerberos-reply"])
def test_a_detail_of_any_type_is_no_bug(reason: Reason, key: str, value: object) -> None:
    assert read_case(with_observations(reason, {key: value}), 0) in {"exit code 0", "exit code 1", "exit code 3"}


def test_a_size_of_replies_is_a_number() -> None:
    case = directory.of_tree(Tree("case", with_observations("kerberos-reply", {"lost_reply": True})))

    assert "KDC-FRAG" not in {found.code for found in diagnose(case, recorded_observations(case)).conclusion.findings}


@pytest.mark.parametrize("address", ["192.168.2~.11", "165536", "_HOST", "fe80::1%eth0:1e999", "::1%eth0", ""])
def test_an_observed_address_that_is_none_names_no_node(address: str) -> None:
    case = directory.of_tree(Tree("case", with_observations("syn-ack", {}, address)))
    diagnosis = diagnose(case, recorded_observations(case))

    assert not diagnosis.bugs
    assert {outcome.flow.endpoint.address for outcome in diagnosis.scene.outcomes if outcome.observed} <= {
        *(node.address for node in case.nodes),
        None,
    }


@pytest.mark.parametrize("offset", [["x", 1.5], [[], {}], [None, 400.0], [1e308, 1e308], [10**30, 10**30]], ids=repr)
def test_only_numbers_are_a_clock_offset(offset: list[object]) -> None:
    case = directory.of_tree(Tree("case", with_observations("kerberos-reply", {"clock_offset_s": offset})))
    diagnosis = diagnose(case, recorded_observations(case))

    assert "KRB-SKEW" not in {finding.code for finding in diagnosis.conclusion.findings}


@pytest.mark.parametrize(
    "address", ["fe80::1%eth0:2181", "[fe80::1%eth0]:8020", "fe80::1%eth0", "hdfs://[fe80::1%25]:8"]
)
@pytest.mark.parametrize("key", ["fs.defaultFS", "dfs.namenode.rpc-address", "yarn.resourcemanager.address"])
def test_an_address_with_a_scope_is_no_bug(key: str, address: str) -> None:
    """Given a link-local address with its interface, which no other machine can dial."""
    files = incident_cases.changed(incident_cases.healthy(kerberos=True), {"core-site.xml": {key: address}})

    assert read_case(as_files(files), 0) in {"exit code 0", "exit code 1", "exit code 3"}


def test_a_zookeeper_with_a_scope_is_no_bug() -> None:
    files = incident_cases.changed(
        incident_cases.healthy(), {"hbase-site.xml": {"hbase.zookeeper.quorum": "fe80::1%eth0:2181"}}
    )

    assert read_case(as_files(files), 0) in {"exit code 0", "exit code 1", "exit code 3"}
