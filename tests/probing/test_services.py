"""`probe`: services and what stands in their place, in words; many targets, lists of them,
deadlines and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from diagnose.cli import main
from diagnose.probing import run as asking
from diagnose.probing import schemes
from diagnose.probing.answers import FEW, TargetReport
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.path.trace import MOST_HOPS
from probes.services.data_transfer import QUESTION_SASL
from tests.support.certificates import a_file
from tests.support.closed_port import closed_port
from tests.support.fake_kdc import REALM, FakeKdc
from tests.support.fake_service import FakeService, PickyTlsService, StayingService, TlsService
from tests.support.pages import is_one_word
from tests.support.patience import SOON
from tests.support.service_replies import (
    HIVE_HTTP,
    IPC,
    KERBEROS,
    PROXY,
    SIMPLE,
    SPNEGO,
    a_challenge,
    a_refusal_of_shared_memory,
    an_exception,
    delimited,
    framed,
    header,
    number,
    sasl,
    text,
)

MAGIC = QUESTION_SASL[:4]


def run(*args: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["probe", *args], input=stdin)


def told(*args: str) -> list[Any]:
    result = run(*args, "--patience", str(SOON), "--format", "json")
    assert result.exit_code in (0, 1, 3), result.output
    answers: list[Any] = json.loads(result.stdout)
    return answers


def lines(one: Mapping[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in one["told"]}


def of(scheme: str, service: FakeService, path: str = "") -> str:
    return f"{scheme}://127.0.0.1:{service.port}{path}"


def hive_server(*mechanisms: str) -> Callable[[bytes], bytes]:
    """Thrift with SASL that has these mechanisms."""

    def answer(request: bytes) -> bytes:
        name = request[5 : 5 + int.from_bytes(request[1:5], "big")].decode()
        if name not in mechanisms:
            return sasl(3, f"Unsupported mechanism type {name}")
        return sasl(3, "GSS initiate failed" if name == "GSSAPI" else "Error validating the login")

    return answer


def protected_datanode(request: bytes) -> bytes:
    return a_challenge("auth-int,auth-conf") if request.startswith(MAGIC) else b""


def refusing_datanode(request: bytes) -> bytes:
    return delimited(number(1, 2) + text(3, "no mechanism")) if request.startswith(MAGIC) else b""


def plain_thrift(request: bytes) -> bytes:
    return an_exception() if request.startswith(b"\x80\x01") else b""


def http_mode(request: bytes) -> bytes:
    if not request.startswith(b"POST"):
        return b"HTTP/1.1 400 Illegal character\r\nContent-Length: 0\r\n\r\n"
    return HIVE_HTTP


@pytest.mark.parametrize(
    ("scheme", "said", "learnt"),
    [
        ("hadoop", KERBEROS, {"demands": "Kerberos", "its principal": "hdfs/master-1-1.example"}),
        ("hadoop", framed(header(2, error="wrong version")), {"it refused": "org.apache.hadoop.Boom: wrong version"}),
        ("datanode", a_refusal_of_shared_memory(), {"it is": "a DataNode", "demands": "no SASL"}),
        ("datanode", protected_datanode, {"demands": "SASL", "protection": "integrity, privacy"}),
        ("datanode", refusing_datanode, {"demands": "SASL", "it refused": "no mechanism"}),
        ("hive", hive_server("GSSAPI", "DIGEST-MD5"), {"GSSAPI": "yes: Kerberos", "PLAIN": "no"}),
        ("metastore", hive_server("PLAIN"), {"GSSAPI": "no", "DIGEST-MD5": "no"}),
        ("hive", plain_thrift, {"transport": "Thrift without SASL"}),
        ("hive", http_mode, {"transport": "HTTP at /cliservice", "demands": "Kerberos (SPNEGO)"}),
        ("http", SPNEGO, {"answer": "401 Authentication required", "demands": "Kerberos (SPNEGO)"}),
        ("zookeeper", b"Zookeeper version: 3.8.4-1, built\nMode: leader\n", {"version": "3.8.4-1", "mode": "leader"}),
        ("zookeeper", b"srvr is not executed because it is not in the whitelist.\n", {"version": "not told"}),
    ],
    ids=[
        "hadoop",
        "hadoop refuses",
        "datanode",
        "datanode with SASL",
        "datanode that refuses SASL",
        "hive with Kerberos",
        "metastore with PLAIN",
        "no SASL",
        "http mode",
        "spnego",
        "zookeeper",
        "zookeeper that may not tell",
    ],
)
def test_a_service_that_works_tells_what_it_demands(scheme: str, said: Any, learnt: dict[str, str]) -> None:
    with FakeService(said) as service:
        (one,) = told(of(scheme, service))

    assert (one["works"], one["verdict"]) == (True, "the service answered")
    assert learnt.items() <= lines(one).items()


@pytest.mark.parametrize(
    ("scheme", "said", "seems"),
    [
        ("hadoop", b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        ("hadoop", sasl(4, "Invalid status 104"), "a Thrift server with SASL"),
        ("datanode", SIMPLE, "some other protocol"),
        ("datanode", b"", "closes the connection"),
        ("datanode", None, "never sends a byte"),
        ("hive", SIMPLE, "some other protocol"),
        ("hive", b"\x15\x03\x03\x00\x02\x02\x46", "wants TLS first"),
        ("http", IPC, "a Hadoop RPC port"),
        ("http", b"SSH-2.0-OpenSSH_9.2p1\r\n", "an SSH server"),
        ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        ("zookeeper", b"", "closes the connection"),
        ("metastore", None, "never sends a byte"),
    ],
)
def test_what_stands_in_the_place_of_a_service(scheme: str, said: bytes | None, seems: str) -> None:
    with FakeService(said) as service:
        (one,) = told(of(scheme, service))

    assert one["works"] is False
    assert (one["observation"]["state"], one["observation"]["reason"]) == ("open", "syn-ack")
    assert one["verdict"] == "connected, but no proper answer of the service that was asked for"
    assert seems in lines(one)["instead"]


def test_a_zookeeper_without_quorum_serves_nobody() -> None:
    with FakeService(b"This ZooKeeper instance is not currently serving requests\n") as service:
        (one,) = told(of("zookeeper", service))

    assert (one["works"], one["observation"]["reason"], lines(one)) == (False, "syn-ack", {"serves": "no"})


def test_a_metastore_that_is_only_half_asked_is_not_judged() -> None:
    """Given a Thrift server without SASL, when the deadline comes before the question that it
    would answer, then it is not called another service."""

    class Slow(FakeService):
        def on_stream(self, connection: socket.socket) -> None:
            if not self.requests:
                super().on_stream(connection)
            else:
                self.stopping.wait(30)

    with Slow(b"") as service:
        result = run(of("metastore", service), "--patience", "30", "--deadline", "1", "--format", "json")
    (one,) = json.loads(result.stdout)

    assert (one["works"], one["observation"]["reason"], result.exit_code) == (None, "cancelled", 3)


def test_a_sasl_server_that_missed_the_first_question_is_not_said_to_lack_sasl() -> None:
    with FakeService(lambda request: sasl(4, "Invalid status -128") if request.startswith(b"\x80") else b"") as service:
        (one,) = told(of("metastore", service))

    assert (one["works"], lines(one)) == (True, {"transport": "SASL"})


@pytest.mark.parametrize("scheme", ["hive", "hive+http", "kyuubi", "namenode", "trino"])
def test_a_proxy_that_wants_kerberos_proves_nothing(scheme: str) -> None:
    with FakeService(PROXY) as service:
        one = told(of(scheme, service))[-1]

    assert one["works"] is None
    assert one["verdict"] == "a server answered that wants a login before it says what it is"
    assert lines(one)["it is"] == "a server with Kerberos"
    assert "JDBC URL needs" not in lines(one)


@pytest.mark.parametrize("scheme", ["https", "namenode", "ldaps"])
@pytest.mark.parametrize("wants", ["a name", "a certificate"])
def test_a_server_that_ends_tls_is_not_called_one_of_another_protocol(scheme: str, wants: str, tmp_path: Path) -> None:
    pem = a_file(tmp_path / "pem", "127.0.0.1")
    with PickyTlsService(pem, wants) as service:
        one = told(of(scheme, service))[-1]

    assert one["works"] is False
    assert lines(one)["turns away"].startswith(
        "it speaks TLS and ends" if wants == "a name" else "it ends the connection inside TLS"
    )
    assert "instead" not in lines(one)


@pytest.mark.parametrize("scheme", ["http", "hive+http", "timeline"])
@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000, b"HTTP/2 200\r\n\r\n"])
def test_an_answer_in_http_that_cannot_be_read_is_not_called_another_protocol(scheme: str, said: bytes) -> None:
    with FakeService(said) as service:
        one = told(of(scheme, service))[-1]

    assert (one["works"], lines(one)["instead"]) == (False, "an HTTP answer that cannot be read")


@pytest.mark.parametrize("scheme", ["http", "hadoop", "hive"])
def test_a_server_of_http_2_is_named(scheme: str) -> None:
    settings_and_goaway = bytes.fromhex("00000604000000000000030000006400000807000000000000000000000000000000")
    with FakeService(settings_and_goaway) as service:
        one = told(of(scheme, service))[-1]

    assert lines(one)["instead"] == "this looks like a server of HTTP/2 without HTTP/1.1"


def test_http_mode_at_another_path_is_no_hive() -> None:
    with FakeService(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as service:
        (other,) = told(of("hive+http", service, "/else"))

    assert service.requests[0].startswith(b"POST /else HTTP/1.1\r\n")
    assert (other["works"], lines(other)["answered"]) == (False, "HTTP 404 to a POST of /else")


def test_a_login_of_some_web_server_is_not_taken_for_hive() -> None:
    with FakeService(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n") as service:
        (one,) = told(of("hive+http", service))

    assert one["works"] is False


@pytest.mark.parametrize(
    ("answer", "demands"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-thrift\r\nContent-Length: 0\r\n\r\n", "no login"),
        (
            b"HTTP/1.1 401 No\r\n\r\nAuthentication Error: Authorization header received from the client is empty.",
            "a user name and password",
        ),
    ],
)
def test_http_mode_without_kerberos(answer: bytes, demands: str) -> None:
    with FakeService(answer) as service:
        (one,) = told(of("hive+http", service))

    assert (one["works"], lines(one)["demands"]) == (True, demands)


def test_a_certificate_that_clients_refuse_is_told_with_the_reason(tmp_path: Path) -> None:
    with TlsService(SPNEGO, a_file(tmp_path / "pem", "other.example")) as service:
        result = run(of("https", service), "--format", "json")
    (one,) = json.loads(result.stdout)

    assert one["works"] is True
    assert lines(one)["clients refuse it"] == "made for other.example, not for 127.0.0.1"
    assert lines(one)["certificate"].startswith("CN=master-1-1, until ")


def test_every_scheme_has_help_with_an_example_that_parses() -> None:
    listed = run("--list").stdout
    for name, scheme in schemes.SCHEMES.items():
        assert scheme.form.startswith(f"{name}://host")
        assert scheme.form in listed
        port = "" if scheme.port is not None else ":1"
        query = "?realm=R" if name.startswith("krb5") else "?name=N" if name == "dns" else ""
        assert schemes.parse(f"{name}://h{port}{query}").endpoint.port == (scheme.port or 1)
        assert f"{name} " in listed
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize(
    "target",
    [
        "hadoop://h/path",
        "http://user@h/",
        "http://h/a b",
        "http://h/#x",
        "http://h/\x7f",
        "tcp://h\x01:1",
        "krb5+udp://h?realm=R&principal=",
        "krb5+udp://h?realm=R&principal=a@b@c",
        "path+udp://h?realm=",
        "http://[::1",
        "tcp://h:0",
        "http://" + "x" * 5000,
    ],
)
def test_what_is_no_target_is_a_usage_error(target: str) -> None:
    result = run(target)

    assert (result.exit_code, "Error: " in result.stderr, "Traceback" in result.output) == (2, True, False)
    assert "\x7f" not in result.stderr
    assert "\x01" not in result.stderr


@pytest.mark.parametrize("source", ["localhost", "1.2.3", ""])
def test_a_source_that_is_no_address_is_a_usage_error(source: str) -> None:
    assert run("tcp://127.0.0.1:1", "--source", source).exit_code == 2


@pytest.fixture
def closed() -> Iterator[int]:
    with closed_port() as port:
        yield port


def test_targets_come_from_a_list_with_comments_in_their_order(tmp_path: Path, closed: int) -> None:
    names = tmp_path / "targets"
    names.write_bytes(
        b"\xef\xbb\xbf# masters\r\n\n  tcp://127.0.0.1:%d  # one\r\nhttp://127.0.0.1:%d/#\n" % (closed, closed)
    )
    answers = told(f"hive://127.0.0.1:{closed}", "--targets", str(names))

    assert [one["target"].partition(":")[0] for one in answers] == ["hive", "tcp", "http"]
    assert {one["verdict"] for one in answers} == {"refused: nothing listens there"}


def test_targets_come_from_standard_input(closed: int) -> None:
    result = run("--targets", "-", "--format", "json", stdin=f"tcp://127.0.0.1:{closed}\n".encode())

    assert len(json.loads(result.stdout)) == 1


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"tcp://h:1\n\nftp://h\n", ":3: ftp://h: no kind of target"),
        (b"tcp://\xff\x1b[2J:1 x", ":1: "),
        (b"", "no TARGET"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_sent(tmp_path: Path, content: bytes, place: str) -> None:
    names = tmp_path / "targets"
    names.write_bytes(content)
    result = run("--targets", str(names))

    assert (result.exit_code, result.stdout) == (2, "")
    assert place in " ".join(result.stderr.split())
    assert "\x1b" not in result.stderr


def test_a_list_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    assert run("--targets", str(tmp_path / "none")).exit_code == 2
    assert run("--targets", str(tmp_path)).exit_code == 2


def test_a_closed_standard_input_is_a_usage_error() -> None:
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "diagnose", "probe", "--targets", "-"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)

    assert (done.returncode, "standard input: Bad file descriptor" in done.stderr) == (2, True)


def test_all_are_asked_at_once() -> None:
    """Given twelve services that are silent for the whole patience, when they are asked
    together, then it takes about one."""
    with ExitStack() as stack:
        services = [stack.enter_context(FakeService()) for _ in range(12)]
        began = time.monotonic()
        result = run(*(of("zookeeper", service) for service in services), "--patience", "3", "--format", "json")

    assert time.monotonic() - began < 30
    assert [one["port"] for one in json.loads(result.stdout)] == [service.port for service in services]


def told_with_files(most: int, *args: str) -> list[Any]:
    """Return the answers of a process that may open so many files, and may not raise that limit."""
    command = ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", sys.executable, "-m", "diagnose", "probe"]
    done = subprocess.run([*command, *args, "--format", "json"], capture_output=True, check=False)
    answers: list[Any] = json.loads(done.stdout)
    return answers


def test_more_targets_than_descriptors_are_asked_all_the_same(closed: int) -> None:
    """Given a process that may open few files, when handshakes and questions are asked together,
    then none ends for want of a descriptor."""
    with FakeService() as service:
        targets = [f"tcp://127.0.0.1:{closed}"] * 60 + [of("zookeeper", service)] * 60
        answers = told_with_files(120, *targets, "--patience", str(SOON))

    assert {one["observation"]["reason"] for one in answers} == {"rst", "syn-ack"}


def test_many_ways_are_traced_with_few_descriptors() -> None:
    """Given a port that stays silent, when it is traced twelve times at once, a socket for each
    hop, then none ends for want of a descriptor."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, ExitStack() as stack:
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        answers = told_with_files(80, *[f"path+tcp://127.0.0.1:{deaf.getsockname()[1]}"] * 12, "--patience", "0.15")

    assert {one["observation"]["reason"] for one in answers} == {"no-response"}


