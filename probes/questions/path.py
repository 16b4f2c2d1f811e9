"""How is the way to an endpoint examined: its routers, packet sizes, and who sent a reset?"""

from __future__ import annotations

from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.observation import Observation
from probes.questions.question import Question, learnt
from probes.vantage import Vantage


async def path(question: Question, vantage: Vantage) -> Observation:
    """Find the routers on the way, hop by hop: detail["path"].

    The observation is the answer that ended the way, or filtered/no-response.
    options["realm"]: ask a UDP endpoint as a KDC of this realm, so that the end of the way answers.
    """
    from probes.kerberos.as_req import as_req, fresh_nonce
    from probes.path.trace import trace

    realm = question.options.get("realm")

    def payload(_attempt: int) -> bytes:
        return as_req(realm, nonce=fresh_nonce()) if isinstance(realm, str) else b""

    found = await trace(question.endpoint, vantage, payload=payload)
    silence = Observation(vantage.name, "filtered", "no-response", address=question.endpoint.address)
    answer = found.answer or silence
    return replace(answer, detail={**answer.detail, "path": found.detail()})


async def path_mtu(question: Question, vantage: Vantage) -> Observation:
    """Find the largest datagram that a KDC of options["realm"] answers: detail["mtu"], bytes of IP
    packet.

    It has its own patience, which is shorter: `probes.path.mtu`.
    """
    from probes.path.mtu import kdc_request, path_mtu

    found = await path_mtu(question.endpoint, kdc_request(question.text("realm")), vantage)
    return learnt(vantage, {"mtu": {**found.detail(), "black_hole": found.is_black_hole, "why": found.why}})


async def large_exchange(question: Question, vantage: Vantage) -> Observation:
    """Compare a large exchange over TCP with the same in small segments: detail["mtu"].

    It is left out if nothing can be learnt. options["realm"]: ask a KDC of this realm;
    options["datanode"]: ask a DataNode, and again as one that wants SASL; else Hadoop RPC.
    """
    from probes.path.large_exchanges import data_transfer_dialogue, hadoop_dialogue, kerberos_dialogue, stalls

    realm = question.options.get("realm")
    if question.has("datanode"):
        dialogues = [data_transfer_dialogue(sasl=False), data_transfer_dialogue(sasl=True)]
    else:
        dialogues = [kerberos_dialogue(realm) if isinstance(realm, str) else hadoop_dialogue()]
    for dialogue in dialogues:
        found = await stalls(question.endpoint, dialogue, vantage)
        if found is not None:
            break
    else:
        return Observation(vantage.name, "open", "syn-ack")
    return replace(found.large.observation, detail={**found.large.observation.detail, "mtu": found.detail()})


async def reset(question: Question, vantage: Vantage) -> Observation:
    """Find out if the host itself refuses the endpoint, or something on the way: detail["rst"].

    Options "accepting_address" and "accepting_port" name a TCP port of the same host that accepts.
    The port that refuses is asked again with one hop less than lead to the host. If this host sends
    and this process may read packets, the TTLs of both answers are compared too.
    """
    from probes.network import raw
    from probes.network.tcp import connect
    from probes.path.trace import trace

    refused, address = question.endpoint, question.text("accepting_address")
    accepting = Endpoint(refused.host, question.number("accepting_port"), "tcp", address)
    way, half = await trace(accepting, vantage), vantage.with_patience(vantage.patience / 2)
    near = None
    if way.reached and way.distance is not None and way.distance > 1:
        near = await connect(refused, half, hops=way.distance - 1)
    captures = vantage.host is None and raw.available()
    reset: dict[str, object] = {
        "distance": way.distance,
        "short_of_host": None if near is None else near.reason == "rst",
        "captured": captures,
    }
    if captures:
        reset |= (await raw.reset_ttl(refused, accepting, half)).detail()
    reset["forged"] = bool(reset["short_of_host"] or reset.get("forged"))
    return replace(near or Observation(vantage.name, "closed", "rst"), detail={"rst": reset})
