"""Do the services beside a KDC listen: kpasswd (464) and kadmin (749)?

Nothing is asked that could change anything. kpasswd of MIT answers an impossible length with 61, as
its KDC does; its loop is serial and may take a second. kadmin speaks ONC RPC, which does not answer
an unknown client, so only the handshake is tested.
"""

from __future__ import annotations

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos.kdc.realm import own_realm
from probes.network import tcp
from probes.observation import Observation
from probes.vantage import Vantage


@frozen
class AdminPort:
    """What was observed at a port of kpasswd or kadmin."""

    observation: Observation
    """Observation of the TCP port."""
    kerberos: bool | None = None
    """True if it answered with a Kerberos message. None for kadmin, which does not."""
    realm: str | None = None
    """Realm in that message. None without one."""


async def kpasswd(endpoint: Endpoint, vantage: Vantage) -> AdminPort:
    """Send one impossible length on one connection.
    Silence after the handshake is no failure: Heimdal closes the connection without an answer."""
    reply = await own_realm(endpoint, vantage)
    return AdminPort(reply.observation, reply.observation.reason == "kerberos-reply", reply.realm)


async def kadmin(endpoint: Endpoint, vantage: Vantage) -> AdminPort:
    """Make one handshake and close the connection at once."""
    return AdminPort(await tcp.connect(endpoint, vantage))