def test_a_trace_has_as_many_sockets_as_its_scheme_says() -> None:
    assert schemes.SCHEMES["path+tcp"].sockets == MOST_HOPS + 1


def test_the_deadline_ends_it_with_what_is_known(closed: int) -> None:
    with FakeService() as service:
        began = time.monotonic()
        args = (of("zookeeper", service), f"tcp://127.0.0.1:{closed}", "--patience", "60", "--deadline", "2")
        result = run(*args, "--format", "json")
    silent, refused = json.loads(result.stdout)

    assert time.monotonic() - began < 45
    assert (silent["observation"]["reason"], silent["works"]) == ("cancelled", None)
    assert refused["observation"]["reason"] == "rst"
    assert result.exit_code == 1


def test_what_a_kdc_told_before_the_deadline_is_kept() -> None:
    class Once(FakeKdc):
        def on_stream(self, connection: socket.socket) -> None:
            if len(self.connections) == 1:
                super().on_stream(connection)
            else:
                self.stopping.wait(30)

    with Once() as kdc:
        target = f"krb5+tcp://127.0.0.1:{kdc.port}?realm={REALM}"
        result = run(target, "--patience", "30", "--deadline", "3", "--format", "json")
    (one,) = json.loads(result.stdout)

    assert (one["observation"]["reason"], one["works"]) == ("kerberos-reply", True)
    assert lines(one)["the rest"] == "not asked: stopped before the end"


