"""How is a TCP port asked for a handshake alone?"""

from __future__ import annotations

from probes.frozen import replace
from probes.observation import Observation
from probes.questions.question import Question, learnt
from probes.vantage import Vantage


async def handshake(question: Question, vantage: Vantage) -> Observation:
    """Connect and close at once."""
    from probes.network.tcp import connect

    return await connect(question.endpoint, vantage)


async def handshake_by_name(question: Question, vantage: Vantage) -> Observation:
    """Connect to the address that options["name"] resolves to, if it is another one than the
    endpoint's.

    The look-up takes at most one patience, the handshake half of one. An observation without detail
    and without address means that the name has no other address.
    """
    from probes.names.resolve import resolve
    from probes.network.tcp import connect
    from probes.network.this_host import host_of

    endpoint = question.endpoint
    resolution = await resolve(question.text("name"), timeout=vantage.patience, by=host_of(vantage))
    other = next((address for address in resolution.addresses if address != endpoint.address), None)
    if other is None:
        return learnt(vantage, {})
    return await connect(replace(endpoint, address=other), vantage.with_patience(vantage.patience / 2))
