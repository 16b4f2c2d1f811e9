"""Which machine is a record from?

- Its path names the machine.
- Addresses inside it belong to the machine.
- There is only one machine that it can be from.

The machine is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from diagnose.decisions.model import Model
from diagnose.flows.names import numeric
from diagnose.scene.outcome import Outcome
from probes.frozen import frozen


@frozen
class Machines:
    """The machines of a case."""

    names: Mapping[str, str]
    """Every name and address of every machine, in lower case -> the machine."""
    kdcs: frozenset[str]
    """Machines that flows to a KDC end at."""

    def of_path(self, path: str) -> str | None:
        """Return the machine that a path names.

        The longest name in the path decides.

        None if no machine is named, or if two are named equally well. Examples: master-1-1/ss.txt,
        ss-master-1-1.txt, 192.168.20.11/iptables.txt.
        """
        by_name: dict[str, set[str]] = {}
        text = path.lower()
        for name, machine in self.names.items():
            # The plain search comes first: a pattern for each of thousands of names and files
            # would take minutes.
            if name in text and re.search(rf"(?<![0-9a-z]){re.escape(name)}(?![0-9a-z])", text):
                by_name.setdefault(name, set()).add(machine)
        longest = max(map(len, by_name), default=0)
        return _only(machine for name, machines in by_name.items() if len(name) == longest for machine in machines)

    def of_addresses(self, addresses: Iterable[str]) -> str | None:
        """Return the machine that these addresses belong to. None unless it is exactly one."""
        return _only(self.names[address] for address in addresses if address in self.names)

    def of_host(self, host: str | None) -> str | None:
        """Return the machine of a host name, as the prefix of a log line has it."""
        name = (host or "").lower().rstrip(".")
        return self.names.get(name) or self.names.get(name.partition(".")[0])

    def only(self) -> str | None:
        """Return the machine of the case. None unless it has exactly one."""
        return _only(self.names.values())

    def only_kdc(self) -> str | None:
        """Return the machine of the KDC. None unless there is exactly one."""
        return _only(self.kdcs)


def machines(model: Model, outcomes: Sequence[Outcome]) -> Machines:
    """Return every node of the case, and every other machine that a flow ends at."""
    by_name: dict[str, str] = {}
    for node in model.case.nodes:
        for name in (node.name, *node.hostnames, *([node.address] if node.address else [])):
            by_name.setdefault(numeric(name) or name.lower().rstrip("."), node.name)
    for outcome in outcomes:
        end, machine = outcome.flow.endpoint, machine_of(model, outcome)
        for name in (end.host, *([end.address] if end.address else [])):
            by_name.setdefault(numeric(name) or name.lower().rstrip("."), machine)
    kdcs = frozenset(machine_of(model, outcome) for outcome in outcomes if outcome.flow.area == "kerberos")
    return Machines(by_name, kdcs)


def machine_of(model: Model, outcome: Outcome) -> str:
    """Return the name of the node, else the address, else the host as configured."""
    node = model.node(outcome.flow)
    end = outcome.flow.endpoint
    return node.name if node else end.address or end.host.lower().rstrip(".")


def _only(machines: Iterable[str]) -> str | None:
    distinct = set(machines)
    return distinct.pop() if len(distinct) == 1 else None
