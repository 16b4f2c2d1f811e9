"""Is a Hadoop server that refuses looked for on its other usual port?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.flows.components import Component, load
from diagnose.live.follow_up import services
from diagnose.live.follow_up.model import Further
from probes.observation import Observation
from probes.questions.register import REGISTER
from probes.services.web_services import WEB_SERVICES
from tests.support.factories import EMR_GROUP, a_configuration, a_flow, a_group, a_rule, an_endpoint
from tests.support.scenes import saw, the_case, the_scene

REFUSES, ANSWERS = saw("closed", "rst"), saw("open", "syn-ack")


def asked(component: str, port: int, seen: Observation, **changes: object) -> list[int]:
    """Return the ports of one host that are asked."""
    return [further.question.endpoint.port for further in furthers(component, port, seen, **changes)]


def furthers(component: str, port: int, seen: Observation, **changes: object) -> list[Further]:
    flow = a_flow(component, endpoint=an_endpoint(port=port), **changes)
    place = the_scene(the_case(a_group(a_rule(), id=EMR_GROUP)), [flow], {flow.id: seen})
    return list(services.questions(place))


@pytest.mark.parametrize(("port", "others"), [(8020, [9000]), (9000, [8020]), (9820, [8020, 9000])])
def test_a_namenode_that_refuses_is_asked_on_its_other_ports(port: int, others: list[int]) -> None:
    assert asked("namenode-rpc", port, REFUSES) == others
    flow = a_flow("namenode-rpc", endpoint=an_endpoint(port=port))
    assert [possible.most for possible in services.possible(flow) if possible.name == "other ports"] == [len(others)]


@pytest.mark.parametrize(
    ("component", "kind", "options"),
    [
        ("namenode-rpc", "hadoop-rpc", {}),
        ("hive-metastore", "thrift", {"mechanism": "EMR-DIAGNOSE\r\n"}),
        ("impala", "thrift", {"mechanism": "EMR-DIAGNOSE\r\n"}),
        ("kyuubi", "sql", {"mechanism": "EMR-DIAGNOSE\r\n"}),
        ("hiveserver2-http", "hive-http", {}),
        ("hbase-master", "hbase-rpc", {}),
        ("datanode-transfer", "data-transfer", {}),
        ("zookeeper", "zookeeper", {}),
        ("timeline", "web-service", {"service": "timeline", "secure": False, "fallback": True}),
        ("trino-https", "web-service", {"service": "presto", "secure": True, "fallback": True}),
        # Its address says http or https, which no flow keeps
        ("kms", "web-service", {"service": "kms"}),
    ],
)
def test_a_server_that_accepts_is_asked_in_its_own_protocol(
    component: str, kind: str, options: dict[str, object]
) -> None:
    (further,) = furthers(component, 8020, ANSWERS)
    assert (further.question.kind, further.question.endpoint.port) == (kind, 8020)
    assert further.question.options == options


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ({"demands": "kerberos", "authenticate": "Negotiate"}, "kerberos"),
        ({"demands": "password"}, "password"),
        # Clients choose, or nothing says that it is HiveServer2
        ({"demands": "kerberos", "authenticate": "Negotiate, Basic realm=x"}, None),
        ({"demands": "kerberos", "identified": False}, None),
    ],
)
def test_the_login_that_hiveserver2_wants_over_http_is_kept_if_it_is_the_only_one(
    detail: dict[str, object], kept: str | None
) -> None:
    (further,) = furthers("hiveserver2-http", 10001, ANSWERS)
    assert further.learn(saw("open", "service-reply", detail=detail)).detail.get("demands") == kept


@pytest.mark.parametrize("known", [each for each in load().component if each.question is not None])
def test_the_table_names_questions_and_web_services_that_exist(known: Component) -> None:
    asked = known.question
    assert asked is not None
    assert asked.kind in REGISTER
    assert (asked.service in WEB_SERVICES) == (asked.kind == "web-service")
    assert asked.secure in (None, known.protocol == "https")


@pytest.mark.parametrize(
    ("value", "path"),
    [("cliservice", "/cliservice"), ("/gateway/hive/", "/gateway/hive"), ("a b", None), ("x\ry", None), ("", None)],
)
def test_the_path_of_http_mode_is_the_one_of_the_files(value: str, path: str | None) -> None:
    settings = {"hive-site.xml": a_configuration("hive-site.xml", {"hive.server2.thrift.http.path": value})}
    flow = a_flow("hiveserver2-http", endpoint=an_endpoint(port=10001))
    case = replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings=settings)
    (further,) = services.questions(the_scene(case, [flow], {flow.id: ANSWERS}))
    assert further.question.options.get("path") == path


@pytest.mark.parametrize(
    ("component", "settings", "said", "own"),
    [
        ("namenode-rpc", {"dfs.namenode.kerberos.principal": "hdfs/_HOST@R"}, "hdfs/elsewhere", "answered"),
        ("namenode-rpc", {"dfs.namenode.kerberos.principal": "hdfs/_HOST@R"}, "yarn/m", "other-principal"),
        ("namenode-rpc", {"dfs.namenode.kerberos.principal": "nn/m@R"}, "hdfs/m", "other-principal"),
        ("namenode-rpc", {"dfs.namenode.kerberos.principal": "hdfs"}, "yarn/m", "other-principal"),
        ("namenode-rpc", {"dfs.namenode.kerberos.principal": "hdfs/_HOST@R"}, None, "answered"),
        # No principal of this service is in the files
        ("namenode-rpc", {}, "yarn/m", "answered"),
        ("namenode-rpc", {"dfs.web.authentication.kerberos.principal": "HTTP/_HOST@R"}, "hdfs/m", "answered"),
        ("jobhistory-rpc", {"dfs.namenode.kerberos.principal": "hdfs/_HOST@R"}, "mapred/m", "answered"),
        (
            "namenode-rpc",
            {"dfs.namenode.kerberos.principal": "nn/_HOST@R", "dfs.namenode.kerberos.principal.pattern": "*"},
            "hdfs/m",
            "answered",
        ),
    ],
)
def test_a_hadoop_server_that_runs_as_another_user_than_the_files_name_is_not_the_service(
    component: str, settings: dict[str, str], said: str | None, own: str
) -> None:
    files = {"hdfs-site.xml": a_configuration("hdfs-site.xml", settings)}
    flow = a_flow(component, endpoint=an_endpoint(port=8020))
    case = replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings=files)
    (further,) = services.questions(the_scene(case, [flow], {flow.id: ANSWERS}))
    answer = saw("open", "service-reply", detail={"demands": "kerberos", "principal": said})

    assert further.learn(answer).detail["own_protocol"] == own


def test_required_servers_are_asked_before_the_others() -> None:
    needs = ("optional", "required") * services.MOST_ASKED
    flows = [a_flow("namenode-rpc", endpoint=an_endpoint(port=n), need=need) for n, need in enumerate(needs, 1)]
    case = the_case(a_group(a_rule(), id=EMR_GROUP))
    place = the_scene(case, flows, {flow.id: ANSWERS for flow in flows})
    ports = [further.question.endpoint.port for further in services.questions(place)]
    assert len(ports) == services.MOST_ASKED
    assert all(needs[port - 1] == "required" for port in ports)


def test_datanodes_take_the_place_of_no_other_server() -> None:
    count = services.MOST_DATANODES + 1
    nodes = [a_flow("datanode-transfer", endpoint=an_endpoint(port=n)) for n in range(1, count + 1)]
    others = [a_flow("namenode-rpc", endpoint=an_endpoint(port=n)) for n in range(1, services.MOST_ASKED + 2)]
    place = the_scene(
        the_case(a_group(a_rule(), id=EMR_GROUP)), nodes + others, {f.id: ANSWERS for f in nodes + others}
    )
    kinds = [further.question.kind for further in services.questions(place)]

    assert kinds.count("data-transfer") == services.MOST_DATANODES
    assert kinds.count("hadoop-rpc") == services.MOST_ASKED


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ({"protocol": "http"}, {"own_protocol": "foreign", "other_protocol": "http"}),
        ({"protocol": "markup"}, {"own_protocol": "foreign", "other_protocol": "markup"}),
        ({"protocol": "tls"}, {"own_protocol": "tls"}),
        ({"ended": "tls-failed", "protocol": "thrift-sasl", "tls_error": "X"}, {"own_protocol": "no-tls"}),
        ({"protocol": "tls", "tls_error": "TLSV1_UNRECOGNIZED_NAME"}, {"own_protocol": "closed"}),
        ({"protocol": "unknown"}, {"own_protocol": "foreign"}),
        ({}, {"own_protocol": "closed"}),
        ({"ended": "silent"}, {"own_protocol": "silent"}),
    ],
)
def test_what_came_is_kept_and_a_protocol_that_is_not_its_own(detail: dict[str, str], kept: dict[str, str]) -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("open", "syn-ack", detail={"ended": "closed"} | detail)).detail == kept


@pytest.mark.parametrize(
    ("component", "seen", "kept"),
    [
        ("timeline", saw("open", "service-reply", detail={"identified": True, "serves": True}), "answered"),
        ("presto-http", saw("open", "service-reply", detail={"serves": False, "state": "starting"}), "idle"),
        ("resourcemanager-web", saw("open", "service-reply", detail={"serves": False, "state": "standby"}), "answered"),
        ("zookeeper", saw("open", "service-reply", detail={"serving": False}), "idle"),
        ("timeline", saw("open", "service-reply", detail={"identified": False, "family": "hadoop"}), "answered"),
        ("timeline", saw("open", "service-reply", detail={"identified": False}), "unidentified"),
        ("timeline", saw("open", "syn-ack", detail={"ended": "whole", "protocol": "http"}), "unidentified"),
        ("kyuubi", saw("open", "syn-ack", detail={"ended": "whole", "protocol": "http"}), "unidentified"),
        ("hiveserver2-http", saw("open", "syn-ack", detail={"ended": "whole", "protocol": "markup"}), "unidentified"),
        ("kms", saw("open", "syn-ack", detail={"ended": "silent"}), "silent"),
    ],
)
def test_what_a_service_says_of_itself_is_kept(component: str, seen: Observation, kept: str) -> None:
    (further,) = furthers(component, 8020, ANSWERS)
    assert further.learn(seen).detail == {"own_protocol": kept}


@pytest.mark.parametrize(
    ("component", "protocol", "is_other"),
    [
        ("kms", "hadoop-rpc", True),
        ("kms", "ssh", True),
        ("kyuubi", "ssh", True),
        ("hbase-master", "http", True),
        ("impala", "http", True),
        # A guess of a protocol that the service itself may speak
        ("kyuubi", "http", False),
        ("kms", "tls", False),
        ("kms", "thrift-sasl", False),
        ("namenode-rpc", "hadoop-rpc", False),
    ],
)
def test_only_a_protocol_that_the_service_never_speaks_is_anothers(
    component: str, protocol: str, is_other: bool
) -> None:
    seen = saw("open", "syn-ack", detail={"ended": "whole", "protocol": protocol})
    (further,) = furthers(component, 8020, ANSWERS)
    assert ("other_protocol" in further.learn(seen).detail) == is_other
    (optional,) = furthers(component, 8020, ANSWERS, need="optional")
    assert "other_protocol" not in optional.learn(seen).detail


TLS_ALERT = {"ended": "whole", "protocol": "tls"}
PLAIN_PAGE = {"ended": "tls-failed", "protocol": "http", "tls_error": "WRONG_VERSION_NUMBER"}


@pytest.mark.parametrize(
    ("component", "detail", "kept"),
    [
        ("presto-http", TLS_ALERT, {"own_protocol": "foreign", "other_protocol": "tls"}),
        ("timeline", TLS_ALERT, {"own_protocol": "foreign", "other_protocol": "tls"}),
        ("trino-https", PLAIN_PAGE, {"own_protocol": "foreign", "other_protocol": "plain-http"}),
        # A server of TLS that refuses this client
        ("trino-https", {"ended": "tls-failed", "protocol": "tls", "tls_error": "X"}, {"own_protocol": "closed"}),
        # A page inside TLS, which is not the service's
        ("trino-https", {"ended": "whole", "protocol": "http"}, {"own_protocol": "unidentified"}),
        # The files name neither, so it may be the service, but no answer of it came
        ("kms", TLS_ALERT, {"own_protocol": "tls"}),
        ("hiveserver2-http", TLS_ALERT, {"own_protocol": "tls"}),
    ],
)
def test_http_in_place_of_https_is_another_protocol_if_the_files_name_one_of_the_two(
    component: str, detail: dict[str, str], kept: dict[str, str]
) -> None:
    (further,) = furthers(component, 8020, ANSWERS)
    assert further.learn(saw("open", "syn-ack", detail=detail)).detail == kept
    (optional,) = furthers(component, 8020, ANSWERS, need="optional")
    assert "other_protocol" not in optional.learn(saw("open", "syn-ack", detail=detail)).detail


@pytest.mark.parametrize(
    ("component", "transport", "kept"),
    [
        ("presto-http", "http", {"own_protocol": "answered"}),
        ("presto-http", "https", {"own_protocol": "foreign", "other_protocol": "tls"}),
        ("trino-https", "https", {"own_protocol": "answered"}),
        ("trino-https", "http", {"own_protocol": "foreign", "other_protocol": "plain-http"}),
        ("kms", "https", {"own_protocol": "answered"}),
    ],
)
def test_a_service_that_answers_over_the_other_transport_alone_is_not_where_the_files_say(
    component: str, transport: str, kept: dict[str, str]
) -> None:
    (further,) = furthers(component, 8020, ANSWERS)
    answer = saw("open", "service-reply", detail={"identified": True, "serves": True, "transport": transport})
    assert further.learn(answer).detail == kept


@pytest.mark.parametrize("component", ["trino-http", "trino-https", "kms"])
def test_a_web_service_may_be_asked_on_two_connections(component: str) -> None:
    flow = a_flow(component, endpoint=an_endpoint(port=8020))
    assert next(services.possible(flow)).most == 2


SPARK, KYUUBI = "spark-defaults.conf", "kyuubi-defaults.conf"


@pytest.mark.parametrize(
    ("component", "file", "settings", "kind"),
    [
        ("spark-thrift", SPARK, {"spark.hadoop.hive.server2.thrift.port": "10001"}, "thrift"),
        ("spark-thrift", SPARK, {"hive.server2.thrift.port": "10001"}, "thrift"),
        ("spark-thrift", SPARK, {"spark.hadoop.hive.server2.transport.mode": "binary"}, "thrift"),
        ("kyuubi", KYUUBI, {"kyuubi.x": "1"}, "thrift"),
        ("spark-thrift", SPARK, {"spark.x": "1"}, "sql"),
        ("spark-thrift", KYUUBI, {"kyuubi.x": "1"}, "sql"),
        ("kyuubi", SPARK, {"spark.hadoop.hive.server2.thrift.port": "10001"}, "sql"),
    ],
)
def test_http_is_no_answer_of_a_server_whose_files_say_binary(
    component: str, file: str, settings: dict[str, str], kind: str
) -> None:
    flow = a_flow(component, endpoint=an_endpoint(port=10001))
    case = replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings={file: a_configuration(file, settings)})
    found = services.questions(the_scene(case, [flow], {flow.id: ANSWERS}))
    (further,) = (each for each in found if each.name == "protocol")

    assert further.question.kind == kind
    kept = further.learn(saw("open", "syn-ack", detail={"ended": "whole", "protocol": "http"})).detail
    assert kept.get("other_protocol") == ("http" if kind == "thrift" else None)


@pytest.mark.parametrize(
    ("component", "foreign", "is_other"),
    [
        ("hiveserver2-http", b"\x04\x00\x00\x00\x11Invalid status 80", True),
        ("spark-thrift-http", b"\x04\x00\x00\x00\x11Invalid status 80", True),
        ("kyuubi-http", b"\x04\x00\x00\x00\x11Invalid status 80", True),
        ("hiveserver2-http", b"\x04\x00\x00\x00\x00", False),
        ("trino-http", b"\x04\x00\x00\x00\x11Invalid status 71", False),
    ],
)
def test_a_server_in_binary_mode_takes_http_for_a_status(component: str, foreign: bytes, is_other: bool) -> None:
    seen = saw("open", "syn-ack", detail={"ended": "whole", "protocol": "thrift-sasl", "foreign": foreign.hex()})
    (further,) = furthers(component, 8020, ANSWERS)

    assert further.learn(seen).detail.get("other_protocol") == ("thrift-sasl" if is_other else None)


def test_an_answer_of_the_service_is_kept() -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("open", "service-reply")).detail == {"own_protocol": "answered"}


def test_nothing_is_learnt_of_a_question_that_was_not_sent() -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("not-probed", "cancelled")).detail == {}
    assert further.learn(saw("filtered", "no-response")).detail == {}


def further_of(component: str, file: str, values: dict[str, str]) -> Further:
    """Return the only question to a server that accepts, with these settings in the file."""
    settings = {file: a_configuration(file, values)}
    flow = a_flow(component, endpoint=an_endpoint(port=10000))
    case = replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings=settings)
    (further,) = services.questions(the_scene(case, [flow], {flow.id: ANSWERS}))
    return further


@pytest.mark.parametrize(
    ("component", "file", "key", "kind"),
    [
        ("hiveserver2", "hive-site.xml", "hive.server2.use.SSL", "thrift"),
        ("hiveserver2-http", "hive-site.xml", "hive.server2.use.SSL", "hive-http"),
        ("hive-metastore", "hive-site.xml", "hive.metastore.use.SSL", "thrift"),
        ("spark-thrift", "spark-defaults.conf", "spark.hadoop.hive.server2.use.SSL", "sql"),
        ("spark-thrift-http", "spark-defaults.conf", "spark.hadoop.hive.server2.use.SSL", "hive-http"),
        ("kyuubi", "kyuubi-defaults.conf", "kyuubi.frontend.thrift.binary.ssl.enabled", "thrift"),
    ],
)
def test_a_server_that_wants_tls_first_is_asked_inside_tls(component: str, file: str, key: str, kind: str) -> None:
    inside, plain = further_of(component, file, {key: "true"}), further_of(component, file, {key: "false"})

    assert (inside.question.kind, inside.question.has("secure")) == (kind, True)
    assert (plain.question.kind, plain.question.has("secure")) == (kind, False)


METASTORE_MODE = "hive.metastore.server.thrift.transport.mode"


@pytest.mark.parametrize(
    ("component", "values", "secure"),
    [
        ("hive-metastore", {METASTORE_MODE: "http"}, False),
        ("hive-metastore", {METASTORE_MODE: "http", "hive.metastore.use.SSL": "true"}, True),
        ("hiveserver2", {"hive.server2.transport.mode": "all"}, False),
    ],
)
def test_a_server_that_may_speak_http_gets_one_get_of_which_silence_alone_is_kept(
    component: str, values: dict[str, str], secure: bool
) -> None:
    """Given that any web server answers it, the answer is not that of the service."""
    further = further_of(component, "hive-site.xml", values)

    assert (further.question.kind, further.question.has("secure")) == ("http", secure)
    assert further.learn(saw("open", "service-reply", detail={"status": 401})).detail == {}
    assert further.learn(saw("open", "syn-ack", detail={"ended": "whole", "protocol": "thrift-sasl"})).detail == {}
    assert further.learn(saw("open", "syn-ack", detail={"ended": "silent"})).detail == {"own_protocol": "silent"}


def test_nothing_is_asked_of_a_server_that_is_silent() -> None:
    assert asked("namenode-rpc", 8020, saw("filtered", "no-response")) == []


def test_nothing_is_asked_of_a_service_that_was_only_looked_for_there() -> None:
    assert asked("namenode-rpc", 8020, REFUSES, assumed="one of them runs it") == []


def test_nothing_is_asked_of_a_service_without_the_protocol() -> None:
    assert asked("hiveserver2", 10000, REFUSES) == []


@pytest.mark.parametrize(("reason", "detail"), [("service-reply", {"answers_on": 9000}), ("syn-ack", {})])
def test_only_an_answer_in_the_protocol_counts(reason: str, detail: dict[str, int]) -> None:
    flow = a_flow("namenode-rpc", endpoint=an_endpoint(port=8020))
    place = the_scene(the_case(a_group(a_rule(), id=EMR_GROUP)), [flow], {flow.id: REFUSES})
    (further,) = services.questions(place)
    kept = further.learn(saw("open", reason))
    assert (kept.state, kept.detail) == ("not-probed", detail)


def test_the_login_that_a_service_wants_is_kept() -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    reply = saw("open", "service-reply", detail={"demands": "simple", "principal": "x"})

    assert further.learn(reply).detail == {"own_protocol": "answered", "demands": "simple"}
