"""Do the services beside a KDC listen: kpasswd (464) and kadmin (749)?

Nothing is asked that could change anything. kpasswd of MIT answers an impossible length with 61 as its KDC does (its loop is serial and may take a second); kadmin
speaks ONC RPC, which says nothing to a stranger, so a handshake is all there is to see.
"""

from __future__ import annotations

from dataclasses import dataclass

from probes.endpoint import Endpoint
from probes.kerberos.kdc.realm import own_realm
from probes.network import tcp
from probes.observation import Observation
from probes.vantage import Vantage

KPASSWD_PORT, KADMIN_PORT = 464, 749


@dataclass(frozen=True, slots=True)
class Listener:
    """observation: of the TCP port; kerberos: it answered with a Kerberos message, None for kadmin, which does not; realm: as told in it."""

    observation: Observation
    kerberos: bool | None = None
    realm: str | None = None


async def kpasswd(endpoint: Endpoint, vantage: Vantage) -> Listener:
    """One connection, one impossible length. Silence after the handshake is no failure: Heimdal's hangs up without a word."""
    told = await own_realm(endpoint, vantage)
    return Listener(told.observation, told.observation.reason == "kerberos-reply", told.realm)


async def kadmin(endpoint: Endpoint, vantage: Vantage) -> Listener:
    """One handshake, closed at once."""
    return Listener(await tcp.connect(endpoint, vantage))
