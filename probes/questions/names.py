"""How are name servers, and the resolver of the host that asks, asked for names?

Only "dns" sends packets to the endpoint. The others ask the resolver of this host, or the name
servers of its resolv.conf; what they learn stands in `Observation.detail`.
"""

from __future__ import annotations

from probes.observation import Observation
from probes.questions.question import Question, QuestionError, learnt
from probes.vantage import Vantage


async def dns(question: Question, vantage: Vantage) -> Observation:
    """Ask one name server for options["name"] and the record options["type"]: detail["dns"]."""
    from probes.names.dns import RECORDS, probe

    record = RECORDS.get(question.text("type"))
    if record is None:
        raise QuestionError(f"no name server is asked for the record {question.text('type')!r}")
    return await probe(question.endpoint, question.text("name"), record, vantage=vantage)


async def host_name(question: Question, vantage: Vantage) -> Observation:
    """Ask the resolver of the vantage's host for the endpoint's host: detail["name"], a `Known` of
    `probes.names.look_up`.

    - options["back"]: look its addresses up backwards as well.
    - options["others"]: spellings to try if it has no address.
    - options["servers"]: ask each name server as well if it has no address.
    """
    from msgspec import to_builtins

    from probes.names.look_up import look_up
    from probes.network.this_host import host_of

    known = await look_up(
        question.endpoint.host,
        timeout=vantage.patience,
        back=question.has("back"),
        others=question.texts("others"),
        servers=question.has("servers"),
        by=host_of(vantage),
    )
    return learnt(vantage, {"name": to_builtins(known)})


async def own_name(question: Question, vantage: Vantage) -> Observation:
    """Resolve the name that Java's InetAddress.getLocalHost() asks for: detail["own_name"]."""
    from probes.names.resolve import resolve
    from probes.network.this_host import host_of

    host = host_of(vantage)
    own = await host.own_name()
    resolution = await resolve(own, timeout=vantage.patience, by=host)
    return learnt(vantage, {"own_name": {"host": own, "reason": resolution.reason, "error": resolution.error}})


async def name_servers(question: Question, vantage: Vantage) -> Observation:
    """Ask each name server of resolv.conf for the endpoint's host: detail["name_servers"], pairs of
    address and answer, and detail["resolver"], its timeout in seconds and its attempts.
    """
    from probes.names.look_up import ask_servers, resolv_conf_of
    from probes.network.this_host import host_of

    conf = await resolv_conf_of(by=host_of(vantage))
    # Ask for the name that the resolver tries first. Silence about a domain of the search list
    # does not show that a server is dead.
    first = conf.names_to_try(question.endpoint.host)[0]
    answers = await ask_servers(f"{first}.", conf, vantage)
    return learnt(
        vantage,
        {
            "name_servers": [[answer.server, answer.said] for answer in answers],
            "resolver": {"timeout": conf.timeout, "attempts": conf.attempts},
        },
    )
