"""Do the model of route tables and the kernel's own routing agree, address by address, on tables
that nobody wrote?

An entry that is not in use either drops its packets or leaves them to a shorter prefix. The
kernel is therefore given each table twice, once either way: where the two agree the model has to
say the same, and where they differ it has to say that it does not know.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from probes.addresses import V6, text
from probes.rules.routes import NextHop, Route, RouteTable, Share, lookup

from .netns import COMMAND_SECONDS, PREFIX, remove

SEED = 20261123
TABLES = 50
ENTRIES = 14
ASKED = 12
FEWEST_PAIRS = 1000
LINKS = 4
OURS = "99"
"""Protocol number that marks the routes of the test, so that they and only they are flushed."""

FAMILIES = {4: (172 << 24 | 16 << 16, 32), 6: (V6 + (0xFD00 << 112), 128)}
"""Family -> where its destinations begin, and bits of an address."""


class Kernel:
    """One namespace with a link to each next hop, over which nothing is ever sent: the kernel is
    only asked.
    """

    def __init__(self) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-9000-routes"

    def wire(self) -> None:
        self._ip(None, f"netns add {self.name}")
        links = [f"link add d{n} type veth peer name e{n}" for n in range(LINKS)]
        links += [f"address add 10.255.{n}.1/24 dev d{n}" for n in range(LINKS)]
        links += [f"address add fd99:{n}::1/64 dev d{n} nodad" for n in range(LINKS)]
        ups = [f"link set {end}{n} up" for n in range(LINKS) for end in "de"]
        self._ip(self.name, *links, *ups, "link set lo up")

    def remove(self) -> None:
        with suppress(subprocess.SubprocessError):
            remove(self.name)

    def hops(self, routes: Sequence[Route], destinations: Sequence[int], *, dropped: bool) -> list[str | None]:
        """Return the next hop that the kernel takes for each destination, None for none.

        If `dropped`, entries out of use drop packets; otherwise they do not exist.
        """
        family = 6 if destinations[0] >= V6 else 4
        lines = [f"route flush proto {OURS}"]
        for route in routes:
            if route.status != "Available" and not dropped:
                continue
            usable = [hop for hop in route.hops if hop.enabled is not False and route.status == "Available"]
            vias = [f"nexthop via {_gateway(family, hop)} dev {hop.id} onlink" for hop in usable]
            kind = "" if vias else "blackhole "
            lines.append(f"route add {kind}{route.destination} proto {OURS} {' '.join(vias)}")
        self._ip(self.name, *lines, family=family)
        asked = [f"route get {text(address)}" for address in destinations]
        done = self._run(["ip", f"-{family}", "-n", self.name, "-force", "-batch", "-"], asked)
        told = {
            words[0]: words[words.index("dev") + 1]
            for line in done.stdout.splitlines()
            if "dev" in (words := line.split())
        }
        return [told.get(text(address)) for address in destinations]

    def _ip(self, namespace: str | None, *lines: str, family: int = 0) -> None:
        inside = ["-n", namespace] if namespace else []
        of_family = [f"-{family}"] if family else []
        done = self._run(["ip", *of_family, *inside, "-batch", "-"], lines)
        assert done.returncode == 0, done.stderr

    def _run(self, command: list[str], lines: Sequence[str]) -> subprocess.CompletedProcess[str]:
        text = "\n".join(lines)
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)


@pytest.fixture(scope="module")
def kernel(lab_machine: None) -> Iterator[Kernel]:
    built = Kernel()
    try:
        built.wire()
        yield built
    finally:
        built.remove()


def _gateway(family: int, hop: NextHop) -> str:
    number = hop.id.removeprefix("d")
    return f"10.255.{number}.2" if family == 4 else f"fd99:{number}::2"


def _a_table(rng: random.Random, family: int) -> list[Route]:
    """Nested prefixes of one corner of the address space, some shared by several links, some
    switched off.
    """
    base, bits = FAMILIES[family]
    found: dict[tuple[int, int], Route] = {}
    for _ in range(ENTRIES):
        free = rng.choice([0, 1, 2, 3, 4, 5, 6, 8])
        low = base + (rng.randrange(256) >> free << free)
        chosen = rng.sample(range(LINKS), rng.choice([1, 1, 2, 3]))
        hops = tuple(NextHop("Attachment", f"d{n}", enabled=rng.random() > 0.15) for n in chosen)
        status = "Available" if rng.random() > 0.2 else "Inactive"
        block = (low, low + (1 << free) - 1)
        found[block] = Route("vtb-1", f"{text(low)}/{bits - free}", block, hops, status)
    return list(found.values())


def _agrees(share: Share, dropping: str | None, leaving: str | None) -> bool:
    hops = {hop.id for route in share.routes for hop in route.hops if hop.enabled is not False}
    if share.fate == "unknown":
        return dropping is None and leaving is not None
    if share.fate == "dead":
        return dropping is None and leaving is None
    return dropping in hops and leaving in hops


@pytest.mark.parametrize("family", [4, 6])
def test_the_kernel_routes_as_the_model_says(kernel: Kernel, family: int, lab_notes: list[str]) -> None:
    rng = random.Random(SEED + family)
    base = FAMILIES[family][0]
    fates: dict[str, int] = {}
    for _ in range(TABLES):
        # Given a table, and addresses in and around its entries
        routes = _a_table(rng, family)
        destinations = sorted({base + rng.randrange(260) for _ in range(ASKED)})
        # When the kernel is asked with entries out of use dropping, and with them not there
        dropping = kernel.hops(routes, destinations, dropped=True)
        leaving = kernel.hops(routes, destinations, dropped=False)
        # Then the model, asked for all of them at once, cuts them into the same shares
        shares = lookup(RouteTable("vtb-1", tuple(routes)), ((base, base + 259),))
        for address, one, other in zip(destinations, dropping, leaving, strict=True):
            (share,) = [s for s in shares if any(low <= address <= high for low, high in s.addresses)]
            assert _agrees(share, one, other), (text(address), share, one, other, routes)
            fates[share.fate] = fates.get(share.fate, 0) + 1
    pairs = sum(fates.values())
    lab_notes.append(
        f"route tables against kernel, IPv{family}: {TABLES} tables, {pairs} pairs, 0 disagreements, {fates}"
    )
    assert pairs * len(FAMILIES) >= FEWEST_PAIRS
    assert min(fates.get(fate, 0) for fate in ("carried", "dead", "unknown")) > pairs // 50
