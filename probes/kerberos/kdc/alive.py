"""Does a KDC answer here? Definitely yes, definitely no, or not to be known from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from probes.endpoint import Endpoint
from probes.kerberos.kdc.ask import ask
from probes.observation import Observation
from probes.vantage import Vantage

Known = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Alive:
    """alive: "no" only where the host itself refused, or something answered that is no KDC; why: a clause; observation: what came."""

    alive: Known
    why: str
    observation: Observation


async def alive(endpoint: Endpoint, realm: str, vantage: Vantage) -> Alive:
    """One AS-REQ for K/M@realm. Any realm will do: a KDC answers for those that it does not serve too."""
    answer = await ask(endpoint, realm, vantage)
    known, why = _verdict(answer.observation)
    return Alive(known, why, answer.observation)


def _verdict(seen: Observation) -> tuple[Known, str]:
    if seen.reason == "kerberos-reply":
        return "yes", f"it answered {seen.detail.get('error') or seen.detail['message']}"
    if seen.state == "closed":
        return "no", f"the host refused the port ({seen.reason})"
    if seen.state == "open":
        return _not_kerberos(seen)
    return "unknown", f"no answer came back ({seen.reason})"


def _not_kerberos(seen: Observation) -> tuple[Known, str]:
    """A listener that is silent may be a KDC that is stuck; one that says something else is none."""
    ended = seen.detail.get("kerberos", "foreign")
    if ended == "foreign":
        return "no", f"something answered that is no KDC ({seen.detail.get('protocol', 'unknown')} protocol)"
    return "unknown", {
        "silent": "the connection opened and not a byte came back",
        "incomplete": "an answer began and did not end in time",
    }.get(str(ended), "the connection opened and was closed without an answer")
