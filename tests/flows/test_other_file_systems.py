"""What does a client dial whose fs.defaultFS is neither hdfs:// nor the local disk?"""

from __future__ import annotations

import pytest

from diagnose.case.model import Node, Skipped
from diagnose.flows import FlowPlan, flows
from tests.support import factories as make

MASTER = make.fqdn("master-1-1")
SECOND = make.fqdn("master-1-2")
SERVICE = "etl-ha"
PAIR = (("master-1-1", "192.168.20.11"), ("master-1-2", "192.168.20.12"))
NODES = (make.a_node(), make.a_node("master-1-2", "192.168.20.12"), make.a_node("core-1-1", "192.168.20.21"))
NAMESERVICE = {
    "dfs.nameservices": SERVICE,
    f"dfs.ha.namenodes.{SERVICE}": "nn1,nn2",
    f"dfs.client.failover.proxy.provider.{SERVICE}": (
        "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"
    ),
}


def plan_of(default: str, *engines: str, **hdfs: str) -> FlowPlan:
    settings = make.some_settings(core_site={"fs.defaultFS": default}, hdfs_site=hdfs)
    registered = {"registration": make.a_registration(*engines)} if engines else {}
    return flows(make.a_case(nodes=NODES, settings=settings, **registered))


def needed(plan: FlowPlan) -> list[str]:
    return [one.id for one in plan.flows if one.area in ("hdfs", "jindo") and one.need == "required"]


def gaps(plan: FlowPlan) -> list[Skipped]:
    """Return what of the file systems could not be checked, and needs something."""
    return [skip for skip in plan.skipped if skip.needs and ("NameNode" in skip.check or "file system" in skip.check)]


@pytest.mark.parametrize(
    ("default", "namenode", "datanode"),
    [
        (f"webhdfs://{MASTER}", "namenode-http/master-1-1:9870", "datanode-http/core-1-1:9864"),
        (f"webhdfs://{MASTER}:9999/", "namenode-http/master-1-1:9999", "datanode-http/core-1-1:9864"),
        (f"swebhdfs://{MASTER}", "namenode-https/master-1-1:9871", "datanode-https/core-1-1:9865"),
    ],
)
def test_webhdfs_needs_the_web_pages_and_neither_rpc_nor_transfer(default: str, namenode: str, datanode: str) -> None:
    plan = plan_of(default)

    assert needed(plan) == [namenode, datanode]
    assert plan.bad_settings == ()


def test_httpfs_sends_no_client_on_to_a_datanode() -> None:
    plan = plan_of(f"webhdfs://{MASTER}:14000")

    assert needed(plan) == ["httpfs/master-1-1:14000"]
    assert [one.service for one in plan.flows if one.component == "httpfs"] == ["HttpFS"]


def test_httpfs_may_run_on_a_node_without_a_namenode() -> None:
    assert plan_of(f"webhdfs://{make.fqdn('core-1-1')}:14000").bad_settings == ()


def test_a_redirect_of_webhdfs_names_the_host_of_a_datanode() -> None:
    (page,) = [one for one in plan_of(f"webhdfs://{MASTER}").flows if one.component == "datanode-http"]

    assert page.endpoint.host == make.fqdn("core-1-1")


def test_webhdfs_of_a_nameservice_goes_to_the_web_pages_of_its_members() -> None:
    pages = {f"dfs.namenode.http-address.{SERVICE}.nn{n}": f"{host}:997{n}" for n, host in ((1, MASTER), (2, SECOND))}
    plan = plan_of(f"webhdfs://{SERVICE}", **NAMESERVICE, **pages)
    first = plan_of(f"webhdfs://{SERVICE}:9870", **NAMESERVICE, **dict(list(pages.items())[:1]))

    members = ["namenode-http/master-1-1:9971", "namenode-http/master-1-2:9972"]
    assert needed(plan) == [*members, "datanode-http/core-1-1:9864"]
    assert needed(first) == [members[0], "datanode-http/core-1-1:9864"]
    assert gaps(plan) == gaps(first) == []


