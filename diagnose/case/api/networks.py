"""From which networks does the resource group send, and what do the answers say of vSwitches?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from diagnose.case.api import paging
from diagnose.case.api.answers import NetworkAclAttributes, RouteTableList, VSwitchAttributes, VSwitches
from diagnose.case.api.cluster_answers import (
    GetResourceGroup,
    ListNetworks,
    ListResourceGroups,
    NetworkAnswer,
    ResourceGroupAnswer,
)
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.odd import odd
from diagnose.case.blocks import is_vswitch
from diagnose.case.faults import Conflict
from diagnose.case.model import Network, ResourceGroup, Skipped, VSwitch
from probes.addresses import V6, parse
from probes.frozen import frozen, replace
from probes.language import marked, tr
from probes.origin import Origin

NETWORKS = marked("networks of the resource group")
"""How an entry of the report about the networks begins."""

BOUND = frozenset({"", "binded", "bound"})
"""Status, in lower case, of a vSwitch that its network ACL certainly filters.

BINDING and UNBINDING are the others: AssociateNetworkAcl and UnassociateNetworkAcl return before
the work is done (https://www.alibabacloud.com/help/doc-detail/116587.htm, 2026-11-30).
"""

TYPES = {
    "commonv2": "serverless",
    "exclusivescheduler": "exclusive-scheduling",
    "exclusivedataintegration": "exclusive-data-integration",
    "exclusivedataservice": "exclusive-data-service",
}
"""ResourceGroupType of the API -> the word of case.toml."""


def vswitches(answers: ApiAnswers, conflicts: list[Conflict], skipped: list[Skipped]) -> dict[str, VSwitch]:
    """Return the vSwitches by id, from both calls. A block that is none of a vSwitch is left out.

    A network ACL and a route table list the vSwitches that are bound to them. A field that two
    answers give differently is unknown. An ACL that is being bound or released may filter or not.
    """
    changing: dict[str, VSwitch] = {}
    accounts: dict[str, list[tuple[VSwitch, Origin]]] = {}
    for single in answers.of(VSwitchAttributes):
        _add(accounts, single, single.value, (), skipped)
    for page in answers.of(VSwitches):
        for index, value in enumerate(page.value.vswitches):
            _add(accounts, page, value, ("Vswitches", index), skipped)
    for acl in answers.of(NetworkAclAttributes):
        attribute = acl.value.network_acl_attribute
        for resource in attribute.resources:
            ident = resource.resource_id
            if ident and (ident in accounts or resource.resource_type.lower() in ("vswitch", "")):
                account = VSwitch(ident, attribute.vpc_id or None, acl=attribute.network_acl_id)
                origin = acl.origin("NetworkAclAttribute")
                if resource.status.strip().lower() not in BOUND:
                    changing[ident] = _changing(account, resource.status, origin)
                    account = replace(account, acl=None)
                accounts.setdefault(ident, []).append((account, origin))
    for tables in answers.of(RouteTableList):
        for index, table in enumerate(tables.value.router_table_list):
            for ident in filter(accounts.__contains__, table.vswitch_ids):
                account = VSwitch(ident, table.vpc_id or None, route_table=table.route_table_id)
                accounts[ident].append((account, tables.origin("RouterTableList", index)))
    found = {ident: _agreed(ident, given, conflicts) for ident, given in sorted(accounts.items())}
    return found | {ident: _with_change(found[ident], account) for ident, account in changing.items()}


def _with_change(vswitch: VSwitch, change: VSwitch) -> VSwitch:
    """Return a vSwitch whose network ACL is being bound or released, or one of two if it has
    another."""
    if vswitch.acl in (None, "", change.acl):
        return replace(vswitch, acl=change.acl, acl_doubt=change.acl_doubt)
    return replace(vswitch, acl=f"{change.acl} or {vswitch.acl}")


def _changing(account: VSwitch, status: str, origin: Origin) -> VSwitch:
    """Return the account of a network ACL that is being bound to a vSwitch, or released."""
    doubt = tr(
        "whether {acl} filters {vswitch}: its binding is {status} ({place})",
        acl=account.acl,
        vswitch=account.id,
        status=status,
        place=f"{origin.file}:{origin.line}",
    )
    return replace(account, acl_doubt=doubt)


def _add(
    accounts: dict[str, list[tuple[VSwitch, Origin]]],
    answer: ApiAnswer[Any],
    value: VSwitchAttributes,
    path: tuple[str | int, ...],
    skipped: list[Skipped],
) -> None:
    account = VSwitch(
        id=value.vswitch_id,
        vpc=value.vpc_id or None,
        cidr=_block(answer, value, (*path, "CidrBlock"), value.cidr_block, skipped),
        ipv6_cidr=_block(answer, value, (*path, "Ipv6CidrBlock"), value.ipv6_cidr_block, skipped),
        acl=value.network_acl_id,
        route_table=value.route_table.route_table_id or None,
        owner=None if value.share_type else str(value.owner_id or "") or None,
    )
    accounts.setdefault(value.vswitch_id, []).append((account, answer.origin(*path)))


def _block(
    answer: ApiAnswer[Any],
    value: VSwitchAttributes,
    path: tuple[str | int, ...],
    text: str,
    skipped: list[Skipped],
) -> str | None:
    """Return the block. None, and an entry of the report, if it is none of a vSwitch."""
    if not text:
        return None
    field = str(path[-1])
    try:
        is_other_family = (parse(text)[0] >= V6) != (field == "Ipv6CidrBlock")
    except ValueError:
        error = answer.error(path, repr(text), tr("a CIDR such as 192.168.10.0/24"))
    else:
        if not is_other_family and is_vswitch(text):
            return text
        family, fitting = tr("a block of the other address family"), tr("a block that fits into a VPC")
        found = tr("{found} for {field}", found=text, field=field)
        error = answer.error(path, found, family if is_other_family else fitting)
    skipped.append(odd(tr("{field} of {name}", field=field, name=value.vswitch_id), error))
    return None


FIELDS = ("vpc", "cidr", "ipv6_cidr", "acl", "route_table", "owner")
"""Fields of a vSwitch on which two answers may differ."""


def _agreed(ident: str, given: Sequence[tuple[VSwitch, Origin]], conflicts: list[Conflict]) -> VSwitch:
    """Return what all answers give. A field on which they differ is None, and a conflict.

    An ACL in dispute is one without an export, so its rules are unknown.
    """
    values: dict[str, Any] = {}
    for field in FIELDS:
        stated = {getattr(account, field): origin for account, origin in given if getattr(account, field) is not None}
        values[field] = next(iter(stated)) if len(stated) == 1 else None
        if len(stated) > 1:
            accounts = tuple(f"{field} {text or tr('none')}" for text in stated)
            conflicts.append(Conflict(tr("vSwitch {vswitch}", vswitch=ident), tuple(stated.values()), accounts))
            if field == "acl":
                values[field] = " or ".join(text or "none" for text in stated)
    return VSwitch(ident, **values, origin=given[0][1])


@frozen
class _Candidate:
    """A resource group of an answer."""

    value: ResourceGroupAnswer
    origin: Origin


@frozen
class _Bound:
    """One network of ListNetworks, and the answer that has it."""

    value: NetworkAnswer
    origin: Origin
    page: ApiAnswer[ListNetworks]


def resource_group(
    answers: ApiAnswers, wanted: str | None, known: Mapping[str, VSwitch], conflicts: list[Conflict]
) -> tuple[ResourceGroup, list[Skipped]]:
    """Return the resource group with its networks, and what is missing.

    `wanted` is the id from case.toml. Without it the answers must leave no choice. A network that
    not every answer has is left out, and a field that two answers give differently is unknown.
    """
    candidates = _candidates(answers)
    bound = [
        _Bound(value, Origin(page.file, line, value.vswitch_id or None), page)
        for page in answers.of(ListNetworks)
        for value, line in zip(
            page.value.paging_info.network_list, page.lines("PagingInfo", "NetworkList"), strict=True
        )
    ]
    skipped = _truncated(answers, bound)
    chosen, doubt = _chosen(answers, candidates, bound, wanted)
    if doubt is not None:
        return ResourceGroup(id=wanted), [*skipped, doubt]
    said = candidates.get(chosen or "")
    own = [each for each in bound if not each.value.resource_group_id or chosen in (None, each.value.resource_group_id)]
    networks = _networks(own, known, conflicts, skipped)
    if not own and said and said.value.default_vswitch_id:
        default = NetworkAnswer(vpc_id=said.value.default_vpc_id, vswitch_id=said.value.default_vswitch_id)
        networks = [_network(default, said.origin, known)]
        skipped.append(_of_default(default.vswitch_id, said.origin.file, is_listed=bool(answers.of(ListNetworks))))
    group = ResourceGroup(
        id=chosen,
        name=(said.value.name or None) if said else None,
        type=_agreed_type(answers, said, conflicts) if said else None,
        networks=tuple(dict.fromkeys(networks)),
    )
    return group, skipped


def _of_default(vswitch: str, file: str, *, is_listed: bool) -> Skipped:
    """Return that networks may be missing, if only the default vSwitch of the group is known.

    is_listed: whether there is an answer of ListNetworks, which has no network of the group.
    """
    said = (
        marked("{file} names {vswitch}, its default vSwitch, and no answer of ListNetworks has a network of it")
        if is_listed
        else marked("{file} names {vswitch}, its default vSwitch, and more can be bound to it")
    )
    needs = tr("dataworks-public:ListNetworks, or [[resource_group.networks]] in case.toml")
    return Skipped(tr(NETWORKS), tr(said, file=file, vswitch=vswitch), needs, hides=True, about="networks")


def _agreed_type(answers: ApiAnswers, said: _Candidate, conflicts: list[Conflict]) -> str | None:
    """Return the type that all answers give the resource group. None if they differ."""
    kinds: dict[str, Origin] = {}
    for each in _all_candidates(answers):
        word = each.value.resource_group_type
        if each.value.id == said.value.id and word:
            kinds.setdefault(TYPES.get(word.lower(), word), each.origin)
    if len(kinds) > 1:
        accounts = tuple(f"ResourceGroupType {kind}" for kind in kinds)
        subject = tr("resource group {group}", group=said.value.id)
        conflicts.append(Conflict(subject, tuple(kinds.values()), accounts))
        return None
    return next(iter(kinds), None)


def _networks(
    own: Sequence[_Bound], known: Mapping[str, VSwitch], conflicts: list[Conflict], skipped: list[Skipped]
) -> list[Network]:
    """Return the networks on which all answers agree, and add the contradictions."""
    accounts: dict[str | int, list[_Bound]] = {}
    for each in own:
        accounts.setdefault(each.value.vswitch_id or each.value.id or len(accounts), []).append(each)
    files = {id(each.page): each for each in own}
    whole = len(files) > 1 and all(_is_whole(each.page) for each in files.values())
    found, disputed = [], []
    for given in accounts.values():
        if whole and len({id(each.page) for each in given}) < len(files):
            disputed.append(given[0])
        else:
            network = _network(_agreed_network(given, conflicts), given[0].origin, known)
            groups = dict.fromkeys(each.value.security_group_id for each in given if each.value.security_group_id)
            found.append(replace(network, disputed_groups=" or ".join(sorted(groups)) if len(groups) > 1 else ""))
    if disputed:
        first = disputed[0]
        other = next(each for key, each in files.items() if key != id(first.page))
        names = ", ".join(sorted(each.value.vswitch_id for each in disputed if each.page is first.page))
        accounts_of = (tr("{names} is bound", names=names), tr("{names} is not bound", names=names))
        places = (first.origin, other.page.origin("PagingInfo", "NetworkList"))
        conflicts.append(Conflict(tr("the networks of the resource group"), places, accounts_of))
        cause = tr(
            "two answers of ListNetworks differ ({first} and {second})", first=first.page.file, second=other.page.file
        )
        skipped.append(
            Skipped(
                tr(NETWORKS),
                cause,
                tr("one new answer of {call}", call="dataworks-public:ListNetworks"),
                hides=True,
                about="networks",
            )
        )
    return found


def _is_whole(page: ApiAnswer[ListNetworks]) -> bool:
    """Return True if the answer has every network of its resource group."""
    paging_info = page.value.paging_info
    have, total = len(paging_info.network_list), paging_info.total_count
    return have == total if total is not None else not paging_info.next_token and paging_info.page_number in (None, 1)


def _agreed_network(given: Sequence[_Bound], conflicts: list[Conflict]) -> NetworkAnswer:
    """Return what all accounts of one network give. A field on which they differ is empty."""
    merged = given[0].value
    for field, name in (("vpc_id", "VpcId"), ("security_group_id", "SecurityGroupId"), ("status", "Status")):
        stated = {text: each.origin for each in given if (text := getattr(each.value, field))}
        if len(stated) > 1:
            accounts = tuple(f"{name} {text}" for text in stated)
            subject = tr("network {vswitch} of the resource group", vswitch=merged.vswitch_id)
            conflicts.append(Conflict(subject, tuple(stated.values()), accounts))
        agreed = next(iter(stated)) if len(stated) == 1 else ""
        merged = msgspec.structs.replace(merged, **{field: agreed})
    return merged


def is_settled_by_toml(entry: Skipped) -> bool:
    """Return True for an entry that networks in case.toml answer: which networks the group has."""
    return entry.hides and entry.check == tr(NETWORKS)


def without_addresses(networks: Sequence[Network]) -> tuple[Skipped, ...]:
    """Return the networks that are known to exist but have no known block."""
    cause = tr("no answer gives the CIDR of this vSwitch")
    needs = tr("vpc:DescribeVSwitchAttributes of it")
    return tuple(
        Skipped(tr("addresses of {vswitch}", vswitch=network.vswitch), cause, needs)
        for network in networks
        if network.cidr is None and network.ipv6_cidr is None
    )


def _candidates(answers: ApiAnswers) -> dict[str, _Candidate]:
    return {each.value.id: each for each in reversed(list(_all_candidates(answers)))}


def _all_candidates(answers: ApiAnswers) -> Iterator[_Candidate]:
    for single in answers.of(GetResourceGroup):
        value = single.value.resource_group
        yield _Candidate(value, single.origin("ResourceGroup", key=value.id))
    for page in answers.of(ListResourceGroups):
        path = ("PagingInfo", "ResourceGroupList")
        for value, line in zip(page.value.paging_info.resource_group_list, page.lines(*path), strict=True):
            yield _Candidate(value, Origin(page.file, line, value.id))


def _chosen(
    answers: ApiAnswers,
    candidates: Mapping[str, _Candidate],
    bound: Sequence[_Bound],
    wanted: str | None,
) -> tuple[str | None, Skipped | None]:
    """Return the id of the resource group, or None and why there is none.

    The order: the wanted id, the one of GetResourceGroup, the one with networks, the only one.
    """
    if wanted is not None:
        return wanted, None
    single = {answer.value.resource_group.id for answer in answers.of(GetResourceGroup)}
    with_networks = {each.value.resource_group_id for each in bound if each.value.resource_group_id}
    for ids in (single, with_networks, set(candidates)):
        if len(ids) == 1:
            return next(iter(ids)), None
        if ids:
            cause = tr(
                "the answers are of {count} resource groups: {names}", count=len(ids), names=", ".join(sorted(ids)[:5])
            )
            return None, Skipped(tr(NETWORKS), cause, tr("id under [resource_group] in case.toml"), about="networks")
    return None, None


def _network(value: NetworkAnswer, origin: Origin, known: Mapping[str, VSwitch]) -> Network:
    vswitch = known.get(value.vswitch_id)
    return Network(
        cidr=vswitch.cidr if vswitch else None,
        ipv6_cidr=vswitch.ipv6_cidr if vswitch else None,
        vpc=value.vpc_id or (vswitch.vpc if vswitch else None),
        vswitch=value.vswitch_id or None,
        security_group=value.security_group_id or None,
        status=value.status or None,
        origin=origin,
    )


def _truncated(answers: ApiAnswers, bound: Sequence[_Bound]) -> list[Skipped]:
    switches, networks = answers.of(VSwitches), answers.of(ListNetworks)
    pages = [(answer.file, answer.value.paging_info) for answer in networks]
    ids = {each.value.id or each.value for each in bound}
    return [
        *paging.skipped(switches, len({v.vswitch_id for a in switches for v in a.value.vswitches}), tr("vSwitches")),
        *paging.skipped(networks, len(ids), tr(NETWORKS), pages, hides=True, about="networks"),
    ]
