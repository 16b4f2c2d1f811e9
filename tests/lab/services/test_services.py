"""What real services answer to each question, those of other services included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from probes.endpoint import Endpoint
from probes.network.exchange import exchange
from probes.services import hadoop_rpc, thrift, zookeeper
from probes.vantage import HERE, Vantage
from tests.lab.services.services import PRINCIPAL, Services


def at(services: Services, name: str) -> Endpoint:
    return Endpoint("127.0.0.1", services.ports[name], "tcp", "127.0.0.1")


def probed(*targets: str) -> list[Any]:
    """Return the command's answers for these targets. No service here needs the whole patience."""
    result = CliRunner().invoke(main, ["probe", *targets, "--patience", "6", "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    told: list[Any] = json.loads(result.stdout)
    return told


def lines(told: Mapping[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in told["told"]}


def test_hadoop_without_kerberos_demands_nothing(services: Services) -> None:
    seen, reply = asyncio.run(hadoop_rpc.negotiate(at(services, "simple"), HERE))

    assert (seen.state, seen.reason) == ("open", "service-reply")
    assert reply is not None
    assert (reply.demands, reply.principal, reply.version) == ("simple", None, hadoop_rpc.VERSION)


def test_hadoop_with_kerberos_tells_its_principal(services: Services) -> None:
    seen, reply = asyncio.run(hadoop_rpc.negotiate(at(services, "kerberos"), HERE))

    assert reply is not None
    assert (reply.demands, reply.principal) == ("kerberos", PRINCIPAL)
    assert seen.detail["mechanisms"] == ["KERBEROS/GSSAPI"]


def test_a_mechanism_that_a_thrift_server_has_and_others_that_it_has_not(services: Services) -> None:
    says = {
        (name, mechanism): sasl.says
        for name in ("gssapi", "digest")
        for mechanism in (thrift.UNHEARD_OF, "GSSAPI", "PLAIN", "DIGEST-MD5")
        if (sasl := asyncio.run(thrift.negotiate(at(services, name), mechanism, vantage=HERE))[1]) is not None
    }

    assert says == {
        ("gssapi", thrift.UNHEARD_OF): "unsupported",
        ("gssapi", "GSSAPI"): "failed",
        ("gssapi", "PLAIN"): "unsupported",
        ("gssapi", "DIGEST-MD5"): "unsupported",
        ("digest", thrift.UNHEARD_OF): "unsupported",
        ("digest", "GSSAPI"): "unsupported",
        ("digest", "PLAIN"): "unsupported",
        ("digest", "DIGEST-MD5"): "continue",
    }


def test_thrift_without_sasl_answers_a_call_alone(services: Services) -> None:
    _, sasl = asyncio.run(thrift.negotiate(at(services, "nosasl"), vantage=Vantage(patience=1)))
    seen, text = asyncio.run(thrift.call(at(services, "nosasl"), HERE))

    assert sasl is None
    assert text == f"Invalid method name: '{thrift.METHOD}'"
    assert seen.detail["transport"] == "nosasl"


def test_a_call_without_sasl_to_a_server_with_it(services: Services) -> None:
    seen, text = asyncio.run(thrift.call(at(services, "digest"), HERE))

    assert text == "Invalid status -128"
    assert seen.detail["transport"] == "sasl"


def test_zookeeper_tells_version_and_mode(services: Services) -> None:
    seen, reply = asyncio.run(zookeeper.srvr(at(services, "zookeeper"), HERE))

    assert reply is not None
    assert (reply.mode, reply.serving, (reply.version or "")[:5]) == ("standalone", True, "3.8.4")
    assert seen.reason == "service-reply"


def test_a_word_that_zookeeper_does_not_allow_is_refused_in_the_words_that_we_know(services: Services) -> None:
    """srvr itself is always allowed today; ruok shows what a server says of one that is not."""
    _, heard = asyncio.run(exchange(at(services, "zookeeper"), b"ruok", lambda _: False, HERE))

    assert heard is not None
    assert zookeeper.decode(heard.data.replace(b"ruok", b"srvr")) == zookeeper.ZookeeperReply(None, None, serving=True)


def test_the_command_tells_of_each(services: Services) -> None:
    ports = services.ports
    told = probed(
        f"hadoop://127.0.0.1:{ports['kerberos']}",
        f"hive://127.0.0.1:{ports['gssapi']}",
        f"metastore://127.0.0.1:{ports['nosasl']}",
        f"zookeeper://127.0.0.1:{ports['zookeeper']}",
    )

    assert [one["works"] for one in told] == [True, True, True, True]
    assert lines(told[0]) == {"demands": "Kerberos", "its principal": PRINCIPAL}
    assert lines(told[1])["GSSAPI"] == "yes: Kerberos"
    assert (lines(told[1])["PLAIN"], lines(told[1])["DIGEST-MD5"]) == ("no", "no")
    assert lines(told[2])["transport"] == "Thrift without SASL"


@pytest.mark.parametrize(
    ("scheme", "service", "seems"),
    [
        ("hadoop", "digest", "Thrift server with SASL"),
        ("hive", "simple", "Hadoop RPC"),
        ("http", "kerberos", "Hadoop RPC"),
        ("hadoop", "zookeeper", "closes the connection"),
        ("zookeeper", "simple", "protocol"),
        ("https", "simple", "does not speak TLS"),
    ],
)
def test_a_service_on_the_port_of_another(services: Services, scheme: str, service: str, seems: str) -> None:
    (told,) = probed(f"{scheme}://127.0.0.1:{services.ports[service]}")

    assert (told["works"], told["observation"]["state"], told["observation"]["reason"]) == (False, "open", "syn-ack")
    assert seems in lines(told)["instead"]
