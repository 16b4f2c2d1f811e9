"""Which machine is a record from? By its path, by addresses inside it, or because there is only one machine that it can be from; never by guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from diagnose.decisions.model import Model
from diagnose.flows.names import numeric
from diagnose.scene.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Machines:
    """names: every name and address of every machine, in lower case -> the machine; kdcs: the machines that flows to a KDC end at."""

    names: Mapping[str, str]
    kdcs: frozenset[str]

    def of_path(self, path: str) -> str | None:
        """master-1-1/ss.txt, ss-master-1-1.txt, 192.168.20.11/iptables.txt. The longest name in the path counts; None where two machines tie."""
        found: dict[str, set[str]] = {}
        text = path.lower()
        for name, machine in self.names.items():
            # Most names are not in it at all, and a pattern for each of thousands of names and files would take minutes.
            if name in text and re.search(rf"(?<![0-9a-z]){re.escape(name)}(?![0-9a-z])", text):
                found.setdefault(name, set()).add(machine)
        longest = max(map(len, found), default=0)
        return _only(machine for name, machines in found.items() if len(name) == longest for machine in machines)

    def of_addresses(self, addresses: Iterable[str]) -> str | None:
        """The one machine that these addresses belong to."""
        return _only(self.names[address] for address in addresses if address in self.names)

    def of_host(self, host: str | None) -> str | None:
        """By a host name as a log's prefix has it."""
        name = (host or "").lower().rstrip(".")
        return self.names.get(name) or self.names.get(name.partition(".")[0])

    def only(self) -> str | None:
        return _only(self.names.values())

    def only_kdc(self) -> str | None:
        return _only(self.kdcs)


def machines(model: Model, outcomes: Sequence[Outcome]) -> Machines:
    """Every node of the case, and every other machine that a flow ends at."""
    found: dict[str, str] = {}
    for node in model.case.nodes:
        for name in (node.name, *node.hostnames, *([node.address] if node.address else [])):
            found.setdefault(numeric(name) or name.lower().rstrip("."), node.name)
    for outcome in outcomes:
        end, machine = outcome.flow.endpoint, machine_of(model, outcome)
        for name in (end.host, *([end.address] if end.address else [])):
            found.setdefault(numeric(name) or name.lower().rstrip("."), machine)
    kdcs = frozenset(machine_of(model, outcome) for outcome in outcomes if outcome.flow.area == "kerberos")
    return Machines(found, kdcs)


def machine_of(model: Model, outcome: Outcome) -> str:
    """The node's name, else the address, else the host as configured."""
    node = model.node(outcome.flow)
    end = outcome.flow.endpoint
    return node.name if node else end.address or end.host.lower().rstrip(".")


def _only(found: Iterable[str]) -> str | None:
    distinct = set(found)
    return distinct.pop() if len(distinct) == 1 else None
