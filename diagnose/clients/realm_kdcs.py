"""In which state is each KDC that krb5.conf names for a realm?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagnose.clients.model import KdcState, State
from diagnose.clients.states import observed_state, refusal, state
from diagnose.flows.kerberos import BY_DNS
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from probes.frozen import replace

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.mit import Kdc


class RealmKdcs:
    """States of the KDCs of one realm, by host and port as the file writes them."""

    def __init__(
        self, profile: Profile, realm: str, flows: Sequence[Outcome], skew: float, misled: frozenset[str]
    ) -> None:
        """Take the flows to the KDCs.

        - skew: difference of clocks that is allowed, seconds.
        - misled: ids of flows that say nothing about the KDC.
        """
        from probes.files.krb5conf import mit

        self._skew = skew
        self._misled = misled
        self._states: dict[tuple[str, int, tuple[str, ...]], KdcState] = {}
        self._outcomes: dict[tuple[str, int], tuple[Outcome | None, Outcome | None]] = {}
        by_end = {(o.flow.endpoint.host.lower(), o.flow.endpoint.port, o.flow.endpoint.transport): o for o in flows}
        are_by_dns = any(o.flow.origin.file == BY_DNS for o in flows)
        for host, port, _ in by_end:
            if are_by_dns:
                self._outcomes[host, port] = (by_end.get((host, port, "udp")), by_end.get((host, port, "tcp")))
        by_line = {(o.flow.origin.file, o.flow.origin.line, o.flow.endpoint.transport): o for o in flows}
        self.entries = mit.kdc_entries(profile, realm)
        """The entries of the file, those that are no KDC as well."""
        for entry in self.entries:
            if not isinstance(entry, mit.Kdc):
                continue
            line = (entry.origin.file, entry.origin.line)
            udp, tcp = (by_line.get((*line, transport)) for transport in ("udp", "tcp"))
            self._outcomes[entry.host.lower(), entry.port] = (
                _if_at_port(udp, entry.port),
                _if_at_port(tcp, entry.port),
            )

    def of(self, entry: Kdc) -> KdcState:
        """Return the state of one entry of the file."""
        key = (entry.host, entry.port, entry.transports)
        if key not in self._states:
            self._states[key] = self._state(entry)
        return self._states[key]

    def _state(self, entry: Kdc) -> KdcState:
        udp, tcp = self._outcomes.get((entry.host.lower(), entry.port), (None, None))
        uses_udp, uses_tcp = "udp" in entry.transports, "tcp" in entry.transports
        if not uses_udp and not uses_tcp:
            # A proxy. Its TLS and its own way to the KDC are not known.
            return KdcState(entry.host, entry.port, None, "unknown")
        if any(outcome is not None and outcome.flow.id in self._misled for outcome in (udp, tcp)):
            return KdcState(entry.host, entry.port, "unknown" if uses_udp else None, "unknown" if uses_tcp else None)
        return KdcState(
            entry.host,
            entry.port,
            state(udp) if uses_udp else None,
            state(tcp) if uses_tcp else None,
            refuses=refusal(udp, self._skew) or refusal(tcp, self._skew),
            udp_ms=_milliseconds(udp),
            tcp_ms=_milliseconds(tcp),
        )

    def at_each_address(self, entry: Kdc) -> list[KdcState]:
        """Return one state for each address of the entry's name, in the order of the resolver.

        libkrb5 asks all of them. Java asks the first IPv4 one alone, which is the state of `of`.
        """
        own = self.of(entry)
        udp, tcp = self._outcomes.get((entry.host.lower(), entry.port), (None, None))
        addresses = next((found for o in (udp, tcp) if o is not None and (found := name_notes.addresses_of(o))), ())
        observed = next((o.observed.address for o in (udp, tcp) if o is not None and o.observed is not None), None)
        return [
            own
            if address == observed
            else replace(
                own,
                udp=None if own.udp is None else _state_at(udp, address),
                tcp=None if own.tcp is None else _state_at(tcp, address),
                refuses=None,
            )
            for address in addresses
        ] or [own]


def _state_at(outcome: Outcome | None, address: str) -> State:
    """Return the state of another address of the same name."""
    seen = None if outcome is None or not outcome.from_inside else name_notes.at_other_addresses(outcome).get(address)
    return "unknown" if outcome is None or seen is None else observed_state(seen, outcome.flow.endpoint.transport)


def _milliseconds(outcome: Outcome | None) -> float | None:
    """Return the time of a KDC's answer. None if none came to a host of the resource group."""
    observation = None if outcome is None or not outcome.from_inside else outcome.observed
    if observation is None or observation.reason != "kerberos-reply":
        return None
    return observation.rtt_ms


def _if_at_port(outcome: Outcome | None, port: int) -> Outcome | None:
    """Return the outcome if its flow goes to this port, else None.

    HAS names other ports than the ones that these clients use. Such a flow proves nothing about
    them.
    """
    return outcome if outcome is not None and outcome.flow.endpoint.port == port else None
