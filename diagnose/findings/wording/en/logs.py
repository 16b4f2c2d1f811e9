"""What does a log say that no finding explains, and which two checks are the cheapest next ones?"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from diagnose.findings import catalogue
from diagnose.findings.values import Params, Statement
from diagnose.findings.wording.en.log_steps import CHECKS
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.log_checks import filled
from diagnose.findings.wording.words import Words


def next_checks(params: Params) -> tuple[str, str]:
    """Return the two cheapest next checks for a failure of a log."""
    return filled(CHECKS, params, "of the service")


OUTSIDE: Final = "The log is of an earlier time or another client, or the fault is outside the case."
"""What may be, if a log has a failure and files and packets have none."""


BOTH: Final = "The request reached the KDC, so the network is not the fault."
"""What is known if the log of a KDC has the failure of a client."""


ALONE: Final = "A log alone decides nothing: equal messages have different causes."
"""What a log without any other file is worth."""


SHOWS: Final[Mapping[str, str]] = {
    "login": "A service answered a request of this client, so its connection and its login worked at that time.",
    "connection": "A service answered this client, so its connection worked at that time. It refused the token.",
    "ran": "This executor had reached the driver before, so that connection worked until then.",
    "behind": "The service took the login of this client, so its connection and its login worked at that time.",
    "unsent": "The client stopped before it sent anything, so the line says nothing of the network.",
}
"""What the words of a message show -> the sentence that says so."""


MEANS: Final[Mapping[str, str]] = {
    "safe-mode": (
        "In safe mode HDFS is read and not changed. A NameNode leaves it by itself after a start, "
        "once enough blocks are reported."
    ),
    "permission": "The user has no right to do this there. No rule and no line of krb5.conf changes that.",
    "token": (
        "The delegation token is expired, or the server no longer has it. Jobs that run for long meet this, "
        "and jobs with the token of one that ended."
    ),
    "file-system": "The path names another file system than the one that the client opened.",
    "releases": "Client and service are of different releases, and one does not know a call of the other.",
    "scheme-capitals": "The scheme has a capital letter. Hadoop looks for it as it is written, and has no such one.",
    "executor-memory": "YARN or the kernel ended the executor, because it took more memory than it may.",
    "thrift-size": (
        "An answer or a request is larger than the side that reads it takes. The limit is a setting of that side."
    ),
    "kyuubi-engine": (
        "The engine, an application of Spark, did not start in time. Most often its queue in YARN is full, "
        "or spark-submit failed."
    ),
    "no-file-system": "The client has no library for this kind of file system. No rule changes that.",
}
"""Topic of a message that lists no code -> what it means."""


NO_FAULT: Final = "which is no fault of the network"
BEHIND: Final = "and the client reached that service"
"""What the title of a failure says that lists no code."""


UNCODED: Final[Mapping[str, str]] = {
    "resources": (
        "Most often its queue in YARN has no free memory or cores, or it asks for more than a node has. "
        "No code stands for that."
    ),
    "executor": "Most often the executor had too little memory, or its node was busy. No code stands for that.",
    "hs2-path": (
        "Most often httpPath in the JDBC URL is not the path of the server, or a proxy before it answers. "
        "No code stands for that."
    ),
    "hs2-gateway": (
        "Most often a proxy or a load balancer answers, and does not get an answer of HiveServer2 behind it. "
        "No code stands for that."
    ),
    "thrift-http": (
        "The number is the first four letters of an HTTP message, read as a length. So one side speaks HTTP: a client, "
        "a server, or a health check."
    ),
    "thrift-tls": "The number is the first four bytes of TLS, read as a length. So only one side speaks TLS.",
    "thrift-sasl": (
        "The number is the first four bytes of a login with SASL, or of a call without one, read as a length. "
        "So only one side uses SASL."
    ),
    "thrift": (
        "One side reads bytes of another protocol. A health check of a load balancer and a driver of another release "
        "do this as well: no code stands for that."
    ),
    "metastore-database": (
        "The database of the metastore does not answer, or closed the connection. "
        "The metastore opens this connection; a task does so only if its hive.metastore.uris is empty."
    ),
}
"""Topic of a message -> what its words say, and what it comes from as well without a code."""


def unexplained(s: Statement) -> Words:
    """INPUT-LOG: a failure in a log that no finding explains."""
    said, file = s.text("said"), s.text("file").rpartition("/")[2]
    at = f" at {s.text('at')}" if s.text("at") else ""
    to = f" to {s.text('target')}" if s.text("target") else ""
    says = f"{s.text('file')}:{s.text('line')} says “{said}”{at}{to}{_whose(s)}"
    advice = (f"First check: {next_checks(s.params)[0]}.",)
    if s.cause == "log-contradicted":
        return Words(
            f"{file} is old or of another client: what failed there works now",
            f"{says}, but the service answers packets from the resource group now.",
            " ".join(filter(None, ("The log is no evidence of a fault that is still there.", _age(s)))),
            ("Take a log of a run after this check, if tasks still fail.",),
        )
    if s.cause == "log-answered":
        return Words(
            f"{file} says “{said}”, {BEHIND if s.text('shows') == 'behind' else NO_FAULT}",
            f"{says}. {_shows(s)}",
            " ".join(filter(None, (MEANS[s.text("topic")], _around(s)))),
            advice,
        )
    detail = " ".join(filter(None, (_shows(s), _around(s), *_candidates(s), _excluded(s))))
    if s.cause == "log-disagrees":
        return Words(
            f"{file} does not fit what was found: “{said}”",
            f"{says}. {', '.join(s.texts('others'))} would look different in a log: it is old or of another client, "
            f"or there is a second fault. {_codes(s)}",
            detail,
            advice,
        )
    if s.cause == "log-unexplained" and s.row("kdc").params:
        kdc = s.row("kdc")
        return Words(
            f"{file} and the log of the KDC tell of one failure: “{said}”",
            f"{says}. The KDC says “{kdc.text('said')}” of {kdc.text('principal')} at {kdc.text('at')} "
            f"({kdc.text('file')}:{kdc.text('line')}). {_codes(s)}",
            f"{detail} {BOTH}",
            advice,
        )
    if s.cause == "log-unexplained":
        return Words(
            f"{file} says “{said}”, which nothing in the case explains",
            f"{says}. {_codes(s)}",
            f"{detail} {OUTSIDE}",
            advice,
        )
    many = ": several faults look like this" if len(s.texts("candidates")) > 1 else ""
    return Words(f"{file} says “{said}”{many}", f"{says}. {_codes(s)}", f"{ALONE} {detail}", advice)


def _but(s: Statement) -> str:
    """Return what a setting is beside the words of a log: it agrees, or says something else."""
    return "But " if s.code == "SVC-HS2-PRINC" else "It fits that "


def named(s: Statement) -> Words:
    """Word a fault that a log names (cause log-named)."""
    entry = catalogue.entry(s.code, "en")
    at = f" at {s.text('at')}" if s.text("at") else ""
    to = f" to {s.text('target')}" if s.text("target") else ""
    fits = f"{_but(s)}{place(s)} sets {s.text('key')} to {s.text('value')}." if s.text("key") else ONLY_THE_LOG
    return Words(
        f"{entry.title}, says {s.text('file').rpartition('/')[2]}",
        f"{s.text('file')}:{s.text('line')} says “{s.text('said')}”{at}{to}. {entry.meaning}",
        " ".join(filter(None, (fits, _around(s)))),
        (f"Write {s.text('value')} into the URL.",) if s.code == "SVC-HS2-PRINC" else entry.repair,
    )


ONLY_THE_LOG: Final = "Only the log says so. It may be old, or of another client."


def _codes(s: Statement) -> str:
    """Return what else it comes from, and the codes that it may be."""
    uncoded = UNCODED.get(s.text("topic"))
    return _possible(s) if uncoded is None else f"{uncoded} {_possible(s)}"


def _possible(s: Statement) -> str:
    codes = s.texts("candidates")
    if len(codes) == 1 and s.row("kdc").params:
        return f"Both fit {codes[0]} alone."
    if len(codes) == 1:
        return f"{'Perhaps it is' if s.text('topic') not in UNCODED else 'It may also be'} {codes[0]}."
    if more := s.number("more"):
        explain = f"emr-diagnose explain {shlex.quote(s.text('said'))}"
        return f"It may be {', '.join(codes)}, the most likely first, or one of {more} more: {explain}."
    return f"It may be {', '.join(codes[:-1])} or {codes[-1]}, the most likely first."


def _around(s: Statement) -> str:
    """Return what else the log tells: excluded DataNodes, another cluster, its age."""
    nodes = s.texts("datanodes")
    excluded = f"It excludes the DataNodes {', '.join(nodes[:4])}." if nodes else ""
    elsewhere = f"No connection of the case goes to {s.text('target')}." if s.is_true("elsewhere") else ""
    return " ".join(filter(None, (excluded, elsewhere, _age(s))))


def _whose(s: Statement) -> str:
    """Return what shows that the log is of another client than the files, or of another host."""
    unnamed = ", which no kdc line of krb5.conf names" if s.is_true("unnamed_kdc") else ""
    client = s.text("client")
    return unnamed + (f", from {client}, which is no address of the resource group" if client else "")


def _shows(s: Statement) -> str:
    return SHOWS.get(s.text("shows"), "")


def _age(s: Statement) -> str:
    return "The log is older than the last initialization of the resource group." if s.is_true("old") else ""


def _candidates(s: Statement) -> list[str]:
    return [f"{code}: {title}." for code, title in zip(s.texts("candidates"), s.texts("titles"), strict=True)]


def _excluded(s: Statement) -> str:
    gone = s.texts("excluded")
    return f"The files of the case exclude {', '.join(gone)}." if gone else ""
