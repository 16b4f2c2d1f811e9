"""Does the line that a report suggests for a Hadoop file lead a client to the service?"""

from __future__ import annotations

import pytest

import tests.support.factories as make
from diagnose.decisions.model import Model
from diagnose.findings.hadoop import bad_settings
from diagnose.flows.networks import sources
from diagnose.flows.plan import flows
from diagnose.remedies.model import FileEdit
from diagnose.remedies.plan import suggest
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene, scene

MASTER = make.fqdn("master-1-1")
HA = {
    "dfs.nameservices": "ns",
    "dfs.ha.namenodes.ns": "nn1,nn2",
    "dfs.namenode.rpc-address.ns.nn1": f"{MASTER}:8020",
    "dfs.namenode.rpc-address.ns.nn2": f"{make.fqdn('master-1-2')}:8020",
    "dfs.client.failover.proxy.provider.ns": "x.ConfiguredFailoverProxyProvider",
}


def the_scene(files: dict[str, dict[str, str]]) -> Scene:
    node = make.a_node(hostnames=(MASTER,))
    settings = {file: make.a_configuration(file, values) for file, values in files.items()}
    case = make.a_case(nodes=(node,), settings=settings)
    plan, model = flows(case), Model(case, sources(case))
    return scene(case, model, outcomes(model, plan.flows, {}), live=False, bad_settings=plan.bad_settings)


def setting_edits(place: Scene) -> list[FileEdit]:
    """Return the edits that hang on the findings of these settings."""
    edits = suggest(place, list(bad_settings.findings(place))).edits
    return [edit for edit in edits if isinstance(edit, FileEdit)]


@pytest.mark.parametrize(
    ("file", "key", "value", "others"),
    [
        ("yarn-site.xml", "yarn.resourcemanager.address", "0.0.0.0:8032", {}),
        ("yarn-site.xml", "yarn.resourcemanager.address", "localhost:8050", {}),
        ("core-site.xml", "fs.defaultFS", "hdfs://localhost:9000", {}),
        ("core-site.xml", "fs.defaultFS", "hdfs://name_node", {}),
        ("core-site.xml", "fs.defaultFS", "hdfs://ns:9000", HA),
        ("mapred-site.xml", "mapreduce.jobhistory.address", "127.0.0.1:10020", {}),
        ("hive-site.xml", "hive.metastore.uris", "thrift://localhost:9083", {}),
        ("hive-site.xml", "hive.metastore.uris", f"thrift://{MASTER}", {}),
    ],
)
def test_the_suggested_value_repairs_the_setting(file: str, key: str, value: str, others: dict[str, str]) -> None:
    beside = {"hdfs-site.xml": others} if others else {}

    (edit,) = setting_edits(the_scene({file: {key: value}, **beside}))

    assert edit.finding.rank == 1
    assert (edit.file, edit.line, edit.key) == (file, 1, key)
    repaired = the_scene({file: {key: edit.after or ""}, **beside})
    assert [bad for bad in repaired.bad_settings if bad.sure] == []
    assert [o for o in repaired.outcomes if o.flow.origin.file in (file, *beside)]


def test_several_uris_and_paths_are_left_to_the_reader() -> None:
    # Given values of which the bad address is only a part
    several = the_scene({"hive-site.xml": {"hive.metastore.uris": f"thrift://{MASTER}:9083,thrift://localhost:9083"}})
    path = the_scene({"hive-site.xml": {"hive.exec.scratchdir": "hdfs://localhost:8020/tmp/hive"}})

    assert [bad.fault for bad in (*several.bad_settings, *path.bad_settings)] == ["loopback", "loopback"]
    assert setting_edits(several) == setting_edits(path) == []


def test_nothing_is_suggested_for_what_only_may_fail() -> None:
    # Given one NameNode of several, of which no answer tells the state
    pinned = the_scene({"core-site.xml": {"fs.defaultFS": f"hdfs://{MASTER}:8020"}, "hdfs-site.xml": HA})

    assert [bad.fault for bad in pinned.bad_settings] == ["pinned"]
    assert setting_edits(pinned) == []
