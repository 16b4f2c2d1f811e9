"""Which function asks each kind of question?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from probes.files.masking import masked_reply
from probes.frozen import replace
from probes.observation import Observation
from probes.questions import kdc, names, path, services, tcp
from probes.questions.question import Kind, Question
from probes.vantage import Vantage

Ask = Callable[[Question, Vantage], Awaitable[Observation]]
"""Ask one question from a vantage. All that is learnt stands in the observation."""

REGISTER: Mapping[Kind, Ask] = {
    "tcp": tcp.handshake,
    "tcp-by-name": tcp.handshake_by_name,
    "kerberos": kdc.as_request,
    "kdc-realm": kdc.realm,
    "kdc-own-realm": kdc.own_realm,
    "kdc-implementation": kdc.implementation,
    "kdc-clock": kdc.clock,
    "kdc-reply-sizes": kdc.reply_sizes,
    "kdc-principal": kdc.principal,
    "kdc-service": kdc.service,
    "hadoop-rpc": services.hadoop_rpc,
    "thrift": services.thrift,
    "thrift-sasl": services.thrift_sasl,
    "thrift-call": services.thrift_call,
    "http": services.http,
    "web-service": services.web_service,
    "hive-http": services.hive_http,
    "sql": services.sql,
    "impala": services.impala,
    "hbase-rpc": services.hbase_rpc,
    "data-transfer": services.data_transfer,
    "zookeeper": services.zookeeper,
    "zookeeper-session": services.zookeeper_session,
    "mysql": services.mysql,
    "ldap": services.ldap,
    "ldap-starttls": services.ldap_starttls,
    "tls": services.tls,
    "ssh": services.ssh,
    "dns": names.dns,
    "host-name": names.host_name,
    "own-name": names.own_name,
    "name-servers": names.name_servers,
    "path": path.path,
    "path-mtu": path.path_mtu,
    "large-exchange": path.large_exchange,
    "reset": path.reset,
}
"""One row a kind."""


async def ask(question: Question, vantage: Vantage) -> Observation:
    """Ask one question from a vantage. Secrets that the peer sent are masked."""
    from probes.network.host import HostGoneError

    try:
        observation = await REGISTER[question.kind](question, vantage)
    except HostGoneError as error:
        observation = Observation(vantage.name, "not-probed", "no-vantage", detail={"error": str(error)})
    detail = {key: masked_reply(value) for key, value in observation.detail.items()}
    return observation if detail == observation.detail else replace(observation, detail=detail)
