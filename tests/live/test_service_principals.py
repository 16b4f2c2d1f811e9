"""For which services is a ticket asked for, if there are more than we ask for?"""

from __future__ import annotations

from diagnose.live.service_logins import Door, ServiceLogins
from diagnose.live.service_principals import MOST_SERVICES, services
from probes.principal import Principal
from probes.vantage import HERE
from tests.support.factories import REALM, a_case, a_flow, an_endpoint, some_settings

FILES = some_settings(
    hdfs_site={
        "dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}",
        "dfs.datanode.kerberos.principal": f"hdfs/_HOST@{REALM}",
    },
    yarn_site={"yarn.resourcemanager.principal": f"yarn/_HOST@{REALM}"},
    hive_site={"hive.metastore.kerberos.principal": f"hive/_HOST@{REALM}"},
)
FLOWS = [
    a_flow("namenode-rpc", endpoint=an_endpoint("master-1-1")),
    *(a_flow("datanode-transfer", endpoint=an_endpoint(f"core-1-{number}", 9866)) for number in range(40)),
    a_flow("resourcemanager-client", endpoint=an_endpoint("master-1-1", 8032)),
    a_flow("hive-metastore", endpoint=an_endpoint("master-1-1", 9083)),
]


def test_many_datanodes_leave_room_for_every_other_kind_of_service() -> None:
    asked = services(a_case(settings=FILES), FLOWS, REALM)

    assert len(asked) == MOST_SERVICES
    assert {"hdfs", "yarn", "hive"} == {principal.parts[0] for principal in asked}
    assert [str(principal) for principal in asked[:4]] == [
        f"hdfs/master-1-1@{REALM}",
        f"hdfs/core-1-0@{REALM}",
        f"yarn/master-1-1@{REALM}",
        f"hive/master-1-1@{REALM}",
    ]


def test_a_service_without_a_ticket_of_its_own_is_counted_as_left_out() -> None:
    service = Principal(("hdfs", "master-1-1"), REALM)
    flow = FLOWS[0]
    logins = ServiceLogins(service, {service: [Door(flow, service, flow.endpoint)]}, a_case(), HERE, beyond=3)

    assert logins.left_out([service]) == 3
    assert logins.left_out([]) == 4