def test_ctrl_c_prints_what_was_learnt_and_exits_130(closed: int) -> None:
    with FakeService() as service:
        command = [sys.executable, "-m", "diagnose", "probe", f"tcp://127.0.0.1:{closed}", of("zookeeper", service)]
        process = subprocess.Popen(
            [*command, "--patience", "30", "--format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        until = time.monotonic() + 60
        while not service.requests and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert [one["observation"]["reason"] for one in json.loads(output)] == ["rst", "cancelled"]


def test_our_own_bug_is_an_answer_and_the_others_go_on(closed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> Any:
        yield (_ for _ in ()).throw(RuntimeError("boom"))

    wrong = replace(schemes.SCHEMES["zookeeper"], script=broken)
    monkeypatch.setattr(schemes, "SCHEMES", {**schemes.SCHEMES, "zookeeper": wrong})
    result = run("zookeeper://127.0.0.1:1", f"tcp://127.0.0.1:{closed}", "--format", "json")
    bug, other = json.loads(result.stdout)

    assert result.exit_code == 4
    assert bug["verdict"] == "the probe failed by a mistake of ours: RuntimeError: boom"
    assert other["verdict"] == "refused: nothing listens there"


def test_a_bug_of_the_sweep_costs_no_other_answer(closed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(asking, "handshakes", broken)
    result = run(f"tcp://127.0.0.1:{closed}", f"hadoop://127.0.0.1:{closed}", "--format", "json")
    bug, other = json.loads(result.stdout)

    assert (result.exit_code, bug["observation"]["reason"]) == (4, "bug")
    assert other["observation"]["reason"] == "rst"


def test_many_have_a_line_each_and_counts_at_the_end(closed: int) -> None:
    with StayingService(b"") as service:
        targets = [f"tcp://127.0.0.1:{closed}"] * FEW + [of("tcp", service)] * 3
        page = run(*targets).stdout.splitlines()

    assert page[0] == f"tcp://127.0.0.1:{closed} closed: refused: nothing listens there"
    assert len(page) == len(targets) + 4
    assert page[-3] == f"{FEW + 3} targets"
    assert [line.split(maxsplit=2) for line in page[-2:]] == [
        [str(FEW), "closed", "refused: nothing listens there"],
        ["3", "open", "connected"],
    ]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with FakeService(hive_server("GSSAPI", "PLAIN")) as service:
        page = run(of("hive", service), f"tcp://{'x' * 200}.invalid:1").stdout

    # Then only the name of 200 letters, which is one word, is wider
    assert all(cell_len(line) <= columns or is_one_word(line) for line in page.splitlines())


def test_what_a_peer_says_does_not_reach_the_terminal_raw() -> None:
    hostile = b"HTTP/1.1 401 \x1b[31mNo\x07\r\nServer: \x1b]0;x\x07\r\nLocation: \x9b2J\r\n\r\n\x1b[2J"
    with FakeService(hostile) as service:
        page = run(of("http", service)).stdout

    assert not {"\x1b", "\x07", "\x9b"} & set(page)


def test_json_is_what_the_schema_says(closed: int) -> None:
    schema = json.loads(CliRunner().invoke(main, ["schema", "probe"]).stdout)
    with FakeService(KERBEROS) as service:
        answers = told(of("hadoop", service), f"tcp://127.0.0.1:{closed}")

    jsonschema.Draft202012Validator(schema).validate(answers)
    answers[0]["told"] = "x"
    assert not jsonschema.Draft202012Validator(schema).is_valid(answers)


@pytest.mark.needs("ipv6")
def test_ipv6_is_asked_where_it_is_meant() -> None:
    with FakeService(KERBEROS, "::1") as service:
        (one,) = told(f"hadoop://[::1]:{service.port}")

    assert (one["works"], one["host"]) == (True, "::1")
    assert service.at == Endpoint("::1", service.port, "tcp", "::1")


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("filtered", "port-unreachable", "rejected on the way: a packet filter answers that nothing listens there"),
        ("closed", "port-unreachable", "refused: nothing listens there"),
        ("filtered", "host-prohibited", "rejected on the way: host prohibited"),
        ("filtered", "ttl-exceeded", "rejected on the way: time to live exceeded: a routing loop"),
        ("filtered", "no-response", "no answer to 3 tries: something drops it, or no host has this address"),
        ("open|filtered", "no-response", "no answer, which proves nothing: a service may ignore an empty datagram"),
        ("filtered", "no-route", "no route from here"),
        ("not-probed", "no-vantage", "not probed: this host has no such source address"),
        ("unresolved", "name-not-found", "the name does not exist, or has no address"),
        ("unresolved", "resolver-failed", "the name server failed, or did not answer"),
    ],
)
def test_each_verdict_is_in_words_one_can_act_on(state: Any, reason: Any, said: str) -> None:
    seen = Observation("local", state, reason, attempts=3)
    one = TargetReport.of("tcp://h:1", Endpoint("h", 1, "tcp"), None, seen, [])

    assert one.verdict == said
    assert (one.works is None) == (state in ("not-probed", "open|filtered"))


def test_a_question_that_could_not_be_asked_is_exit_code_3() -> None:
    assert run("tcp://127.0.0.1:9", "--source", "192.0.2.77").exit_code == 3
