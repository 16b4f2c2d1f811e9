"""From which networks does the resource group send? `--from CIDR` replaces those of the case.

So do the networks in the report of a `redact --from`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diagnose.case.blocks import block_of, is_forgotten_prefix
from diagnose.case.model import Case, Network, VSwitch
from probes.addresses import V6, Range, parse
from probes.frozen import replace
from probes.language import marked, tr
from probes.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

OPTION = "--from"

MADE_UP = marked(
    "{option} {block}: emr-diagnose redact replaced the addresses of this case by others, so a network of the real "
    "cluster fits none of its rules. Ask for the case again: emr-diagnose redact CASE --from CIDR, with this network."
)
"""Why a block is refused that `redact` has not replaced with the rest."""


def with_sources(case: Case, cidrs: Sequence[str], place: str = OPTION) -> Case:
    """Return the case with exactly these networks.

    A block that equals a known network or vSwitch keeps its vSwitch, VPC and security group. IPv4
    and IPv6 blocks become networks of their own. ValueError names a text that is no IP address or
    CIDR. place: what gives them, an option or a file.
    """
    from diagnose.case.api.networks import (  # loads the shapes of the API answers
        without_addresses,
    )

    known = case.resource_group
    settled = without_addresses(known.networks)
    return replace(
        case,
        resource_group=replace(known, networks=tuple(dict.fromkeys(_network(case, cidr, place) for cidr in cidrs))),
        skipped=tuple(entry for entry in case.skipped if entry not in settled and entry.about != "networks"),
    )


def refused_sources(case: Case, cidrs: Sequence[str]) -> str | None:
    """Return why one of these blocks cannot be judged: `redact` replaced the addresses of the case,
    and the block is not among them. ValueError names a text that is no block."""
    if case.addresses != "made-up":
        return None
    networks = [(each.cidr, each.ipv6_cidr) for each in case.resource_group.networks]
    vswitches = [(each.cidr, each.ipv6_cidr) for each in case.vswitches.values()]
    own = {block for texts in (*networks, *vswitches) for block in _blocks(texts)}
    strange = [cidr for cidr in cidrs if block_of(cidr.strip()) not in own]
    return tr(MADE_UP, option=OPTION, block=", ".join(strange)) if strange else None


def _network(case: Case, cidr: str, place: str) -> Network:
    text = cidr.strip()
    if "," in text:
        raise ValueError(tr("{text} is a list: give {option} once for each network", text=text, option=OPTION))
    block = block_of(text)
    if is_forgotten_prefix(text):
        raise ValueError(
            tr("{text} is one address, and no host has it: write {text}/24, or the prefix of the vSwitch", text=text)
        )
    v6 = block[0] >= V6
    given = Network(
        cidr=None if v6 else text,
        ipv6_cidr=text if v6 else None,
        origin=Origin(place, None, text),
    )
    for network in case.resource_group.networks:
        if block in _blocks((network.cidr, network.ipv6_cidr)):
            return replace(
                given,
                vpc=network.vpc,
                vswitch=network.vswitch,
                security_group=network.security_group,
                status=network.status,
                stated=network.stated or network.origin,
            )
    same = [vswitch for vswitch in case.vswitches.values() if block in _blocks((vswitch.cidr, vswitch.ipv6_cidr))]
    return _on(given, same[0]) if len(same) == 1 else given


def _on(network: Network, vswitch: VSwitch) -> Network:
    return replace(network, vpc=vswitch.vpc, vswitch=vswitch.id)


def _blocks(texts: Iterable[str | None]) -> Iterator[Range]:
    for text in texts:
        if text:
            yield parse(text)
