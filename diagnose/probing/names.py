"""The question behind `probe dns://`: what one name server says of one name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.probing.answers import Line
from diagnose.probing.target import Told
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    from diagnose.probing.target import Target

_NO = ("no-such-name", "no-data")


def check(options: Mapping[str, str]) -> None:
    """ValueError for options that make no question."""
    from probes.names.dns import RECORDS, absolute

    record = RECORDS.get(options.get("type", "A").upper())
    if not options.get("name") or record is None:
        raise ValueError(f"expected ?name=NAME, and &type= one of {', '.join(RECORDS)} for other than A")
    absolute(options["name"], record)


async def dns(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """It works where there is a record: a server that answers and knows nothing of the name is no help to who asks."""
    from probes.names.dns import RECORDS, probe

    record = RECORDS[target.options.get("type", "A").upper()]
    name = target.options["name"]
    seen = await probe(target.endpoint, name, record, vantage=vantage)
    told = seen.detail.get("dns")
    said = told.get("said") if isinstance(told, dict) else None
    yield Told(_judged(seen, str(said)), tuple(_lines(told)))


def _judged(seen: Observation, said: str) -> Observation:
    if seen.state != "open" or said == "records":
        return seen
    return replace(seen, state="unresolved", reason="name-not-found" if said in _NO else "resolver-failed")


def _lines(told: object) -> Iterator[Line]:
    if isinstance(told, dict):
        yield Line("says", str(told["said"]))
        yield from (Line("alias of", alias) for alias in told.get("aliases", ()))
        yield from (Line(str(told["type"]), record) for record in told.get("records", ()))
