"""What is wrong with a service that accepts connections and does not answer?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import hadoop_login
from diagnose.findings.wording.en.node_records import quoted
from diagnose.findings.wording.en.phrases import agree, ends, hosts, listed, ports, services
from diagnose.findings.wording.words import Words

QUESTIONS: Mapping[str, str] = {
    "hadoop-rpc": "the first message of a Hadoop RPC client",
    "thrift": "the start of a SASL login and a Thrift call",
    "sql": "the start of a SASL login and a Thrift call",
    "web-service": "an HTTP GET",
    "hive-http": "an HTTP POST",
    "hbase-rpc": "the first message of an HBase client",
    "data-transfer": "a request for shared memory, which a DataNode refuses over TCP",
    "zookeeper": "the word srvr of ZooKeeper",
}
"""Kind of question -> what is sent."""


def metastore(s: Statement) -> Words:
    """SVC-HMS: the metastore hangs, or does not agree on SASL."""
    return hangs(s) if s.cause == "hangs" else hadoop_login.metastore_login(s)


def hangs(s: Statement) -> Words:
    """SVC-HANG, SVC-HMS: a service accepts connections and does not answer."""
    if s.cause == "full-queue":
        return _full_queue(s)
    asked = listed(QUESTIONS[kind] for kind in s.texts("asked"))
    sentence = (
        f"{ends(s)}: the connection is made, and nothing comes back. Two questions were sent, with a pause between "
        f"them: {asked}. After the second one not a byte came for {_seconds(s)} s."
    )
    if s.params.get("is_acknowledged") is False:
        return Words(
            f"{services(s)} {_takes(s)} connections, and what is sent then gets lost",
            f"{sentence} No kernel acknowledged them.",
            "Either the process takes nobody and its queue is full, or packets after the handshake are lost on the "
            "way: a firewall or a load balancer that cuts connections.",
            (f"On {hosts(s)} run ss -ltn for {ports(s)}. If Recv-Q reaches Send-Q, restart the process.",),
        )
    if s.is_true("is_whole_host"):
        title = f"Every service that was asked on {hosts(s)} takes connections and does not answer"
        advice = f"Log in to {hosts(s)}: look at memory, swap and disks (free, vmstat, dmesg), or restart it."
    else:
        do = agree(len(s.texts("services")), "does", "do")
        title = f"{services(s)} {_takes(s)} connections and {do} not answer"
        advice = (
            f"On {hosts(s)} find the process with ss -ltnp for {ports(s)}: Recv-Q above 0 means that it accepts "
            "nobody. Take a jstack of it, read its log, and restart it."
        )
    return Words(title, sentence, " ".join(_excluding(s)), (advice,))


def _full_queue(s: Statement) -> Words:
    """SVC-HANG, by the list of sockets."""
    return Words(
        f"{services(s)} {agree(len(s.texts('services')), 'accepts', 'accept')} no more connections: the queue is full",
        f"{ends(s)} does not answer. On {hosts(s)}, {quoted(s, 'listening')}: more connections wait than "
        "its queue takes. The process accepts none of them, so the kernel drops each new one in silence. No rule is "
        "missing for that.",
        "",
        (
            (
                f"On {hosts(s)} find the process with ss -ltnp for {ports(s)}. Take a jstack of it, read its log, and "
                "restart it. If it is only busy, give it more threads."
            ),
        ),
    )


def _excluding(s: Statement) -> Iterator[str]:
    """Yield what those that answer show, and what stays possible."""
    beside, elsewhere = listed(s.texts("beside")), listed(s.texts("elsewhere"))
    if s.is_true("is_acknowledged"):
        yield "The kernel acknowledged the questions, so no packet of them was lost and no rule is missing."
    if beside:
        yield f"On the same host {beside} {agree(len(s.texts('beside')), 'answers', 'answer')}, so the host runs."
    if elsewhere:
        yield f"The same service on {elsewhere} answers the same question."
    yield (
        "A proxy on the way that takes connections for the host looks the same, and so does another service that waits "
        "for other bytes."
    )
    yield "Clients wait until their own timeout, for example “Read timed out”."


def _takes(s: Statement) -> str:
    return agree(len(s.texts("services")), "takes", "take")


def _seconds(s: Statement) -> str:
    waited = s.params.get("waited")
    return f"{waited:g}" if isinstance(waited, (int, float)) else "0"
