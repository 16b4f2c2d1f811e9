"""How are the services of a cluster and those beside it asked?

Each answer is open/service-reply with its decoded reply in `Observation.detail`. Open with another
reason means that something else answered; the detail then has what came.
"""

from __future__ import annotations

from probes.observation import Observation
from probes.questions.question import Question, QuestionError
from probes.vantage import Vantage


async def hadoop_rpc(question: Question, vantage: Vantage) -> Observation:
    """Ask a Hadoop RPC server which login it demands."""
    from probes.services.hadoop_rpc import negotiate

    return (await negotiate(question.endpoint, vantage))[0]


async def thrift_sasl(question: Question, vantage: Vantage) -> Observation:
    """Start a SASL negotiation.

    options["mechanism"]: its name, else one that no server has; options["secure"]: inside TLS.
    """
    from probes.services.thrift import UNHEARD_OF, negotiate

    mechanism = question.text("mechanism") if "mechanism" in question.options else UNHEARD_OF
    return (await negotiate(question.endpoint, mechanism, vantage=vantage, secure=question.has("secure")))[0]


async def thrift(question: Question, vantage: Vantage) -> Observation:
    """Start a SASL negotiation, and call a method without SASL if nothing came of it.

    A Thrift server without SASL closes at the first, or waits for more. Each step has a patience
    of its own. Options as in `thrift_sasl`. Silence is returned only if both steps met it.
    """
    answer = await thrift_sasl(question, vantage)
    if answer.reason != "syn-ack" or "protocol" in answer.detail:
        return answer
    plain = await thrift_call(question, vantage)
    is_silent = answer.detail.get("ended") == "silent" and plain.reason == "syn-ack"
    return plain if plain.reason == "service-reply" or is_silent else answer


async def thrift_call(question: Question, vantage: Vantage) -> Observation:
    """Call a method that no Thrift server has, without SASL. options["secure"]: inside TLS."""
    from probes.services.thrift import call

    return (await call(question.endpoint, vantage, secure=question.has("secure")))[0]


async def http(question: Question, vantage: Vantage) -> Observation:
    """Send one HTTP request: options "method" (GET or POST), "path", and "secure" for TLS."""
    from probes.services.http import request

    method = question.text("method")
    if method not in ("GET", "POST"):
        raise QuestionError(f"no HTTP request is made with {method!r}")
    answer = await request(
        question.endpoint,
        vantage,
        method="POST" if method == "POST" else "GET",
        target=question.text("path"),
        secure=question.has("secure"),
    )
    return answer[0]


async def web_service(question: Question, vantage: Vantage) -> Observation:
    """Send the GET of options["service"], a name in `probes.services.web_services`.

    options["secure"]: inside TLS or not. Without it both are tried.
    options["fallback"]: try the other way as well if nothing in HTTP came.
    """
    from probes.services.web import identify
    from probes.services.web_services import WEB_SERVICES

    service = WEB_SERVICES.get(question.text("service"))
    if service is None:
        raise QuestionError(f"no web service is called {question.text('service')!r}")
    secure = question.has("secure") if "secure" in question.options else None
    fallback = question.has("fallback")
    return (await identify(service, question.endpoint, vantage, secure=secure, fallback=fallback))[0]


async def hive_http(question: Question, vantage: Vantage) -> Observation:
    """Ask HiveServer2 in HTTP mode: options "path", and "secure" for TLS."""
    from probes.services.hive_http import PATH, ask

    path = question.text("path") if "path" in question.options else PATH
    return (await ask(question.endpoint, vantage, path=path, secure=question.has("secure")))[0]


async def sql(question: Question, vantage: Vantage) -> Observation:
    """Ask a Thrift server of SQL as in `thrift`, and in HTTP mode if it answers in HTTP.

    Options as in `thrift`.
    """
    answer = await thrift(question, vantage)
    return await hive_http(question, vantage) if answer.detail.get("protocol") == "http" else answer


async def impala(question: Question, vantage: Vantage) -> Observation:
    """Ask a Thrift server without SASL if it is Impala."""
    from probes.services.impala import ping

    return (await ping(question.endpoint, vantage))[0]


async def hbase_rpc(question: Question, vantage: Vantage) -> Observation:
    """Ask an HBase server which login it demands."""
    from probes.services.hbase import preamble

    return (await preamble(question.endpoint, vantage))[0]


async def data_transfer(question: Question, vantage: Vantage) -> Observation:
    """Ask a DataNode in the data transfer protocol whether it wants SASL."""
    from probes.services.data_transfer import greet

    return (await greet(question.endpoint, vantage))[0]


async def zookeeper(question: Question, vantage: Vantage) -> Observation:
    """Ask a ZooKeeper server for its version and mode."""
    from probes.services.zookeeper import srvr

    return (await srvr(question.endpoint, vantage))[0]


async def zookeeper_session(question: Question, vantage: Vantage) -> Observation:
    """Open a session at a ZooKeeper server without a login, and close it."""
    from probes.services.zookeeper_session import session

    return (await session(question.endpoint, vantage))[0]


async def mysql(question: Question, vantage: Vantage) -> Observation:
    """Read the greeting of a MySQL server, and end with a login that is denied."""
    from probes.services.mysql import greet

    return (await greet(question.endpoint, vantage))[0]


async def ldap(question: Question, vantage: Vantage) -> Observation:
    """Read the root entry of an LDAP server. options["secure"]: inside TLS."""
    from probes.services.ldap import root_entry

    return (await root_entry(question.endpoint, vantage, secure=question.has("secure")))[0]


async def ldap_starttls(question: Question, vantage: Vantage) -> Observation:
    """Ask an LDAP server for TLS on its plain port."""
    from probes.services.ldap import start_tls

    return await start_tls(question.endpoint, vantage)


async def tls(question: Question, vantage: Vantage) -> Observation:
    """Make the handshake of TLS and read the certificates."""
    from probes.services.tls_server import present

    return await present(question.endpoint, vantage)


async def ssh(question: Question, vantage: Vantage) -> Observation:
    """Read the identification of an SSH server."""
    from probes.services.ssh_banner import banner

    return (await banner(question.endpoint, vantage))[0]