@pytest.mark.parametrize("with_provider", [True, False])
def test_webhdfs_of_a_nameservice_that_lacks_its_settings_is_a_gap(with_provider: bool) -> None:
    hdfs = {key: value for key, value in NAMESERVICE.items() if with_provider or "proxy" not in key}
    plan = plan_of(f"webhdfs://{SERVICE}", **hdfs)

    (gap,) = gaps(plan)
    assert gap.check == "NameNode web UI"
    assert "namenode-http" not in {one.component for one in plan.flows}


@pytest.mark.parametrize("default", ["webhdfs:///", f"WEBHDFS://{MASTER}", f"SWebHDFS://{MASTER}"])
def test_webhdfs_without_a_host_or_in_capitals_is_no_address(default: str) -> None:
    (bad,) = plan_of(default).bad_settings

    assert (bad.fault, bad.need, bad.origin.key) == ("authority", "required", "fs.defaultFS")


@pytest.mark.parametrize("default", [f"webhdfs://{MASTER}:8020", f"hdfs://{MASTER}:9870", f"hdfs://{MASTER}:9864"])
def test_rpc_and_web_page_of_a_namenode_have_ports_of_their_own(default: str) -> None:
    (bad,) = plan_of(default).bad_settings

    assert (bad.fault, bad.origin.key) == ("other-service", "fs.defaultFS")


@pytest.mark.parametrize("default", ["oss://bucket/warehouse", "oss://b.oss-dls.aliyuncs.com", "s3a://b", "cosn://b-1"])
def test_an_object_store_is_said_to_be_outside_and_is_no_gap(default: str) -> None:
    plan = plan_of(default)

    assert needed(plan) == []
    (store,) = [skip for skip in plan.skipped if skip.check == "default file system"]
    assert (store.needs, "outside the cluster" in store.cause) == ("", True)


@pytest.mark.parametrize("default", ["jfs://etl", "dfs://f-1.dfs.aliyuncs.com:10290", "alluxio://h:19998/", "foo://x"])
def test_a_file_system_whose_servers_no_file_names_is_a_gap(default: str) -> None:
    plan = plan_of(default)

    assert needed(plan) == []
    (gap,) = gaps(plan)
    assert gap.check == "default file system"
    assert f"{default.partition(':')[0]}://" in gap.cause


def test_a_file_system_that_no_registered_engine_opens_is_no_gap() -> None:
    assert gaps(plan_of("jfs://etl", "trino")) == []


def test_jindofsx_is_dialled_where_its_uri_says() -> None:
    assert needed(plan_of(f"jindo://{MASTER}:8101/")) == ["jindo-namespace/master-1-1:8101"]


def rpc_of(default: str, path: str, nodes: tuple[Node, ...] = NODES) -> tuple[list[str], list[str]]:
    """Return the NameNodes that are dialled for a path of Hive, and the faults of it."""
    settings = make.some_settings(
        core_site={"fs.defaultFS": default}, hive_site={"hive.metastore.warehouse.dir": f"hdfs://{path}/w"}
    )
    plan = flows(make.a_case(nodes=nodes, settings=settings))
    return (
        [one.id for one in plan.flows if one.component == "namenode-rpc" and one.need == "required"],
        [bad.fault for bad in plan.bad_settings if bad.origin.key == "hive.metastore.warehouse.dir"],
    )


@pytest.mark.parametrize("default", ["oss://bucket/", "jindo://{master}:8101", "webhdfs://{master}:14000", "jfs://etl"])
def test_a_default_that_is_not_hdfs_names_no_namenode_and_no_port_of_one(default: str) -> None:
    assert rpc_of(default.format(master=MASTER), f"{MASTER}:8020") == (["namenode-rpc/master-1-1:8020"], [])


def test_a_path_at_a_node_that_runs_a_namenode_is_dialled() -> None:
    # Given the instances show two NameNodes, and the files one
    nodes = tuple(make.a_node(*where, components=("NameNode",)) for where in PAIR)

    assert rpc_of(f"hdfs://{MASTER}", SECOND, nodes)[1] == []
    assert rpc_of(f"hdfs://{MASTER}", SECOND, nodes[:1] + NODES[1:])[1] == ["old-path"]


def test_a_path_at_a_node_may_be_the_namenode_whose_address_no_file_tells() -> None:
    dialled, faults = rpc_of("hdfs://namenode.corp.example.com", MASTER)

    assert "namenode-rpc/master-1-1:8020" in dialled
    assert faults == []
