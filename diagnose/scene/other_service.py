"""Does the service that is meant answer on the port of a flow, or another one, or none?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from diagnose.case.model import Case
from probes.observation import Observation

OTHER_PROTOCOL = "other_protocol"
"""Key in the detail of a note: the protocol in which another service answered."""

OWN_ANSWER = "own_protocol"
"""Key in the detail of a note: what came of a question in the service's own protocol."""

DEMANDS = "demands"
"""Key in the detail of a note: which login Hadoop RPC wants: "simple", "kerberos" or "token"."""

RUNS_AS = "runs_as"
"""Key in the detail of a note: principal that Hadoop RPC runs as, if the files name another one."""

TRANSPORT = "transport"
"""Key in the detail of a note: whether Thrift wants SASL: "sasl" or "nosasl"."""

MECHANISMS: Mapping[str, str] = {"PLAIN": "sasl_plain", "GSSAPI": "sasl_gssapi"}
"""SASL mechanism -> key in the detail of a note: what HiveServer2 answers to its start.

"unsupported" means that it does not have it; "continue", "complete" and "failed" that it has.
"""

WAITED = "waited_s"
"""Key in the detail of a note that says "hangs": seconds that the second answer had."""

ACKNOWLEDGED = "acknowledged"
"""Key in the detail of a note that says "hangs": whether the host's kernel acknowledged the
question. Not there if the vantage cannot tell."""

OwnAnswer = Literal[
    "answered", "idle", "tls", "no-tls", "hangs", "silent", "closed", "unidentified", "foreign", "other-principal"
]
"""What came of a question in the service's own protocol. The first one that was seen counts.

- answered: the service's own answer.
- idle: the service's own answer, which says that it serves no client now.
- tls: an alert of TLS; or silence, and an answer to a handshake of TLS.
- no-tls: an answer of Thrift to a handshake of TLS, which the files name.
- hangs: no byte to two questions, a pause between them, nor to a handshake of TLS.
- silent: no byte before the time was over.
- closed: the connection ended without an answer.
- unidentified: an answer in HTTP, as the service gives too, and nothing that it alone says.
- foreign: bytes that are no answer of this service.
- other-principal: Hadoop RPC of a server that runs as another user than the files name.
"""

_OWN_ANSWERS: tuple[OwnAnswer, ...] = get_args(OwnAnswer)

HTTP = frozenset({"http", "markup"})
"""What a web server answers."""

OTHERS = HTTP | {"ssh", "mysql", "smtp-or-ftp"}
"""Protocols that no service of Hadoop RPC or Thrift speaks. TLS may be the service's own."""

OF_WEB = (OTHERS - HTTP) | {"hadoop-rpc"}
"""Protocols that no web server speaks."""

TLS_ALONE, NO_TLS = "tls", "plain-http"
"""Values of OTHER_PROTOCOL for a web server that the files name as HTTP, or as HTTPS."""

BINARY = "thrift-sasl"
"""What HiveServer2 in binary mode answers to HTTP, which it takes for a status of SASL."""


MODES: Mapping[str, tuple[str, ...]] = {
    "hiveserver2": ("hive.server2.transport.mode",),
    "hive-metastore": ("metastore.server.thrift.transport.mode", "hive.metastore.server.thrift.transport.mode"),
}
"""Component of which the files can say that it speaks HTTP -> the keys in hive-site.xml and
hivemetastore-site.xml that do."""

TLS: Mapping[str, tuple[str, ...]] = {
    "hiveserver2": ("hive.server2.use.SSL",),
    "hiveserver2-http": ("hive.server2.use.SSL",),
    "spark-thrift": ("hive.server2.use.SSL", "spark.hadoop.hive.server2.use.SSL"),
    "spark-thrift-http": ("hive.server2.use.SSL", "spark.hadoop.hive.server2.use.SSL"),
    "kyuubi": ("kyuubi.frontend.thrift.binary.ssl.enabled",),
    "kyuubi-http": ("kyuubi.frontend.thrift.http.use.SSL",),
    "hive-metastore": ("metastore.use.SSL", "hive.metastore.use.SSL"),
}
"""Component -> the keys that make it speak TLS."""

BINARY_MODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "spark-thrift": (
        "spark-defaults.conf",
        tuple(
            f"{prefix}hive.server2.{key}"
            for prefix in ("spark.hadoop.", "")
            for key in ("thrift.port", "transport.mode")
        ),
    ),
    "kyuubi": ("kyuubi-defaults.conf", ()),
}
"""Component -> the file, and keys of which one in it says that it speaks binary Thrift. Without
keys the file alone says so. A file that says HTTP leads to another component."""

FILES = ("hive-site.xml", "hivemetastore-site.xml")
TLS_FILES = (*FILES, "spark-hive-site.xml", "spark-defaults.conf", "kyuubi-defaults.conf")


def may_speak_http(case: Case, component: str) -> bool:
    """Return True if the files say that the service speaks HTTP, alone or beside its own
    protocol."""
    configurations = [case.settings[file] for file in FILES if file in case.settings]
    modes = [configuration.get(key) for configuration in configurations for key in MODES.get(component, ())]
    return any(mode is not None and mode.strip().lower() in ("http", "all") for mode in modes)


def is_binary(case: Case, component: str) -> bool:
    """Return True if the files say that a server that may speak HTTP speaks binary Thrift."""
    file, keys = BINARY_MODES.get(component, ("", ()))
    configuration = case.settings.get(file)
    return configuration is not None and (not keys or any(configuration.get(key) for key in keys))


def may_speak_tls(case: Case, component: str) -> bool:
    """Return True if the files say that the service wants TLS first."""
    configurations = [case.settings[file] for file in TLS_FILES if file in case.settings]
    values = [configuration.get(key) for configuration in configurations for key in TLS.get(component, ())]
    return any(value is not None and value.strip().lower() == "true" for value in values)


def own_answer(observations: Iterable[Observation]) -> OwnAnswer | None:
    """Return what came of a question in the service's own protocol. None if none was asked.

    A connection that was reset before a question could be sent is closed.
    """
    known = tuple(observations)
    said = {observation.word(OWN_ANSWER) for observation in known}
    said |= {"closed" for each in known if each.reason == "syn-ack" and each.word("errno") is not None}
    return next((answer for answer in _OWN_ANSWERS if answer in said), None)


def other_protocol(observations: Iterable[Observation]) -> str | None:
    """Return the protocol of a service that is not the one that is meant. None if it may be it."""
    for observation in observations:
        name = observation.word(OTHER_PROTOCOL)
        if name in OTHERS | OF_WEB | {TLS_ALONE, NO_TLS, BINARY}:
            return "http" if name == "markup" else name
    return None
