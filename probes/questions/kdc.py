"""How is a KDC asked, without a credential?

Every question has the option "realm". What it concludes stands in `Observation.detail`, under the
key that its function names.
"""

from __future__ import annotations

from probes.frozen import replace
from probes.observation import Observation
from probes.principal import Principal
from probes.questions.question import Question, learnt
from probes.vantage import Vantage


async def as_request(question: Question, vantage: Vantage) -> Observation:
    """Send an AS-REQ for K/M over the transport of the endpoint, as `probes.kerberos.as_req`."""
    from probes.kerberos.as_req import ask_tcp, ask_udp

    send = ask_udp if question.endpoint.transport == "udp" else ask_tcp
    return await send(question.endpoint, question.text("realm"), vantage)


async def realm(question: Question, vantage: Vantage) -> Observation:
    """Ask if the KDC serves the realm: detail["realm_served"]."""
    from probes.kerberos.kdc.realm import realm_served

    answer = await realm_served(question.endpoint, question.text("realm"), vantage)
    return _with(answer.observation, "realm_served", {"served": answer.served, "why": answer.why})


async def own_realm(question: Question, vantage: Vantage) -> Observation:
    """Ask a TCP port of a KDC or of kpasswd for its own realm: detail["own_realm"], which is
    left out if it does not name one."""
    from probes.kerberos.kdc import realm

    answer = await realm.own_realm(question.endpoint, vantage)
    return answer.observation if answer.realm is None else _with(answer.observation, "own_realm", answer.realm)


async def implementation(question: Question, vantage: Vantage) -> Observation:
    """Ask which implementation the KDC is: detail["implementation"]."""
    from probes.kerberos.kdc.implementation import implementation

    answer = await implementation(question.endpoint, question.text("realm"), vantage)
    return learnt(vantage, {"implementation": {"name": answer.name, "why": answer.why}})


async def clock(question: Question, vantage: Vantage) -> Observation:
    """Compare the KDC's clock with ours: detail["clock_s"] is [low, high], KDC minus this host
    in seconds, and is left out if no answer told the time. options["exact"]: the KDC states its
    microseconds truly."""
    from probes.kerberos.kdc.clock import skew

    answer = await skew(question.endpoint, question.text("realm"), vantage, exact=question.has("exact"))
    if answer.interval is None:
        return answer.observation
    return _with(answer.observation, "clock_s", [answer.interval.low, answer.interval.high])


async def reply_sizes(question: Question, vantage: Vantage) -> Observation:
    """Find the size from which replies over UDP are lost: detail["reply_sizes"], bytes of UDP
    payload.

    It has its own patience, which is shorter: `probes.kerberos.kdc.udp_reply_size`.
    """
    from probes.kerberos.kdc.udp_reply_size import udp_reply_limit

    answer = await udp_reply_limit(question.endpoint, question.text("realm"), vantage)
    sizes = {"arrived": answer.arrived, "lost": answer.lost, "refused": answer.refused, "why": answer.why}
    return _with(answer.observation, "reply_sizes", sizes)


async def principal(question: Question, vantage: Vantage) -> Observation:
    """Ask for the state of the client options["principal"]: detail["principal"]."""
    from probes.kerberos.kdc.principal import client_state

    realm = question.text("realm")
    client = Principal.parse(question.text("principal"), realm)
    answer = await client_state(question.endpoint, realm, client.parts, vantage)
    return _with(answer.observation, "principal", {"state": answer.state, "why": answer.why})


async def service(question: Question, vantage: Vantage) -> Observation:
    """Ask if the KDC knows the service options["service"]: detail["service"]."""
    from probes.kerberos.kdc.principal import service_known

    realm = question.text("realm")
    wanted = Principal.parse(question.text("service"), realm)
    answer = await service_known(question.endpoint, realm, wanted.parts, vantage)
    return _with(answer.observation, "service", {"known": answer.known, "why": answer.why})


def _with(observation: Observation, key: str, value: object) -> Observation:
    return replace(observation, detail={**observation.detail, key: value})
