"""Would the check of all repairs see one that does not repair?"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from diagnose.remedies.model import LinesEdit
from diagnose.remedies.plan import Suggestions
from tests.support.incident_cases import (
    BLOCK,
    DOMAIN,
    MASTER,
    PORTS,
    REALM,
    Content,
    changed,
    contents,
    group_of_nodes,
    healthy,
    rule,
)
from tests.support.repaired import left, left_by, suggestions_of, with_repairs


def files(change: Mapping[str, Content] = {}) -> dict[str, bytes]:
    """Return a cluster with Kerberos, with these files in place of its own."""
    return contents(changed(healthy(kerberos=True), change))


def test_a_healthy_case_has_no_repair() -> None:
    assert suggestions_of(files(), BLOCK) == Suggestions()
    assert left(files(), BLOCK) == []


def test_a_right_rule_leaves_nothing_and_a_wrong_one_leaves_or_makes_a_fault() -> None:
    case = files(group_of_nodes([rule("TCP", port) for port in PORTS]))
    (right,) = suggestions_of(case, BLOCK).rules
    elsewhere = msgspec.structs.replace(right, security_group_id="sg-rg")
    near = msgspec.structs.replace(right, port_range="89/89")
    assert left_by(Suggestions((right,)), case, BLOCK) == []
    assert left_by(Suggestions((elsewhere,)), case, BLOCK) == ["SG-WRONG-GROUP is new"]
    assert left_by(Suggestions((near,)), case, BLOCK) == ["SG-KDC-PORT is new"]


def test_a_line_of_krb5_conf_is_replaced_and_the_old_line_leaves_the_fault() -> None:
    conf = str(healthy(kerberos=True)["krb5.conf"]).replace(f"default_realm = {REALM}", f"default_realm = {REALM} # x")
    case = files({"krb5.conf": conf})
    suggested = suggestions_of(case, BLOCK)
    same = [msgspec.structs.replace(edit, after=edit.before) for edit in suggested.edits if isinstance(edit, LinesEdit)]
    assert left(case, BLOCK) == []
    assert left_by(Suggestions(edits=tuple(same)), case, BLOCK) == ["KRB-CONF-SYNTAX is left"]


def test_a_value_in_a_hadoop_file_is_replaced() -> None:
    case = files({"hive-site.xml": {"hive.metastore.uris": "thrift://0.0.0.0:9083"}})
    repaired = with_repairs(case, suggestions_of(case, BLOCK))
    assert repaired is not None
    assert f"<value>thrift://{MASTER}:9083</value>".encode() in repaired["hive-site.xml"]
    assert left(case, BLOCK) == []


def test_a_line_of_the_hosts_file_takes_the_place_of_the_old_one() -> None:
    hosts = f"127.0.0.1 localhost\n127.0.0.1 {MASTER}\n192.168.20.21 core-1-1.{DOMAIN} core-1-1\n"
    case = files({"hosts": hosts})
    repaired = with_repairs(case, suggestions_of(case, BLOCK))
    assert repaired is not None
    assert f"127.0.0.1 {MASTER}".encode() not in repaired["hosts"]
    assert left(case, BLOCK) == []
