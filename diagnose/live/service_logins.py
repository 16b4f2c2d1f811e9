"""At which services does a ticket of the user's keytab prove a login, and how is each asked?

Only services that accepted a connection, and whose principal the Hadoop files name, are asked.
Each login ends before the first call, so that no service does anything for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from diagnose.flows.components import component
from diagnose.live.follow_up.model import note
from diagnose.live.follow_up.services import PATH as ASKABLE
from diagnose.live.service_principals import SERVICES, service_principals
from diagnose.scene.other_service import FILES, may_speak_http, may_speak_tls
from diagnose.scene.service_login import KEY
from probes.endpoint import Endpoint
from probes.frozen import frozen, mutable, replace
from probes.observation import Observation
from probes.principal import Principal
from probes.vantage import Vantage

if TYPE_CHECKING:
    from diagnose.case.model import Case
    from diagnose.flows.model import Flow
    from diagnose.scene.scene import Scene
    from probes.kerberos.login.context import ServiceTicket
    from probes.services.login import ServiceLogin

RPC = "hadoop-ipc"
HIVE = frozenset({"hiveserver2", "hiveserver2-http", "hive-metastore", "spark-thrift", "spark-thrift-http", "kyuubi"})
HTTP_PATHS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "hiveserver2-http": (("hive.server2.thrift.http.path",), "/cliservice"),
    "spark-thrift-http": (("spark.hadoop.hive.server2.thrift.http.path",), "/cliservice"),
    "hive-metastore": (
        ("metastore.server.thrift.http.path", "hive.metastore.server.thrift.http.path"),
        "/metastore",
    ),
}
"""Component that may be spoken to over HTTP -> keys of its path, and the path without them."""
SPARK = "spark-defaults.conf"
MOST_LOGINS = 32
"""Logins that are made, the first ones of a case."""

Ask = Callable[[Endpoint, "ServiceTicket", Vantage], Awaitable[tuple[Observation, "ServiceLogin"]]]


@frozen
class Door:
    """One service that can be logged in to."""

    flow: Flow
    """Its flow."""
    principal: Principal
    """Principal that clients ask a ticket for."""
    endpoint: Endpoint
    """Where it accepted a connection."""


@mutable
class ServiceLogins:
    """Uses each ticket at the services that it is for, and keeps what came of it."""

    client: Principal
    """Who logs in."""
    doors: Mapping[Principal, Sequence[Door]]
    """Services by their principal."""
    case: Case
    """The files that say how a service is spoken to."""
    vantage: Vantage
    """Where the logins are sent from."""
    beyond: int = 0
    """Services above `MOST_LOGINS`."""
    notes: dict[str, Observation] = field(default_factory=dict)
    """Flow id -> note of its login."""

    def left_out(self, asked: Sequence[Principal]) -> int:
        """Return how many services were not logged in to for want of a place in our bounds.

        asked: the services that a ticket was asked for.
        """
        return self.beyond + sum(len(doors) for service, doors in self.doors.items() if service not in asked)

    async def use(self, ticket: ServiceTicket) -> None:
        """Log in once at each service of the ticket, to all of them at once.

        At most two patiences a connection, and over HTTP two connections.
        """
        import asyncio

        doors = self.doors.get(ticket.service, ())
        ended = await asyncio.gather(*(self._logged_in(door, ticket) for door in doors))
        self.notes |= {door.flow.id: observation for door, observation in zip(doors, ended, strict=True)}

    async def _logged_in(self, door: Door, ticket: ServiceTicket) -> Observation:
        seen, login = await _ask_of(self.case, door.flow)(door.endpoint, ticket, self.vantage)
        return note(seen, {KEY: {"client": str(self.client), **login.detail()}})


def service_logins(scene: Scene, client: Principal, vantage: Vantage) -> ServiceLogins:
    """Return what is to be made of the tickets of one login."""
    every = list(_doors(scene, client.realm))
    doors: dict[Principal, list[Door]] = {}
    for door in every[:MOST_LOGINS]:
        doors.setdefault(door.principal, []).append(door)
    return ServiceLogins(client, doors, scene.case, vantage, max(0, len(every) - MOST_LOGINS))


def _doors(scene: Scene, realm: str) -> Iterator[Door]:
    asked = {component for _, _, component in SERVICES if component in HIVE or _speaks_rpc(component)}
    open_ones = [
        outcome
        for outcome in scene.outcomes
        if outcome.flow.component in asked and outcome.observed is not None and outcome.observed.state == "open"
    ]
    for outcome in open_ones:
        flow, seen = outcome.flow, outcome.observed
        assert seen is not None
        own = service_principals(scene.case, [flow], realm, of=flow.component)
        if own:
            address = seen.address or flow.endpoint.address
            yield Door(flow, own[0], replace(flow.endpoint, address=address))


def _ask_of(case: Case, flow: Flow) -> Ask:
    """Return how a client logs in to the service of a flow."""
    from probes.services.login import hadoop, thrift, web

    secure = may_speak_tls(case, flow.component)
    if _speaks_rpc(flow.component):
        return hadoop.log_in
    # HiveServer2 listens on one port a mode, the metastore in one mode alone.
    is_http = flow.component in ("hiveserver2-http", "spark-thrift-http")
    if is_http or (flow.component == "hive-metastore" and may_speak_http(case, flow.component)):
        return partial(web.log_in, method="POST", target=_path(case, flow.component), secure=secure)
    return partial(thrift.log_in, secure=secure)


def _path(case: Case, name: str) -> str:
    """Return the path over HTTP. The default if the files have none that can be asked for."""
    keys, default = HTTP_PATHS[name]
    configurations = [case.settings[file] for file in (*FILES, SPARK) if file in case.settings]
    written = [configuration.get(key) for configuration in configurations for key in keys]
    paths = [path.strip().strip("/*") for path in written if path is not None]
    return next((f"/{path}" for path in paths if ASKABLE.fullmatch(path)), default)


def _speaks_rpc(name: str) -> bool:
    return component(name).protocol == RPC
