"""Which connections does a case need? Tables of configuration and the flows that follow from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.case.model import Case, Node
from diagnose.flows import Flow, FlowPlan, flows, sources
from diagnose.flows.components import component, load
from probes.names.hosts import read_hosts
from tests.support import factories as make

MASTER = make.fqdn("master-1-1")
SECOND = make.fqdn("master-1-2")

CORE = {"fs.defaultFS": f"hdfs://{MASTER}:9000"}
HA_NODES = (make.a_node(), make.a_node("master-1-2", "192.168.20.12"), make.a_node("core-1-1", "192.168.20.21"))
HA_HDFS = {
    "dfs.nameservices": "hdfs-cluster",
    "dfs.ha.namenodes.hdfs-cluster": "nn1, nn2",
    "dfs.namenode.rpc-address.hdfs-cluster.nn1": f"{MASTER}:8020",
    "dfs.namenode.rpc-address.hdfs-cluster.nn2": f"{SECOND}:8020",
    "dfs.client.failover.proxy.provider.hdfs-cluster": (
        "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"
    ),
}


def ids(plan: FlowPlan, *components: str) -> list[str]:
    return [one.id for one in plan.flows if not components or one.component in components]


def one(plan: FlowPlan, id_: str) -> Flow:
    return next(found for found in plan.flows if found.id == id_)


def missing(plan: FlowPlan) -> dict[str, str]:
    """Check -> cause, of what would need more files."""
    return {skip.check: skip.cause for skip in plan.skipped if skip.needs}


# --- Kerberos


def test_every_kdc_entry_gives_udp_and_tcp_on_its_own_port() -> None:
    case = make.a_case(krb5=make.a_krb5conf(f"{MASTER}:1088", "192.168.20.12"), nodes=HA_NODES)

    plan = flows(case)

    assert ids(plan, "kdc-udp", "kdc-tcp") == [
        "kdc-udp/master-1-1:1088",
        "kdc-tcp/master-1-1:1088",
        "kdc-udp/master-1-2:88",
        "kdc-tcp/master-1-2:88",
    ]
    first = one(plan, "kdc-udp/master-1-1:1088")
    assert (first.need, first.realm, first.endpoint.transport, first.endpoint.address) == (
        "required",
        make.REALM,
        "udp",
        "192.168.20.11",
    )
    assert (first.origin.file, first.origin.line) == ("krb5.conf", 7)


@pytest.mark.parametrize(
    ("value", "need"), [("1", "optional"), ("0", "required"), ("2", "required"), ("1465", "required")]
)
def test_udp_is_optional_only_where_clients_begin_with_tcp(value: str, need: str) -> None:
    case = make.a_case(krb5=make.a_krb5conf(libdefaults=f"  udp_preference_limit = {value}\n"))

    assert {found.component: found.need for found in flows(case).flows if found.area == "kerberos"} == {
        "kdc-udp": need,
        "kdc-tcp": "required",
    }


@pytest.mark.parametrize(
    ("general", "own", "need"),
    [("", "1", "optional"), ("1", "4096", "required"), ("4096", "1", "optional"), ("1", "no number", "optional")],
)
def test_the_limit_of_the_realm_itself_comes_first(general: str, own: str, need: str) -> None:
    head = f"  udp_preference_limit = {general}\n" if general else ""
    entries = ("192.168.20.11:88\n    udp_preference_limit = " + own,)
    case = make.a_case(krb5=make.a_krb5conf(*entries, libdefaults=head))

    assert {found.need for found in flows(case).flows if found.component == "kdc-udp"} == {need}


def test_ports_of_has_stand_in_where_the_entry_has_none() -> None:
    extra = "  kdc_udp_port = 1089\n  kdc_tcp_port = 1090\n"
    case = make.a_case(krb5=make.a_krb5conf("192.168.20.11", "192.168.20.12:88", libdefaults=extra), nodes=HA_NODES)

    plan = flows(case)

    assert ids(plan, "kdc-udp", "kdc-tcp") == [
        "kdc-udp/master-1-1:1089",
        "kdc-tcp/master-1-1:1090",
        "kdc-udp/master-1-2:88",
        "kdc-tcp/master-1-2:88",
    ]
    assert str(one(plan, "kdc-tcp/master-1-1:1090").origin) == "krb5.conf:5 ([libdefaults] kdc_tcp_port)"


def test_a_realm_of_a_service_principal_is_in_use_too() -> None:
    profile = make.a_profile(
        "[libdefaults]\n default_realm = A.COM\n[realms]\n A.COM = {\n  kdc = 10.0.0.1\n }\n"
        " B.COM = {\n  kdc = 10.0.0.2\n }\n C.COM = {\n  kdc = 10.0.0.3\n }\n"
    )
    settings = make.some_settings(hdfs_site={"dfs.namenode.kerberos.principal": "hdfs/_HOST@B.COM"})

    plan = flows(make.a_case(krb5=profile, settings=settings))

    assert ids(plan, "kdc-udp") == ["kdc-udp/10.0.0.1:88", "kdc-udp/10.0.0.2:88"]
    assert [found.realm for found in plan.flows if found.component == "kdc-udp"] == ["A.COM", "B.COM"]


@pytest.mark.parametrize(
    ("mode", "login", "expected"),
    [
        ("KERBEROS", None, True),
        ("NORMAL", None, False),
        ("NORMAL", "kerberos", True),
        (None, "simple", False),
        (None, None, True),
        ("KERBEROS", "simple", True),
    ],
)
def test_whether_the_cluster_uses_kerberos(mode: str | None, login: str | None, expected: bool) -> None:
    settings = make.some_settings(core_site={"hadoop.security.authentication": login} if login else {})
    case = make.a_case(cluster=make.a_cluster(security_mode=mode), krb5=make.a_krb5conf(), settings=settings)

    assert bool(ids(flows(case), "kdc-udp")) is expected


def test_without_krb5conf_the_console_settings_name_the_kdc() -> None:
    settings = {
        "krb5.conf": make.a_configuration("krb5.conf", {"kdc_hosts": "10.9.0.5:1088,kdc2.corp", "realm": "CORP.COM"})
    }
    case = make.a_case(cluster=make.a_cluster(security_mode="KERBEROS"), settings=settings)

    plan = flows(case)

    assert ids(plan, "kdc-udp") == ["kdc-udp/10.9.0.5:1088", "kdc-udp/kdc2.corp:88"]
    assert one(plan, "kdc-tcp/kdc2.corp:88").realm == "CORP.COM"


def test_kerberos_without_any_file_is_a_gap() -> None:
    plan = flows(make.a_case(cluster=make.a_cluster(security_mode="KERBEROS")))

    assert "no krb5.conf" in missing(plan)["KDC"]
    assert not ids(plan, "kdc-udp", "kdc-tcp")


def test_no_default_realm_is_a_gap() -> None:
    case = make.a_case(
        krb5=make.a_profile("[libdefaults]\n forwardable = true\n"), cluster=make.a_cluster(security_mode="KERBEROS")
    )

    assert "no default realm" in missing(flows(case))["KDC"]


@pytest.mark.parametrize("line", ["kdc_udp_port = 88x", "kdc_tcp_port = 70000"])
def test_an_unreadable_port_of_has_is_a_gap_and_the_entry_keeps_its_own(line: str) -> None:
    plan = flows(make.a_case(krb5=make.a_krb5conf("192.168.20.11", libdefaults=f"  {line}\n")))

    assert "KDC ports of HAS" in missing(plan)
    assert ids(plan, "kdc-udp", "kdc-tcp") == ["kdc-udp/master-1-1:88", "kdc-tcp/master-1-1:88"]


@pytest.mark.parametrize("entry", ["0.0.0.0:88", "bad host/x"])
def test_a_kdc_that_is_no_host_is_a_gap(entry: str) -> None:
    plan = flows(make.a_case(cluster=make.a_cluster(security_mode="KERBEROS"), krb5=make.a_krb5conf("a/b", entry)))

    assert f"KDC of {make.REALM}" in missing(plan)


def test_console_settings_that_are_no_address_are_a_gap() -> None:
    settings = {"krb5.conf": make.a_configuration("krb5.conf", {"kdc_hosts": "10.9.0.5:x"})}

    assert (
        "no host:port"
        in missing(flows(make.a_case(cluster=make.a_cluster(security_mode="KERBEROS"), settings=settings)))["KDC"]
    )


def test_a_realm_without_kdc_and_an_unreadable_entry_are_gaps() -> None:
    profile = make.a_profile(
        "[libdefaults]\n default_realm = A.COM\n kdc_realm = B.COM\n[realms]\n B.COM = {\n  kdc = h:88x\n }\n"
    )

    plan = flows(make.a_case(krb5=profile, cluster=make.a_cluster(security_mode="KERBEROS")))

    assert set(missing(plan)) >= {"KDC of A.COM", "KDC of B.COM"}
    assert not ids(plan, "kdc-udp")


def test_an_https_proxy_is_one_tcp_flow() -> None:
    plan = flows(make.a_case(krb5=make.a_krb5conf("https://kkdcp.corp/KdcProxy")))

    assert ids(plan, "kdc-udp", "kdc-tcp", "kdc-proxy") == ["kdc-proxy/kkdcp.corp:443"]


# --- HDFS


@pytest.mark.parametrize(
    ("core", "hdfs", "expected"),
    [
        (CORE, {}, ["namenode-rpc/master-1-1:9000"]),
        ({"fs.default.name": f"hdfs://{MASTER}:9000/"}, {}, ["namenode-rpc/master-1-1:9000"]),
        ({"fs.defaultFS": f"hdfs://{MASTER}"}, {}, ["namenode-rpc/master-1-1:8020"]),
        (
            {"fs.defaultFS": "hdfs://hdfs-cluster"},
            HA_HDFS,
            ["namenode-rpc/master-1-1:8020", "namenode-rpc/master-1-2:8020"],
        ),
        ({}, HA_HDFS, ["namenode-rpc/master-1-1:8020", "namenode-rpc/master-1-2:8020"]),
        ({}, {"dfs.namenode.rpc-address": "0.0.0.0:8021"}, []),
        ({}, {"dfs.namenode.rpc-address": f"{SECOND}:8021"}, ["namenode-rpc/master-1-2:8021"]),
        ({"fs.defaultFS": "hdfs://hdfs-cluster"}, {}, []),
        (
            {"fs.defaultFS": "hdfs://ns"},
            {"dfs.nameservices": "ns", "dfs.namenode.rpc-address.ns": f"{MASTER}"},
            ["namenode-rpc/master-1-1:8020"],
        ),
    ],
)
def test_namenodes(core: dict[str, str], hdfs: dict[str, str], expected: list[str]) -> None:
    case = make.a_case(nodes=HA_NODES, settings=make.some_settings(core_site=core, hdfs_site=hdfs))

    assert ids(flows(case), "namenode-rpc") == expected


def test_a_nameservice_that_no_file_defines_is_a_gap_and_never_a_host() -> None:
    plan = flows(make.a_case(settings=make.some_settings(core_site={"fs.defaultFS": "hdfs://hdfs-cluster"})))

    assert "hdfs-cluster" in missing(plan)["NameNode RPC"]
    assert not [found for found in plan.flows if "hdfs-cluster" in found.endpoint.host]


def test_a_namenode_without_address_is_a_gap_and_the_other_stays() -> None:
    partial = {key: value for key, value in HA_HDFS.items() if not key.endswith("nn2")}

    plan = flows(make.a_case(settings=make.some_settings(hdfs_site=partial)))

    assert ids(plan, "namenode-rpc") == ["namenode-rpc/master-1-1:8020"]
    assert "dfs.namenode.rpc-address.hdfs-cluster.nn2" in missing(plan)["NameNode RPC"]


def test_nameservices_of_other_clusters_are_not_needed() -> None:
    remote = {
        "dfs.nameservices": "hdfs-cluster,backup",
        "dfs.ha.namenodes.backup": "nn1",
        "dfs.namenode.rpc-address.backup.nn1": "10.1.1.1:8020",
    }
    settings = make.some_settings(core_site={"fs.defaultFS": "hdfs://hdfs-cluster"}, hdfs_site={**HA_HDFS, **remote})

    assert ids(flows(make.a_case(nodes=HA_NODES, settings=settings)), "namenode-rpc") == [
        "namenode-rpc/master-1-1:8020",
        "namenode-rpc/master-1-2:8020",
    ]


@pytest.mark.parametrize(
    ("deploy_mode", "port"),
    [("HA", 8020), ("NORMAL", 9000), (None, 9000)],
)
def test_instances_name_the_namenode_where_no_file_does(deploy_mode: str | None, port: int) -> None:
    nodes = (make.a_node(components=("NAMENODE",)), make.a_node("core-1-1", "192.168.20.21", components=("DataNode",)))

    plan = flows(make.a_case(cluster=make.a_cluster(deploy_mode=deploy_mode), nodes=nodes))

    assert ids(plan, "namenode-rpc") == [f"namenode-rpc/master-1-1:{port}"]
    assert one(plan, f"namenode-rpc/master-1-1:{port}").origin == make.an_origin(
        "components.toml", None, "namenode-rpc"
    )


def test_several_namenodes_have_the_port_of_a_cluster_with_ha_whatever_the_files_lack() -> None:
    second = make.a_node("master-1-2", "192.168.20.12", components=("NameNode",))
    nodes = (make.a_node(components=("NAMENODE",)), second)
    settings = make.some_settings(core_site={"fs.defaultFS": "hdfs://hdfs-cluster"})

    plan = flows(make.a_case(cluster=make.a_cluster(deploy_mode=None), nodes=nodes, settings=settings))

    assert ids(plan, "namenode-rpc") == ["namenode-rpc/master-1-1:8020", "namenode-rpc/master-1-2:8020"]


def test_hdfs_is_optional_where_the_default_file_system_is_another() -> None:
    settings = make.some_settings(core_site={"fs.defaultFS": "oss://bucket/warehouse"}, hdfs_site=HA_HDFS)

    plan = flows(make.a_case(nodes=HA_NODES, settings=settings))

    assert {found.need for found in plan.flows if found.area == "hdfs"} == {"optional"}
    assert ids(plan, "namenode-rpc", "datanode-transfer") == [
        "namenode-rpc/master-1-1:8020",
        "namenode-rpc/master-1-2:8020",
        "datanode-transfer/core-1-1:9866",
    ]
    assert not flows(make.a_case(nodes=(), settings=make.some_settings(core_site={"fs.defaultFS": "oss://b/"}))).flows


# --- DataNodes


@pytest.mark.parametrize(
    ("release", "hdfs", "port", "says"),
    [
        ("EMR-5.18.1", {}, 9866, "default port of Hadoop 3"),
        ("EMR-3.38.2", {}, 50010, "default port of Hadoop 2"),
        ("EMR-4.9.0", {}, 9866, "no file tells which Hadoop"),
        (None, {"dfs.namenode.http-address.ns.nn1": "h:50070"}, 50010, "default port of Hadoop 2"),
        ("EMR-3.38.2", {"dfs.datanode.http.address": "0.0.0.0:9864"}, 9866, "default port of Hadoop 3"),
        ("EMR-5.18.1", {"dfs.datanode.address": "0.0.0.0:1004"}, 1004, "each DataNode directly"),
        ("EMR-5.18.1", {"dfs.datanode.address": "0.0.0.0"}, 9866, "default port of Hadoop 3"),
    ],
)
def test_port_of_the_datanodes(release: str | None, hdfs: dict[str, str], port: int, says: str) -> None:
    case = make.a_case(cluster=make.a_cluster(release=release), settings=make.some_settings(hdfs_site=hdfs))

    plan = flows(case)

    assert ids(plan, "datanode-transfer") == [
        f"datanode-transfer/core-1-1:{port}",
        f"datanode-transfer/core-1-2:{port}",
    ]
    assert says in one(plan, f"datanode-transfer/core-1-1:{port}").why


def test_a_random_datanode_port_is_a_gap() -> None:
    plan = flows(make.a_case(settings=make.some_settings(hdfs_site={"dfs.datanode.address": "0.0.0.0:0"})))

    assert "no fixed port" in missing(plan)["DataNode transfer"]


def test_task_nodes_count_only_where_an_answer_says_they_run_one() -> None:
    core, task = make.a_node("core-1-1", "192.168.20.21"), make.a_node("task-1-1", "192.168.20.31")
    running = Node("task-1-1", "192.168.20.31", "TASK", components=("DataNode",))

    assert ids(flows(make.a_case(nodes=(core, task))), "datanode-transfer") == ["datanode-transfer/core-1-1:9866"]
    assert ids(flows(make.a_case(nodes=(core, running))), "datanode-transfer") == ["datanode-transfer/task-1-1:9866"]


@pytest.mark.parametrize(("by_name", "host"), [("false", "192.168.20.21"), ("true", make.fqdn("core-1-1"))])
def test_clients_dial_the_address_of_a_datanode_unless_told_to_use_the_name(by_name: str, host: str) -> None:
    node = make.a_node("core-1-1", "192.168.20.21", hostnames=(make.fqdn("core-1-1"),))
    settings = make.some_settings(hdfs_site={"dfs.client.use.datanode.hostname": by_name})

    found = one(flows(make.a_case(nodes=(node,), settings=settings)), "datanode-transfer/core-1-1:9866")

    assert (found.endpoint.host, found.endpoint.address) == (host, "192.168.20.21")


# --- YARN and MapReduce


def test_resourcemanagers_with_high_availability() -> None:
    yarn = {
        "yarn.resourcemanager.ha.enabled": "true",
        "yarn.resourcemanager.ha.rm-ids": "rm1,rm2,rm3",
        "yarn.resourcemanager.address.rm1": f"{MASTER}:8050",
        "yarn.resourcemanager.hostname.rm2": SECOND,
    }

    plan = flows(make.a_case(nodes=HA_NODES, settings=make.some_settings(yarn_site=yarn)))

    assert ids(plan, "resourcemanager-client") == [
        "resourcemanager-client/master-1-1:8050",
        "resourcemanager-client/master-1-2:8032",
    ]
    assert "rm3" in missing(plan)["ResourceManager"]
    assert {found.component: found.need for found in plan.flows if found.area == "yarn"} == {
        "resourcemanager-client": "required",
        "resourcemanager-scheduler": "optional",
        "resourcemanager-web": "optional",
    }


@pytest.mark.parametrize(
    ("yarn", "expected"),
    [
        (
            {
                "yarn.resourcemanager.hostname": MASTER,
                "yarn.resourcemanager.address": "${yarn.resourcemanager.hostname}:8032",
            },
            "resourcemanager-client/master-1-1:8032",
        ),
        (
            {"yarn.resourcemanager.hostname": "emr-header-1.cluster-9"},
            "resourcemanager-client/emr-header-1.cluster-9:8032",
        ),
        (
            {"yarn.resourcemanager.ha.rm-ids": "rm1", "yarn.resourcemanager.hostname": MASTER},
            "resourcemanager-client/master-1-1:8032",
        ),
    ],
)
def test_one_resourcemanager(yarn: dict[str, str], expected: str) -> None:
    assert ids(flows(make.a_case(settings=make.some_settings(yarn_site=yarn))), "resourcemanager-client") == [expected]


@pytest.mark.parametrize(
    ("yarn", "line"),
    [
        ({"yarn.resourcemanager.address": "0.0.0.0:8032"}, 1),
        ({"yarn.resourcemanager.hostname": "0.0.0.0"}, 1),
        ({}, None),
        ({"yarn.resourcemanager.ha.rm-ids": "rm1,rm2", "yarn.resourcemanager.hostname.rm1": MASTER}, None),
    ],
)
def test_a_resourcemanager_at_no_address_is_a_bad_setting_and_never_a_guess(
    yarn: dict[str, str], line: int | None
) -> None:
    plan = flows(make.a_case(settings=make.some_settings(yarn_site=yarn)))

    assert not ids(plan, "resourcemanager-client")
    assert [(bad.fault, bad.component, bad.need, bad.origin.line) for bad in plan.bad_settings] == [
        ("unset", "resourcemanager-client", "required", line)
    ]


def test_an_address_in_core_site_loses_to_the_default_of_yarn_site() -> None:
    # Given an address in a file that a client reads before yarn-default.xml, and a yarn-site.xml
    settings = make.some_settings(core_site={"yarn.resourcemanager.address": f"{MASTER}:8032"}, yarn_site={})

    bad_settings = flows(make.a_case(settings=settings)).bad_settings
    assert [bad.fault for bad in bad_settings if bad.component == "resourcemanager-client"] == ["unset"]


def test_a_client_dials_a_wildcard_as_it_is_even_if_a_node_runs_the_service() -> None:
    nodes = (*HA_NODES[:1], make.a_node("master-1-2", "192.168.20.12", components=("MRHistoryServer",)))
    case = make.a_case(
        nodes=nodes, settings=make.some_settings(mapred_site={"mapreduce.jobhistory.address": "0.0.0.0:10021"})
    )

    plan = flows(case)

    assert not ids(plan, "jobhistory-rpc")
    assert [(bad.fault, bad.value) for bad in plan.bad_settings] == [("unset", "0.0.0.0:10021")]


def test_the_scheduler_is_required_only_with_an_application_master_outside_the_cluster() -> None:
    settings = {
        **make.some_settings(yarn_site={"yarn.resourcemanager.hostname": MASTER}),
        "spark-defaults.conf": make.a_configuration("spark-defaults.conf", {"spark.yarn.unmanagedAM.enabled": "true"}),
    }

    assert one(flows(make.a_case(settings=settings)), "resourcemanager-scheduler/master-1-1:8030").need == "required"


def test_spark_overrides_are_flows_of_their_own() -> None:
    settings = {
        **make.some_settings(yarn_site={"yarn.resourcemanager.address": f"{MASTER}:8032"}),
        "spark-defaults.conf": make.a_configuration(
            "spark-defaults.conf", {"spark.hadoop.yarn.resourcemanager.address": f"{SECOND}:8050"}
        ),
    }

    assert ids(flows(make.a_case(nodes=HA_NODES, settings=settings)), "resourcemanager-client") == [
        "resourcemanager-client/master-1-1:8032",
        "resourcemanager-client/master-1-2:8050",
    ]


@pytest.mark.parametrize(
    ("yarn", "expected"),
    [
        ({}, []),
        ({"yarn.timeline-service.enabled": "true", "yarn.timeline-service.hostname": MASTER}, ["timeline:8188"]),
        (
            {
                "yarn.timeline-service.enabled": "true",
                "yarn.timeline-service.hostname": MASTER,
                "yarn.http.policy": "HTTPS_ONLY",
            },
            ["timeline-https:8190"],
        ),
        (
            {
                "yarn.timeline-service.enabled": "true",
                "yarn.timeline-service.hostname": MASTER,
                "yarn.timeline-service.version": "2.0f",
            },
            [],
        ),
    ],
)
def test_the_timeline_server_of_version_1_is_required_with_kerberos(yarn: dict[str, str], expected: list[str]) -> None:
    yarn = {"yarn.resourcemanager.hostname": MASTER, **yarn}
    settings = make.some_settings(yarn_site=yarn)
    secure = make.a_case(krb5=make.a_krb5conf(), settings=settings)

    found = [flow for flow in flows(secure).flows if flow.component.startswith("timeline")]
    assert [f"{flow.component}:{flow.endpoint.port}" for flow in found] == expected
    assert {flow.need for flow in found} <= {"required"}
    assert not [flow for flow in flows(make.a_case(settings=settings)).flows if flow.component.startswith("timeline")]


def test_web_pages_are_at_the_https_address_if_the_policy_says_so() -> None:
    yarn = {"yarn.resourcemanager.hostname": MASTER, "yarn.http.policy": "HTTPS_ONLY"}
    mapred = {
        "mapreduce.jobhistory.http.policy": "HTTPS_ONLY",
        "mapreduce.jobhistory.address": f"{MASTER}:10020",
        "mapreduce.jobhistory.webapp.https.address": f"{MASTER}:19890",
    }

    plan = flows(make.a_case(settings=make.some_settings(yarn_site=yarn, mapred_site=mapred)))

    assert not ids(plan, "resourcemanager-web", "jobhistory-web")
    assert ids(plan, "resourcemanager-web-https", "jobhistory-web-https") == [
        "jobhistory-web-https/master-1-1:19890",
    ] or ids(plan, "jobhistory-web-https") == ["jobhistory-web-https/master-1-1:19890"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("kms://https@m1;m2:9600/kms", ["kms/m1:9600", "kms/m2:9600"]),
        ("kms://http@m1/kms", ["kms/m1:80"]),
        ("jceks://file/etc/x", []),
    ],
)
def test_a_key_management_server_is_required_with_kerberos(uri: str, expected: list[str]) -> None:
    settings = make.some_settings(core_site={"hadoop.security.key.provider.path": uri})

    secure = flows(make.a_case(krb5=make.a_krb5conf(), settings=settings))
    simple = flows(make.a_case(settings=settings))

    assert ids(secure, "kms") == ids(simple, "kms") == expected
    assert {flow.need for flow in secure.flows if flow.component == "kms"} <= {"required"}
    assert {flow.need for flow in simple.flows if flow.component == "kms"} <= {"optional"}


# --- addresses that lead nowhere, and other file systems


@pytest.mark.parametrize(
    ("core", "hdfs", "fault", "right"),
    [
        ({"fs.defaultFS": "hdfs://localhost:9000"}, {}, "loopback", None),
        ({"fs.defaultFS": "hdfs://127.0.0.2:8020"}, {}, "loopback", None),
        ({"fs.defaultFS": "hdfs://0.0.0.0:8020"}, {}, "unset", None),
        ({"fs.defaultFS": "hdfs://name_node:8020"}, {}, "authority", None),
        ({"fs.defaultFS": f"hdfs://{MASTER}:80200"}, {}, "port", None),
        ({"fs.defaultFS": "hdfs://hdfs-cluster:9000"}, HA_HDFS, "logical-port", "hdfs://hdfs-cluster"),
    ],
)
def test_a_file_system_that_leads_nowhere(
    core: dict[str, str], hdfs: dict[str, str], fault: str, right: str | None
) -> None:
    plan = flows(make.a_case(nodes=HA_NODES, settings=make.some_settings(core_site=core, hdfs_site=hdfs)))

    assert not ids(plan, "namenode-rpc")
    assert [(bad.fault, bad.right, bad.origin.key) for bad in plan.bad_settings] == [(fault, right, "fs.defaultFS")]


def test_8020_behind_a_nameservice_is_what_hadoop_lets_pass() -> None:
    settings = make.some_settings(core_site={"fs.defaultFS": "hdfs://hdfs-cluster:8020"}, hdfs_site=HA_HDFS)

    plan = flows(make.a_case(nodes=HA_NODES, settings=settings))

    assert ids(plan, "namenode-rpc") == ["namenode-rpc/master-1-1:8020", "namenode-rpc/master-1-2:8020"]
    assert plan.bad_settings == ()


def test_one_namenode_of_several_is_dialled_and_told() -> None:
    settings = make.some_settings(core_site={"fs.defaultFS": f"hdfs://{SECOND}:8020"}, hdfs_site=HA_HDFS)

    plan = flows(make.a_case(nodes=HA_NODES, settings=settings))

    assert ids(plan, "namenode-rpc") == ["namenode-rpc/master-1-2:8020"]
    assert [(bad.fault, bad.right) for bad in plan.bad_settings] == [("pinned", "hdfs://hdfs-cluster")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"hdfs://{MASTER}:9000/warehouse", []),
        ("/user/hive/warehouse", []),
        (f"hdfs://{MASTER}:8020/warehouse", [("other-port", f"hdfs://{MASTER}:9000")]),
        (f"hdfs://{MASTER}/warehouse", [("other-port", f"hdfs://{MASTER}:9000")]),
        ("hdfs://emr-header-1:9000/warehouse", [("old-path", None)]),
        ("hdfs://localhost:9000/warehouse", [("loopback", None)]),
    ],
)
def test_a_warehouse_is_opened_as_it_stands(value: str, expected: list[tuple[str, str | None]]) -> None:
    settings = make.some_settings(core_site=CORE, hive_site={"hive.metastore.warehouse.dir": value})

    plan = flows(make.a_case(settings=settings))

    assert ids(plan, "namenode-rpc") == ["namenode-rpc/master-1-1:9000"]
    assert [(bad.fault, bad.right) for bad in plan.bad_settings] == expected


def test_a_warehouse_on_another_cluster_is_a_flow() -> None:
    warehouse = {"hive.metastore.warehouse.dir": "hdfs://nn.other.example/w"}

    plan = flows(make.a_case(settings=make.some_settings(core_site=CORE, hive_site=warehouse)))

    assert "namenode-rpc/nn.other.example:8020" in ids(plan, "namenode-rpc")


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("hive-site.xml", "hive.server2.thrift.bind.host"),
        ("hdfs-site.xml", "dfs.namenode.rpc-bind-host"),
        ("hdfs-site.xml", "dfs.namenode.rpc-bind-host.hdfs-cluster.nn1"),
        ("yarn-site.xml", "yarn.resourcemanager.bind-host"),
        ("mapred-site.xml", "mapreduce.jobhistory.bind-host"),
        ("kyuubi-defaults.conf", "kyuubi.frontend.bind.host"),
    ],
)
@pytest.mark.parametrize(("value", "bad"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)])
def test_a_server_that_listens_on_loopback_alone(file: str, key: str, value: str, bad: bool) -> None:
    settings = {file: make.a_configuration(file, {key: value, "yarn.resourcemanager.hostname": MASTER})}

    found = [one for one in flows(make.a_case(settings=settings)).bad_settings if one.fault == "bind"]

    assert [(one.origin.key, one.right) for one in found] == ([(key, "0.0.0.0")] if bad else [])


@pytest.mark.parametrize(
    "value",
    [
        "/",
        "/user",
        "hdfs:/host",
        "hdfs:host/x",
        "hdfs:///",
        "HDFS://nn.corp",
        "hdfs://a_b:8020",
        "nn.corp:8020/",
        "fd00::7",
    ],
)
def test_a_default_file_system_that_the_client_refuses_is_a_bad_setting(value: str) -> None:
    plan = flows(make.a_case(settings=make.some_settings(core_site={"fs.defaultFS": value})))

    assert not ids(plan, "namenode-rpc")
    assert [(bad.fault, bad.need) for bad in plan.bad_settings] == [("authority", "required")]


def test_a_default_file_system_without_scheme_and_slash_is_a_namenode() -> None:
    settings = make.some_settings(core_site={"fs.defaultFS": "nn.corp:8021"})

    assert ids(flows(make.a_case(settings=settings)), "namenode-rpc") == ["namenode-rpc/nn.corp:8021"]


def test_a_namenode_of_a_nameservice_needs_a_port() -> None:
    hdfs = HA_HDFS | {"dfs.namenode.rpc-address.hdfs-cluster.nn2": SECOND}
    settings = make.some_settings(core_site={"fs.defaultFS": "hdfs://hdfs-cluster"}, hdfs_site=hdfs)

    assert [(bad.fault, bad.value) for bad in flows(make.a_case(settings=settings)).bad_settings] == [("port", SECOND)]


@pytest.mark.parametrize("absent", ["dfs.nameservices", "dfs.client.failover.proxy.provider.hdfs-cluster"])
def test_half_of_a_nameservice_is_a_gap(absent: str) -> None:
    hdfs = {key: value for key, value in HA_HDFS.items() if key != absent}
    settings = make.some_settings(core_site={"fs.defaultFS": "hdfs://hdfs-cluster"}, hdfs_site=hdfs)

    assert absent in missing(flows(make.a_case(settings=settings)))["NameNode RPC"]


@pytest.mark.parametrize("address", ["${nobody.sets.this}:8032", "fd00::7:8032", ":8032", "*:8032"])
def test_an_address_that_java_does_not_parse_is_a_bad_setting(address: str) -> None:
    plan = flows(make.a_case(settings=make.some_settings(yarn_site={"yarn.resourcemanager.address": address})))

    assert not ids(plan, "resourcemanager-client")
    assert [bad.fault for bad in plan.bad_settings] == ["authority"]


@pytest.mark.parametrize(
    ("yarn", "key", "right"),
    [
        ({}, "ha.rm-ids", None),
        ({"hostname": MASTER}, "ha.rm-ids", None),
        ({"ha.rm-ids": " ", "hostname.rm2": SECOND, "address.rm1": f"{MASTER}:8032"}, "ha.rm-ids", "rm1,rm2"),
        ({"ha.rm-ids": "rm1,rm2", "hostname.rm2": SECOND}, "hostname.rm1", MASTER),
        ({"ha.rm-ids": "rm1,rm2", "hostname": MASTER}, "hostname.rm1", None),
    ],
)
def test_high_availability_without_ids_or_the_first_address_lacks_a_setting(
    yarn: dict[str, str], key: str, right: str | None
) -> None:
    prefix = "yarn.resourcemanager."
    given = {f"{prefix}{name}": value for name, value in {"ha.enabled": "true", **yarn}.items()}
    masters = (make.a_node(group="MASTER"), make.a_node("master-1-2", "192.168.20.12", group="MASTER"))
    plan = flows(make.a_case(nodes=masters, settings=make.some_settings(yarn_site=given)))

    (bad,) = [bad for bad in plan.bad_settings if bad.component == "resourcemanager-client"]
    assert (bad.fault, bad.need, bad.origin.key, bad.right) == ("missing", "required", f"{prefix}{key}", right)
    assert (bad.origin.file, bad.origin.line, bad.known) == ("yarn-site.xml", None, "yarn-site.xml:1")


@pytest.mark.parametrize(
    ("ids", "right"),
    [
        ("rm1,rm2", "nn1,nn2"),
        # One of the ids has its host, or there is one more: which belong together is not known
        ("nn1,rm2", None),
        ("rm1,rm2,rm3", None),
    ],
)
def test_ids_without_any_address_are_those_that_the_addresses_have(ids: str, right: str | None) -> None:
    prefix = "yarn.resourcemanager."
    given = {"ha.enabled": "true", "ha.rm-ids": ids, "hostname.nn1": MASTER, "address.nn2": f"{SECOND}:8032"}
    yarn = {f"{prefix}{name}": value for name, value in given.items()}
    plan = flows(make.a_case(settings=make.some_settings(yarn_site=yarn)))

    bad = [bad for bad in plan.bad_settings if bad.component == "resourcemanager-client" and bad.value]
    assert [(each.fault, each.value, each.right, each.origin.line) for each in bad] == (
        [("missing", ids, right, 2)] if right else []
    )


@pytest.mark.parametrize(
    ("protocols", "is_lacking"), [("REST", True), ("REST,MYSQL", True), ("REST,thrift_binary", False)]
)
def test_a_kyuubi_without_thrift_has_no_address_for_jdbc(protocols: str, is_lacking: bool) -> None:
    settings = {_KYUUBI: make.a_configuration(_KYUUBI, {"kyuubi.frontend.protocols": protocols})}
    plan = flows(make.a_case(settings=settings, registration=make.a_registration("kyuubi")))

    assert bool(ids(plan, "kyuubi")) is not is_lacking
    assert any("names no Thrift protocol" in cause for cause in missing(plan).values()) is is_lacking


def test_high_availability_without_a_later_address_is_a_gap() -> None:
    prefix = "yarn.resourcemanager."
    yarn = {f"{prefix}ha.enabled": "true", f"{prefix}ha.rm-ids": "rm1,rm2", f"{prefix}hostname.rm1": MASTER}
    plan = flows(make.a_case(settings=make.some_settings(yarn_site=yarn)))

    assert plan.bad_settings == ()
    assert "rm2" in missing(plan)["ResourceManager"]


# --- Hive and ZooKeeper


def test_every_metastore_uri_is_a_flow() -> None:
    hive = {"hive.metastore.uris": f"thrift://{MASTER}:9083,thrift://{SECOND}:9084"}

    plan = flows(make.a_case(nodes=HA_NODES, settings=make.some_settings(hive_site=hive)))

    assert ids(plan, "hive-metastore") == ["hive-metastore/master-1-1:9083", "hive-metastore/master-1-2:9084"]
    assert ids(plan, "hiveserver2") == ["hiveserver2/master-1-1:10000", "hiveserver2/master-1-2:10000"]


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (f"thrift://{MASTER}:9083, thrift://{SECOND}:9083", f"thrift://{MASTER}:9083,thrift://{SECOND}:9083"),
        (f"thrift://hive:word@{MASTER}:9083,,thrift://{SECOND}:9083", f"thrift://{MASTER}:9083,thrift://{SECOND}:9083"),
        (f"\n  thrift://{MASTER}:9083\n", f"thrift://{MASTER}:9083"),
        (",", None),
    ],
)
def test_the_client_takes_no_space_and_no_empty_item_between_uris(value: str, right: str | None) -> None:
    plan = flows(make.a_case(nodes=HA_NODES, settings=make.some_settings(hive_site={"hive.metastore.uris": value})))

    assert not ids(plan, "hive-metastore")
    assert [(bad.fault, bad.right) for bad in plan.bad_settings] == [("authority", right)]
    assert "word" not in plan.bad_settings[0].value


@pytest.mark.parametrize(
    ("metadata", "factory"),
    [("DLF", None), (None, "com.aliyun.datalake.metastore.hive2.DlfMetaStoreClientFactory")],
)
def test_no_metastore_where_the_metadata_is_in_data_lake_formation(metadata: str | None, factory: str | None) -> None:
    hive = {
        "hive.metastore.uris": f"thrift://{MASTER}:9083",
        **({"hive.imetastoreclient.factory.class": factory} if factory else {}),
    }
    case = make.a_case(cluster=make.a_cluster(metadata=metadata), settings=make.some_settings(hive_site=hive))

    plan = flows(case)

    assert not ids(plan, "hive-metastore")
    assert [(skip.check, skip.needs) for skip in plan.skipped if "Data Lake" in skip.cause] == [("Hive metastore", "")]


@pytest.mark.parametrize(
    ("hive", "expected"),
    [
        ({}, ["hiveserver2/master-1-1:10000"]),
        ({"hive.server2.thrift.port": "10009"}, ["hiveserver2/master-1-1:10009"]),
        ({"hive.server2.transport.mode": "http"}, ["hiveserver2-http/master-1-1:10001"]),
        ({"hive.server2.transport.mode": "all"}, ["hiveserver2/master-1-1:10000", "hiveserver2-http/master-1-1:10001"]),
        ({"hive.server2.thrift.bind.host": SECOND}, ["hiveserver2/master-1-2:10000"]),
        ({"hive.server2.transport.mode": "carrier-pigeon"}, ["hiveserver2/master-1-1:10000"]),
    ],
)
def test_hiveserver2(hive: dict[str, str], expected: list[str]) -> None:
    nodes = (make.a_node(), make.a_node("master-1-2", "192.168.20.12", group="GATEWAY"))

    assert (
        ids(
            flows(make.a_case(nodes=nodes, settings=make.some_settings(hive_site=hive))),
            "hiveserver2",
            "hiveserver2-http",
        )
        == expected
    )


def test_a_server_with_both_modes_needs_the_port_of_one() -> None:
    settings = make.some_settings(hive_site={"hive.server2.transport.mode": "all"})
    plan = flows(make.a_case(nodes=(make.a_node(),), settings=settings, registration=make.a_registration("hive")))

    assert {found.component: found.need for found in plan.flows if found.component.startswith("hiveserver2")} == {
        "hiveserver2": "required",
        "hiveserver2-http": "optional",
    }
    assert "clients in HTTP mode" in one(plan, "hiveserver2-http/master-1-1:10001").why


@pytest.mark.parametrize("key", ["metastore.service.discovery.mode", "hive.metastore.service.discovery.mode"])
def test_metastores_that_zookeeper_names_need_both_and_the_release_of_the_clients(key: str) -> None:
    hive = {
        "hive.metastore.uris": f"{MASTER},{SECOND}:2182",
        key: "ZooKeeper",
        "hive.zookeeper.client.port": "2183",
        "hive.metastore.port": "9084",
    }
    nodes = (make.a_node(group="MASTER"), make.a_node("master-1-2", "192.168.20.12", components=("HiveMetaStore",)))
    plan = flows(make.a_case(nodes=nodes, settings=make.some_settings(hive_site=hive)))

    assert ids(plan, "zookeeper") == ["zookeeper/master-1-1:2183", "zookeeper/master-1-2:2182"]
    assert ids(plan, "hive-metastore") == ["hive-metastore/master-1-2:9084"]
    assert {found.need for found in plan.flows if found.component == "zookeeper"} == {"required"}
    assert "before Hive 4.0" in missing(plan)["Hive metastore"]
    assert plan.bad_settings == ()


def test_a_mode_of_discovery_that_no_client_knows_is_a_gap() -> None:
    hive = {"hive.metastore.uris": "h:1", "metastore.service.discovery.mode": "consul"}
    plan = flows(make.a_case(settings=make.some_settings(hive_site=hive)))

    assert "consul" in missing(plan)["Hive metastore"]
    assert not ids(plan, "hive-metastore", "zookeeper")


@pytest.mark.parametrize(
    ("hive", "host"),
    [
        ({"metastore.thrift.uris": f"thrift://{SECOND}:9083"}, "master-1-2"),
        (
            {"hive.metastore.uris": f"thrift://{MASTER}:9083", "metastore.service.discovery.mode": "zookeeper"},
            "master-1-1",
        ),
    ],
)
def test_uris_of_thrift_are_metastores_in_every_release(hive: dict[str, str], host: str) -> None:
    plan = flows(make.a_case(nodes=HA_NODES, settings=make.some_settings(hive_site=hive)))

    assert ids(plan, "hive-metastore") == [f"hive-metastore/{host}:9083"]
    assert "Hive metastore" not in missing(plan)


@pytest.mark.parametrize(
    ("engines", "release", "hosts"),
    [
        (None, "EMR-5.18.1", ["core-1-1", "master-1-1", "master-1-2"]),
        (("hive",), "EMR-5.18.1", ["master-1-1", "master-1-2"]),
        (("hive",), "EMR-3.51.1", ["core-1-1", "master-1-1", "master-1-2"]),  # may be Hive 2
        (("hive",), None, ["core-1-1", "master-1-1", "master-1-2"]),
        (("spark",), "EMR-5.18.1", ["core-1-1", "master-1-1"]),
        (("hive", "spark"), "EMR-5.18.1", ["core-1-1", "master-1-1", "master-1-2"]),
    ],
)
def test_of_two_settings_of_metastores_each_client_has_its_own(
    engines: tuple[str, ...] | None, release: str | None, hosts: list[str]
) -> None:
    # MetastoreConf.getVar of Hive 3.1.3, and HiveConf, which Spark reads
    uris = {"hive.metastore.uris": ("core-1-1", "master-1-1"), "metastore.thrift.uris": ("master-1-1", "master-1-2")}
    hive = {key: ",".join(f"thrift://{make.fqdn(name)}:9083" for name in names) for key, names in uris.items()}
    registration = make.a_registration(engines=engines)
    case = make.a_case(nodes=HA_NODES, settings=make.some_settings(hive_site=hive), registration=registration)
    plan = flows(replace(case, cluster=replace(case.cluster, release=release)))

    found = [flow for flow in plan.flows if flow.component == "hive-metastore"]
    assert sorted(flow.endpoint.host.partition(".")[0] for flow in found) == hosts
    assert {flow.need for flow in found} == {"required"}


@pytest.mark.parametrize(
    ("uri", "hosts"),
    [
        ("thrift://nn.example.internal:9083", {"master-1-1": True, "master-1-2": True}),
        (f"thrift://{make.fqdn('master-1-1')}:9083", {"master-1-1": False}),
    ],
    ids=["an alias", "a node"],
)
def test_a_server_that_is_looked_for_on_several_nodes_is_assumed_on_each(uri: str, hosts: dict[str, bool]) -> None:
    nodes = (make.a_node(), make.a_node("master-1-2", "192.168.20.12"))
    plan = flows(make.a_case(nodes=nodes, settings=make.some_settings(hive_site={"hive.metastore.uris": uri})))

    found = {
        flow.endpoint.host.partition(".")[0]: flow.assumed is not None
        for flow in plan.flows
        if flow.component == "hiveserver2"
    }
    assert found == hosts


def test_the_file_of_hiveserver2_overrides_the_common_one() -> None:
    settings = {
        **make.some_settings(hive_site={"hive.server2.thrift.port": "10000"}),
        "hiveserver2-site.xml": make.a_configuration("hiveserver2-site.xml", {"hive.server2.thrift.port": "10015"}),
    }

    assert ids(flows(make.a_case(settings=settings)), "hiveserver2") == ["hiveserver2/master-1-1:10015"]


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("thrift://a:b:9083", "authority"),
        ("thrift://h\x1b[31m:9083", "authority"),
        ("thrift://h:0", "port"),
        ("thrift://h", "port"),
        ("h:9083", "authority"),
        ("thrift://localhost:9083", "loopback"),
    ],
)
def test_a_metastore_uri_that_no_client_takes_is_a_bad_setting(uri: str, fault: str) -> None:
    plan = flows(make.a_case(settings=make.some_settings(hive_site={"hive.metastore.uris": uri})))

    assert not ids(plan, "hive-metastore")
    assert [bad.fault for bad in plan.bad_settings] == [fault]


def test_user_and_password_of_a_uri_are_dropped() -> None:
    uri = "thrift://hive:Xq7Secret@h:9083"

    plan = flows(make.a_case(settings=make.some_settings(hive_site={"hive.metastore.uris": uri})))

    assert ids(plan, "hive-metastore") == ["hive-metastore/h:9083"]
    assert "Xq7Secret" not in repr(plan)


def test_without_metastore_uris_a_client_opens_the_database_itself() -> None:
    plan = flows(make.a_case(settings=make.some_settings(hive_site={"hive.exec.parallel": "true"})))

    assert not ids(plan, "hive-metastore")
    assert [skip.needs for skip in plan.skipped if skip.check == "Hive metastore"] == [""]


def test_service_discovery_makes_the_quorum_required() -> None:
    hive = {
        "hive.server2.support.dynamic.service.discovery": "true",
        "hive.zookeeper.quorum": f"{MASTER}:2182,{SECOND}",
        "hive.zookeeper.client.port": "2181",
    }

    plan = flows(make.a_case(nodes=HA_NODES, settings=make.some_settings(hive_site=hive)))

    assert [(found.id, found.need, found.origin.key) for found in plan.flows if found.component == "zookeeper"] == [
        ("zookeeper/master-1-1:2182", "required", "hive.zookeeper.quorum"),
        ("zookeeper/master-1-2:2181", "required", "hive.zookeeper.quorum"),
    ]
    assert ids(plan, "hiveserver2"), "the server found through ZooKeeper must be reachable too"


# --- other SQL servers and stores


def test_a_service_that_the_case_does_not_show_has_no_flow() -> None:
    areas = {found.area for found in flows(make.a_case(settings=make.some_settings(hive_site={}))).flows}

    assert areas == {"hdfs", "hive"}


@pytest.mark.parametrize(
    ("file", "values", "expected"),
    [
        ("kyuubi-defaults.conf", {}, "kyuubi/master-1-1:10009"),
        ("kyuubi-defaults.conf", {"kyuubi.frontend.bind.port": "10019"}, "kyuubi/master-1-1:10019"),
        ("kyuubi-defaults.conf", {"kyuubi.frontend.protocols": "THRIFT_HTTP"}, "kyuubi-http/master-1-1:10010"),
        ("kyuubi-defaults.conf", {"kyuubi.frontend.bind.host": "core-1-1"}, "kyuubi/core-1-1:10009"),
        (
            "presto/config.properties",
            {"http-server.http.port": "9090", "discovery.uri": f"http://{MASTER}:9090"},
            "presto-http/master-1-1:9090",
        ),
        (
            "presto/config.properties",
            {
                "http-server.http.enabled": "false",
                "http-server.https.enabled": "true",
                "http-server.https.port": "7779",
            },
            "presto-https/master-1-1:7779",
        ),
        ("trino/config.properties", {"http-server.http.port": "9191"}, "trino-http/master-1-1:9191"),
        ("spark-defaults.conf", {"spark.hadoop.hive.server2.thrift.port": "10001"}, "spark-thrift/master-1-1:10001"),
        (
            "spark-defaults.conf",
            {"spark.hadoop.hive.server2.transport.mode": "HTTP", "spark.hadoop.hive.server2.thrift.port": "10005"},
            "spark-thrift-http/master-1-1:10001",
        ),
        (
            "spark-defaults.conf",
            {
                "spark.hadoop.hive.server2.transport.mode": "http",
                "spark.hadoop.hive.server2.thrift.http.port": "10003",
            },
            "spark-thrift-http/master-1-1:10003",
        ),
        (
            "spark-defaults.conf",
            {
                "spark.hadoop.hive.server2.transport.mode": "binary",
                "spark.hadoop.hive.server2.thrift.http.port": "10003",
            },
            "spark-thrift/master-1-1:10001",
        ),
        ("core-site.xml", {"fs.jindofsx.namespace.rpc.address": f"{MASTER}:8101"}, "jindo-namespace/master-1-1:8101"),
        ("hbase-site.xml", {"hbase.zookeeper.quorum": "master-1-1"}, "zookeeper/master-1-1:2181"),
    ],
)
def test_services_that_a_file_shows_are_optional(file: str, values: dict[str, str], expected: str) -> None:
    case = make.a_case(settings={file: make.a_configuration(file, values)})

    assert one(flows(case), expected).need == "optional"


def test_presto_without_its_file_is_a_gap_only_where_it_is_wanted() -> None:
    running = (make.a_node(components=("PrestoMaster",)),)

    assert "config" not in str(missing(flows(make.a_case(nodes=running))))
    wanted = flows(make.a_case(nodes=running, registration=make.a_registration("presto")))
    assert "differs between releases" in missing(wanted)["Presto"]


def test_impala_and_hbase_run_where_the_instances_say() -> None:
    nodes = (
        make.a_node(components=("HMaster",)),
        make.a_node("core-1-1", "192.168.20.21", components=("HRegionServer", "Impalad")),
    )

    plan = flows(make.a_case(nodes=nodes))

    assert ids(plan, "impala", "hbase-master", "hbase-regionserver") == [
        "impala/core-1-1:21050",
        "hbase-master/master-1-1:16000",
        "hbase-regionserver/core-1-1:16020",
    ]


# --- engines


def test_named_engines_are_required_and_the_others_optional() -> None:
    settings = {
        **make.some_settings(
            hive_site={},
            yarn_site={"yarn.resourcemanager.hostname": MASTER},
            mapred_site={"mapreduce.jobhistory.address": f"{MASTER}:10020"},
        ),
        "kyuubi-defaults.conf": make.a_configuration("kyuubi-defaults.conf"),
    }
    case = make.a_case(krb5=make.a_krb5conf(), settings=settings, registration=make.a_registration("Kyuubi", "mr"))

    needs = {found.component: found.need for found in flows(case).flows}

    assert needs == {
        "kdc-udp": "required",
        "kdc-tcp": "required",
        "datanode-transfer": "required",
        "resourcemanager-client": "required",
        "resourcemanager-scheduler": "optional",
        "resourcemanager-web": "optional",
        "jobhistory-rpc": "required",
        "hiveserver2": "optional",
        "kyuubi": "required",
    }


# --- sources


def test_networks_that_carry_no_traffic_are_no_source() -> None:
    group = make.a_resource_group(
        make.a_network(),
        make.a_network("192.168.11.0/24", vswitch="vsw-2", status="Deleting"),
        make.a_network("10.0.0.0/8", vswitch="vsw-3", status=None),
    )
    case = make.a_case(resource_group=group)

    assert [source.vswitch for source in sources(case)] == ["vsw-bp1rg", "vsw-3"]
    plan = flows(case)
    assert {found.sources for found in plan.flows} == {make.ranges("192.168.10.0/24", "10.0.0.0/8")}
    assert [skip.needs for skip in plan.skipped if skip.check == "flows from vsw-2"] == [""]


def test_a_block_inside_another_is_listed_once_unless_it_is_another_vswitch() -> None:
    bare = {"vswitch": None, "security_group": None, "vpc": None}
    group = make.a_resource_group(
        make.a_network("192.168.10.128/25", **bare),
        make.a_network("192.168.10.0/24", **bare),
        make.a_network("192.168.10.0/24", **bare),
        make.a_network("192.168.10.64/26", vswitch="vsw-9"),
    )

    assert [source.label for source in sources(make.a_case(resource_group=group))] == [
        "192.168.10.0/24",
        "vsw-9 192.168.10.64/26",
    ]


def test_the_block_of_a_network_may_come_from_its_vswitch() -> None:
    case = make.a_case(resource_group=make.a_resource_group(make.a_network(None)))

    assert [source.ranges for source in sources(case)] == [make.ranges(make.RG_CIDR)]


def test_ipv6_addresses_are_no_source_of_a_flow_to_an_ipv4_node() -> None:
    group = make.a_resource_group(make.a_network(ipv6_cidr="fd00:1::/64"))
    nodes = (make.a_node(), make.a_node("core-1-1", "fd00:2::21"))

    plan = flows(make.a_case(resource_group=group, nodes=nodes, settings=make.some_settings(hive_site={})))

    assert one(plan, "hiveserver2/master-1-1:10000").sources == make.ranges(make.RG_CIDR)
    assert one(plan, "datanode-transfer/core-1-1:9866").sources == make.ranges("fd00:1::/64")


@pytest.mark.parametrize("networks", [(), (make.a_network("not a block", vswitch=None),)])
def test_without_a_network_the_flows_stay_and_the_gap_says_what_to_bring(networks: tuple[object, ...]) -> None:
    plan = flows(make.a_case(resource_group=make.a_resource_group(*networks)))  # type: ignore[arg-type]

    assert plan.flows
    assert {found.sources for found in plan.flows} == {()}
    assert any("[[resource_group.networks]]" in skip.needs for skip in plan.skipped if skip.check == "rules and routes")


# --- names, merging, ids


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("master-1-1", "master-1-1"),
        ("MASTER-1-1.", "master-1-1"),
        (MASTER, "master-1-1"),
        ("192.168.20.11", "master-1-1"),
        (
            "master-1-1.c-ffffffffffffffff.cn-hangzhou.emr.aliyuncs.com",
            "master-1-1.c-ffffffffffffffff.cn-hangzhou.emr.aliyuncs.com",
        ),
        ("master-1-1.example.com", "master-1-1.example.com"),
        ("kdc.corp", "kdc.corp"),
        ("10.0.0.1", "10.0.0.1"),
        ("fd00::1", "[fd00::1]"),
    ],
)
def test_which_node_a_host_means(host: str, label: str) -> None:
    settings = make.some_settings(
        hive_site={"hive.metastore.uris": f"thrift://[{host}]:1" if ":" in host else f"thrift://{host}:1"}
    )

    assert ids(flows(make.a_case(settings=settings)), "hive-metastore") == [f"hive-metastore/{label}:1"]


HOSTS = read_hosts(
    "hosts",
    f"127.0.0.1 kdc3\n::9 kdc2\n10.9.0.5 kdc1 kdc2\n192.168.20.12 alias-of-a-node\n10.9.0.7 {MASTER}\n".encode(),
)


@pytest.mark.parametrize(
    ("host", "label", "address"),
    [
        ("kdc1", "kdc1", "10.9.0.5"),
        ("kdc2", "kdc2", "10.9.0.5"),
        ("kdc3", "kdc3", None),
        ("alias-of-a-node", "master-1-2", "192.168.20.12"),
        (MASTER, "master-1-1", "192.168.20.11"),
    ],
)
def test_a_hosts_file_gives_addresses_but_never_overrules_a_node(host: str, label: str, address: str | None) -> None:
    case = make.a_case(nodes=HA_NODES, hosts=HOSTS, krb5=make.a_krb5conf(host))

    assert one(flows(case), f"kdc-tcp/{label}:88").endpoint.address == address


def test_a_node_is_called_by_its_full_name_where_the_domain_is_known() -> None:
    known = make.a_case(settings=make.some_settings(core_site=CORE, hive_site={}))

    assert one(flows(known), "hiveserver2/master-1-1:10000").endpoint.host == MASTER
    bare = make.a_case(settings=make.some_settings(hive_site={}))
    assert one(flows(bare), "hiveserver2/master-1-1:10000").endpoint.host == "master-1-1"


def test_the_older_domain_carries_no_cluster_id_so_the_files_tell_which_is_ours() -> None:
    nodes = (make.a_node("emr-header-1", "10.81.49.3"),)
    core = {"fs.defaultFS": "hdfs://emr-header-1.cluster-238075:9000"}
    hive = {
        "hive.metastore.uris": "thrift://emr-header-1.cluster-238075:9083,thrift://emr-header-1.cluster-240112:9083"
    }

    plan = flows(make.a_case(nodes=nodes, settings=make.some_settings(core_site=core, hive_site=hive)))

    assert ids(plan, "hive-metastore") == [
        "hive-metastore/emr-header-1:9083",
        "hive-metastore/emr-header-1.cluster-240112:9083",
    ]


def test_two_keys_for_one_endpoint_are_one_flow_with_the_strongest_need() -> None:
    settings = {
        "hbase-site.xml": make.a_configuration("hbase-site.xml", {"hbase.zookeeper.quorum": "192.168.20.11"}),
        **make.some_settings(
            hive_site={"hive.server2.support.dynamic.service.discovery": "true", "hive.zookeeper.quorum": MASTER}
        ),
    }
    kyuubi = {
        "kyuubi-defaults.conf": make.a_configuration("kyuubi-defaults.conf", {"kyuubi.ha.addresses": "master-1-1:2181"})
    }

    found = [
        found for found in flows(make.a_case(settings={**kyuubi, **settings})).flows if found.component == "zookeeper"
    ]

    assert [(one.id, one.need) for one in found] == [("zookeeper/master-1-1:2181", "required")]


def test_the_database_of_the_metastore_and_ldap_are_no_flows_so_nothing_is_sent_there() -> None:
    """The resource group connects to neither. At a MySQL server even a bare handshake counts
    towards max_connect_errors."""
    urls = {
        "hive.metastore.uris": "thrift://master-1-1:9083",
        "javax.jdo.option.ConnectionURL": "jdbc:mysql://rm-1.mysql.example:3306/hive",
        "hive.server2.authentication": "LDAP",
        "hive.server2.authentication.ldap.url": "ldap://ldap-1:389",
    }

    plan = flows(make.a_case(settings=make.some_settings(hive_site=urls)))

    assert plan.flows
    assert {flow.endpoint.host for flow in plan.flows} & {"rm-1.mysql.example", "ldap-1"} == set()
    assert {flow.endpoint.port for flow in plan.flows} & {3306, 389, 636} == set()


def test_two_nodes_of_one_name_keep_their_own_flows() -> None:
    nodes = (make.a_node("core-1-1", "10.0.0.1"), make.a_node("core-1-1", "10.0.0.2"))

    assert ids(flows(make.a_case(nodes=nodes)), "datanode-transfer") == [
        "datanode-transfer/core-1-1:9866",
        "datanode-transfer/core-1-1:9866@10.0.0.2",
    ]


def test_clusters_without_nodes_of_their_own_have_no_hadoop_flows() -> None:
    case = make.a_case(cluster=make.a_cluster(type="EMR-SERVERLESS-SPARK"), krb5=make.a_krb5conf("10.0.0.9:88"))

    assert {found.area for found in flows(case).flows} == {"kerberos"}


# --- properties

_HOSTS = st.sampled_from(
    [
        "master-1-1",
        MASTER,
        "192.168.20.11",
        "core-1-1",
        "192.168.20.21",
        "0.0.0.0",
        "",
        "kdc.corp",
        "主机",
        "${x}",
        "[fd00::1]",
        "a b",
    ]
)
_PORTS = st.sampled_from(["", ":8020", ":9083", ":0", ":x", ":99999", ":2181"])
_KEYS = st.sampled_from(
    [
        ("core-site.xml", "fs.defaultFS"),
        ("hdfs-site.xml", "dfs.nameservices"),
        ("hdfs-site.xml", "dfs.namenode.rpc-address"),
        ("hdfs-site.xml", "dfs.datanode.address"),
        ("yarn-site.xml", "yarn.resourcemanager.address"),
        ("yarn-site.xml", "yarn.resourcemanager.ha.rm-ids"),
        ("mapred-site.xml", "mapreduce.jobhistory.address"),
        ("hive-site.xml", "hive.metastore.uris"),
        ("hive-site.xml", "hive.zookeeper.quorum"),
        ("hive-site.xml", "hive.server2.thrift.port"),
        ("hive-site.xml", "hive.server2.support.dynamic.service.discovery"),
        ("hbase-site.xml", "hbase.zookeeper.quorum"),
        ("kyuubi-defaults.conf", "kyuubi.frontend.bind.host"),
        ("presto/config.properties", "discovery.uri"),
    ]
)
_VALUES = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(["", "hdfs://", "thrift://"]), _HOSTS, _PORTS),
    st.sampled_from(["true", "rm1,rm2"]),
    st.text(max_size=12),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    files: dict[str, dict[str, str]] = {}
    for (file, key), value in draw(st.lists(st.tuples(_KEYS, _VALUES), max_size=8)):
        files.setdefault(file, {})[key] = value
    nodes = draw(
        st.lists(
            st.builds(
                make.a_node,
                st.sampled_from(["master-1-1", "core-1-1", "节点"]),
                st.sampled_from(["192.168.20.11", "192.168.20.21", None]),
            ),
            max_size=3,
        )
    )
    krb5 = draw(st.one_of(st.none(), st.builds(make.a_krb5conf, st.builds("{}{}".format, _HOSTS, _PORTS).filter(bool))))
    return make.a_case(
        nodes=tuple(nodes),
        settings={file: make.a_configuration(file, values) for file, values in files.items()},
        krb5=krb5,
    )


@given(cases())
def test_ids_and_endpoints_are_unique_and_equal_cases_give_equal_plans(case: Case) -> None:
    plan = flows(case)

    endpoints = [
        (found.endpoint.address or found.endpoint.host.lower(), found.endpoint.port, found.endpoint.transport)
        for found in plan.flows
    ]
    assert len(set(ids(plan))) == len(plan.flows) == len(set(endpoints))
    assert all(1 <= found.endpoint.port <= 65535 and found.endpoint.host and found.why for found in plan.flows)
    hosts = {found.endpoint.host for found in plan.flows}
    assert not hosts & {"", "0.0.0.0", "*", "::"}
    assert not [host for host in hosts if set(host) & set(" /@,$\n\x1b") or (":" in host and "fd00" not in host)]
    assert flows(case) == plan


_KYUUBI, _PRESTO, _TRINO = "kyuubi-defaults.conf", "presto/config.properties", "trino/config.properties"
_HTTPS = {"http-server.https.enabled": "true", "http-server.http.port": "1", "http-server.https.port": "2"}


def test_every_component_that_may_be_needed_becomes_a_flow_in_some_case() -> None:
    everything = tuple(
        make.a_node(f"n{number}", f"10.0.0.{number}", components=found.instances)
        for number, found in enumerate(load().component, 1)
        if found.instances
    )
    settings = {
        **make.some_settings(
            core_site={
                "fs.jindocache.namespace.rpc.address": "n1",
                "hadoop.security.key.provider.path": "kms://http@k1:9600/kms",
            },
            yarn_site={
                "yarn.resourcemanager.hostname": MASTER,
                "yarn.timeline-service.enabled": "true",
                "yarn.timeline-service.hostname": MASTER,
            },
            hive_site={
                "hive.metastore.uris": "thrift://n1:9083",
                "hive.server2.transport.mode": "all",
                "hive.server2.support.dynamic.service.discovery": "true",
                "hive.zookeeper.quorum": "z1",
            },
        ),
        _PRESTO: make.a_configuration(_PRESTO, _HTTPS),
        _TRINO: make.a_configuration(_TRINO, _HTTPS),
    }
    case = make.a_case(nodes=everything, settings=settings, krb5=make.a_krb5conf("k1", "https://k2/"))
    http = {_KYUUBI: make.a_configuration(_KYUUBI, {"kyuubi.frontend.protocols": "THRIFT_HTTP"})}
    spark = {
        "spark.submit.deployMode": "client",
        "spark.driver.port": "4000",
        "spark.blockManager.port": "5000",
        "spark.hadoop.hive.server2.transport.mode": "http",
    }
    jobs = {
        "spark-defaults.conf": make.a_configuration("spark-defaults.conf", spark),
        **make.some_settings(mapred_site={"yarn.app.mapreduce.am.job.client.port-range": "50100-50102"}),
    }

    secure = {
        **make.some_settings(
            yarn_site={
                "yarn.resourcemanager.webapp.https.address": f"{MASTER}:8090",
                "yarn.timeline-service.enabled": "true",
                "yarn.timeline-service.hostname": MASTER,
                "yarn.http.policy": "HTTPS_ONLY",
            },
            mapred_site={
                "mapreduce.jobhistory.http.policy": "HTTPS_ONLY",
                "mapreduce.jobhistory.webapp.https.address": f"{MASTER}:19890",
            },
        )
    }
    cases = (
        case,
        make.a_case(settings=http),
        make.a_case(settings=secure, krb5=make.a_krb5conf("k1")),
        make.a_case(settings=jobs),
        *(
            make.a_case(
                nodes=everything, settings=make.some_settings(core_site={"fs.defaultFS": f"{scheme}://{MASTER}{port}"})
            )
            for scheme, port in (("webhdfs", ""), ("swebhdfs", ""), ("webhdfs", ":14000"))
        ),
    )

    made = {found.component for each in cases for found in flows(each).flows}

    assert made == {found.key for found in load().component if found.need != "never"}


def test_discovery_without_a_quorum_is_a_gap() -> None:
    settings = make.some_settings(hive_site={"hive.server2.support.dynamic.service.discovery": "true"})

    assert "hive.zookeeper.quorum" in missing(flows(make.a_case(settings=settings)))["ZooKeeper"]


def test_spark_history_is_where_its_address_says_else_where_it_runs() -> None:
    addressed = {
        "spark-defaults.conf": make.a_configuration(
            "spark-defaults.conf", {"spark.yarn.historyServer.address": f"http://{MASTER}:18081"}
        )
    }
    running = (make.a_node(components=("SparkHistoryServer",)),)

    assert ids(flows(make.a_case(settings=addressed)), "spark-history") == ["spark-history/master-1-1:18081"]
    assert ids(flows(make.a_case(nodes=running)), "spark-history") == ["spark-history/master-1-1:18080"]


def test_the_table_is_whole() -> None:
    table = load()

    assert len({found.key for found in table.component}) == len(table.component)
    for found in table.component:
        reference = table.reference(found)
        assert reference.url or not found.verified, f"{found.key} claims a source that has no address"
        assert all(1 <= port <= 65535 for port in found.ports.values())
        assert found.need == "never" or (found.file and found.setting), (
            f"{found.key} can be needed, so its setting must be known"
        )
    assert component("namenode-rpc").ports == {"ha": 8020, "single": 9000}
    assert component("datanode-transfer").default_port(2) == 50010
