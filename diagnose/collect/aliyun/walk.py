"""What is asked, and in which order? Each answer names the objects that the next calls are about.

The cluster and the resource group, then their networks, then the rules of these, then the lists
that the rules name.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Final

from diagnose.case.api import answers as of
from diagnose.case.api import cluster_answers as of_cluster
from diagnose.case.api import registered
from diagnose.case.api import workspace_answers as of_workspace
from diagnose.case.api.acls import PREFIX_LIST
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.collected import AnswerFiles, MissingAnswer
from diagnose.case.dataworks import same_cluster
from diagnose.case.tree import MAX_FILE, MAX_FILES, MAX_TOTAL
from diagnose.collect.aliyun import calls
from diagnose.collect.aliyun.calls import CloudCall
from diagnose.collect.aliyun.faults import CloudCallError, is_about_credentials
from diagnose.collect.aliyun.listing import Asker
from diagnose.collect.aliyun.masked_answer import masked
from diagnose.collect.aliyun.source import CloudSource
from probes.regex import regex

MOST_GROUPS: Final = 300
"""Most security groups whose rules are asked for. Those of the cluster come first."""

MOST_WORKSPACES: Final = 100
"""Most workspaces whose computing resources are asked for. The given one comes first."""

MOST_RESOURCES: Final = 20
"""Most computing resources whose identity mappings are asked for."""

_BATCH: Final = 100
"""Most instances that one call is about."""

_GONE: Final = ("Deleted", "Deleting")
_ODD: Final = regex(r"[^A-Za-z0-9_-]+")


class Walk:
    """Collects the answers of one cluster."""

    def __init__(self, source: CloudSource, asker: Asker) -> None:
        """Begin with nothing."""
        self._source, self._asker = source, asker
        self._answers: list[ApiAnswer[Any]] = []
        self._asked: set[tuple[str, str]] = set()
        self._size = 0
        self.files: dict[str, bytes] = {}
        """Name -> answer, unchanged."""
        self.got: list[AnswerFiles] = []
        """What was got."""
        self.missing: list[MissingAnswer] = []
        """What was not got."""
        self.fatal: CloudCallError | None = None
        """Why nothing more was asked: the cluster is not known, or the credentials are not."""

    async def run(self) -> None:
        """Ask everything, unless `fatal` is set meanwhile."""
        await self._list(calls.GET_CLUSTER, self._source.cluster)
        steps = (self._cluster, self._resource_group, self._workspace)
        for step in (*steps, self._networks, self._rules, self._named_groups, self._lists):
            if self.fatal is not None:
                return
            await step()

    async def _cluster(self) -> None:
        listings = (calls.LIST_NODES, calls.LIST_NODE_GROUPS, calls.LIST_COMPONENTS, calls.LIST_CONFIGS)
        await asyncio.gather(*(self._list(call, self._source.cluster) for call in listings))
        await self._instances()

    async def _instances(self) -> None:
        nodes = self._nodes()
        batches = [nodes[start : start + _BATCH] for start in range(0, len(nodes), _BATCH)]
        await asyncio.gather(
            *(
                self._list(calls.INSTANCES, f"nodes-{number}", {"InstanceIds": json.dumps(batch)})
                for number, batch in enumerate(batches, 1)
            )
        )

    async def _resource_group(self) -> None:
        """Ask for the resource group that is meant: the given one, or the only one that can be."""
        if self._source.resource_group is not None:
            await self._group_with_networks(self._source.resource_group)
            return
        await self._list(calls.RESOURCE_GROUPS)
        listed = [group.id for page in self._of(of_cluster.ListResourceGroups) for group in _groups(page)]
        if len(listed) > 1:
            aside = Walk(self._source, self._asker)
            await asyncio.gather(*(aside._list(calls.NETWORKS, ident) for ident in listed))
            bound = [network for page in aside._of(of_cluster.ListNetworks) for network in _living(page)]
            here = {network.resource_group_id for network in bound if network.vpc_id in self._vpcs()}
            self.missing += aside.missing
            listed = sorted(here & set(listed)) or listed
        if len(listed) == 1:
            await self._group_with_networks(listed[0])
        elif listed:
            kind = calls.NETWORKS.kind
            self.missing.append(MissingAnswer(call=kind, cause="ambiguous", among=tuple(sorted(listed)[:20])))

    async def _group_with_networks(self, ident: str) -> None:
        await asyncio.gather(self._list(calls.RESOURCE_GROUP, ident), self._list(calls.NETWORKS, ident))

    async def _workspace(self) -> None:
        """Ask for the computing resources of all workspaces, and for the one that is meant: the
        given one, the only one in which the cluster is registered, or the only one."""
        await self._list(calls.PROJECTS)
        pages = self._of(of_workspace.ListProjects)
        listed = sorted({str(project.id) for page in pages for project in page.paging_info.projects if project.id})
        given = [self._source.workspace] if self._source.workspace else []
        every = [*dict.fromkeys((*given, *listed))]
        await self._list_each(calls.COMPUTE_RESOURCES, every[:MOST_WORKSPACES])
        if every[MOST_WORKSPACES:]:
            kind, code = calls.COMPUTE_RESOURCES.kind, f"{len(every) - MOST_WORKSPACES}"
            self.missing.append(MissingAnswer(call=kind, cause="too-many", code=code))
        own = self._own_resources(every)
        await asyncio.gather(
            *(self._list(calls.MAPPINGS, ident, {"ProjectId": of}) for of, ident in own[:MOST_RESOURCES])
        )
        meant = given or sorted({of for of, _ in own}) or listed
        if len(meant) == 1:
            await asyncio.gather(self._list(calls.PROJECT, meant[0]), self._list(calls.MEMBERS, meant[0]))
        elif meant:
            self.missing.append(MissingAnswer(call=calls.PROJECT.kind, cause="ambiguous", among=tuple(meant[:20])))

    def _own_resources(self, workspaces: Iterable[str]) -> list[tuple[str, str]]:
        """Return workspace and number of each computing resource that is the cluster."""
        found = registered.read(ApiAnswers(tuple(self._answers)), None, workspaces).resources
        places = ((each.workspace, place) for each in found for place in each.environments)
        own = ((of, place.id) for of, place in places if same_cluster(place.cluster, self._source.cluster))
        return sorted({(of, ident) for of, ident in own if of and ident})

    async def _networks(self) -> None:
        """Ask for the vSwitches by name first: they also tell VPCs that nothing else told."""
        await self._list_each(calls.VSWITCH, self._vswitches())
        own = self._vpcs()
        every = dict.fromkeys((*own, *(network.vpc_id for network in self._bound() if network.vpc_id)))
        whole = ((call, vpc) for vpc in every for call in (calls.GROUPS, calls.VSWITCHES, calls.ROUTE_TABLES))
        await asyncio.gather(
            *(self._list(calls.INTERFACES, vpc) for vpc in own),
            *(self._list(calls.INSTANCES, vpc, {"VpcId": vpc}) for vpc in own if not self._nodes()),
            *(self._list(call, vpc) for call, vpc in whole),
        )

    async def _rules(self) -> None:
        known = {switch.vswitch_id for page in self._of(of.VSwitches) for switch in page.vswitches}
        instances = [instance for page in self._of(of.Instances) for instance in page.instances]
        used = dict.fromkeys(instance.vpc_attributes.vswitch_id for instance in instances)
        await self._list_each(calls.VSWITCH, (ident for ident in used if ident not in known))
        switches = [*self._of(of.VSwitchAttributes), *(s for page in self._of(of.VSwitches) for s in page.vswitches)]
        tables = [table.route_table_id for page in self._of(of.RouteTableList) for table in page.router_table_list]
        await asyncio.gather(
            self._list_each(calls.GROUP_RULES, self._own_groups()),
            self._list_each(calls.ACL, (switch.network_acl_id or "" for switch in switches)),
            self._list_each(calls.ROUTES, (*tables, *(switch.route_table.route_table_id for switch in switches))),
        )

    async def _named_groups(self) -> None:
        """Ask for the groups that rules name, those of interfaces, then all others of the VPCs."""
        rules = [rule for page in self._of(of.SecurityGroupAttribute) for rule in page.permissions]
        named = [ident for rule in rules for ident in (rule.source_group_id, rule.dest_group_id)]
        listed = [group.security_group_id for page in self._of(of.SecurityGroups) for group in page.security_groups]
        wanted = dict.fromkeys(filter(None, (*named, *self._groups_of_interfaces(), *listed)))
        new = [ident for ident in wanted if (calls.GROUP_RULES.kind, ident) not in self._asked]
        room = max(0, MOST_GROUPS - sum(kind == calls.GROUP_RULES.kind for kind, _ in self._asked))
        await self._list_each(calls.GROUP_RULES, new[:room])
        if new[room:]:
            kind, code = calls.GROUP_RULES.kind, f"{len(new) - room}"
            self.missing.append(MissingAnswer(call=kind, cause="too-many", code=code))

    async def _lists(self) -> None:
        rules = [rule for page in self._of(of.SecurityGroupAttribute) for rule in page.permissions]
        acls = [page.network_acl_attribute for page in self._of(of.NetworkAclAttributes)]
        entries = [e for acl in acls for e in (*(acl.ingress_acl_entries or ()), *(acl.egress_acl_entries or ()))]
        parties = [party for entry in entries for party in (entry.source_cidr_ip, entry.destination_cidr_ip)]
        routes = [route.destination_cidr_block for page in self._of(of.RouteEntryList) for route in page.route_entrys]
        await asyncio.gather(
            self._list_each(
                calls.PREFIX_LIST, (i for r in rules for i in (r.source_prefix_list_id, r.dest_prefix_list_id))
            ),
            self._list_each(calls.PORT_LIST, (rule.port_range_list_id for rule in rules)),
            self._list_each(
                calls.VPC_PREFIX_LIST, (text for text in (*parties, *routes) if text.startswith(PREFIX_LIST))
            ),
        )

    def _of(self, shape: type[of.Wire]) -> Iterator[Any]:
        """Yield the values of one shape."""
        return (answer.value for answer in ApiAnswers(tuple(self._answers)).of(shape))

    def _nodes(self) -> list[str]:
        """Return the ids of the nodes. Clusters of type HADOOP may have none here."""
        return [node.node_id for page in self._of(of_cluster.ListNodes) for node in page.nodes if node.node_id]

    def _vpcs(self) -> list[str]:
        """Return the VPCs of the cluster, as the first answer that knows them tells."""
        nodes = [instance for page in self._of(of.Instances) for instance in page.instances]
        switches = {switch.vswitch_id: switch.vpc_id for switch in self._of(of.VSwitchAttributes)}
        groups = [group for page in self._of(of_cluster.ListNodeGroups) for group in page.node_groups]
        told = (
            [page.cluster.node_attributes.vpc_id for page in self._of(of_cluster.GetCluster)],
            [instance.vpc_attributes.vpc_id for instance in nodes],
            [switches.get(ident, "") for group in groups for ident in group.vswitch_ids],
            [network.vpc_id for network in self._bound()],
        )
        return next((found for each in told if (found := list(dict.fromkeys(filter(None, each))))), [])

    def _bound(self) -> list[of_cluster.NetworkAnswer]:
        return [network for page in self._of(of_cluster.ListNetworks) for network in _living(page)]

    def _vswitches(self) -> Iterator[str]:
        yield from (network.vswitch_id for network in self._bound())
        for page in self._of(of_cluster.GetResourceGroup):
            yield page.resource_group.default_vswitch_id
        for page in self._of(of_cluster.ListResourceGroups):
            meant = (each for each in _groups(page) if (calls.RESOURCE_GROUP.kind, each.id) in self._asked)
            yield from (group.default_vswitch_id for group in meant)
        for page in self._of(of_cluster.ListNodeGroups):
            yield from (ident for group in page.node_groups for ident in group.vswitch_ids)

    def _own_groups(self) -> Iterator[str]:
        """Yield the groups of the cluster, of its nodes and of the resource group."""
        nodes = set(self._nodes())
        for page in self._of(of_cluster.GetCluster):
            yield page.cluster.node_attributes.security_group_id
        for page in self._of(of_cluster.ListNodeGroups):
            yield from (ident for group in page.node_groups for ident in group.additional_security_group_ids)
        for page in self._of(of.Instances):
            yield from (ident for instance in page.instances for ident in instance.security_group_ids or ())
        for page in self._of(of.NetworkInterfaces):
            for interface in page.network_interface_sets:
                if interface.instance_id in nodes:
                    yield from interface.security_group_ids or ()
        yield from (network.security_group_id for network in self._bound())

    def _groups_of_interfaces(self) -> Iterator[str]:
        for page in self._of(of.NetworkInterfaces):
            for interface in page.network_interface_sets:
                yield from interface.security_group_ids or ()

    async def _list_each(self, call: CloudCall, subjects: Iterable[str]) -> None:
        await asyncio.gather(*(self._list(call, subject) for subject in dict.fromkeys(filter(None, subjects))))

    async def _list(self, call: CloudCall, subject: str = "", query: calls.Query | None = None) -> None:
        """Ask for one listing unless it was asked for, and keep what comes of it."""
        if (call.kind, subject) in self._asked or self.fatal is not None:
            return
        self._asked.add((call.kind, subject))
        region = {"RegionId": self._source.region} if call.has_region else {}
        about = {call.subject: subject} if call.subject else {}
        names: list[str] = []
        readable = 0
        try:
            async for page in self._asker.pages(call, {**region, **about, **(query or {})}, file_of(call, subject, 1)):
                self._require_room(page.body)
                name = self._free(file_of(call, subject, page.number))
                self.files[name] = masked(page.body) if call.has_secrets else page.body
                names.append(name)
                if page.answer is not None:
                    readable += 1
                    self._answers.append(page.answer)
        except CloudCallError as fault:
            self._miss(call, subject, readable + 1, fault)
        if names:
            self.got.append(AnswerFiles(call=call.kind, object=subject, files=tuple(names)))

    def _free(self, name: str) -> str:
        """Return the name, or one that no file has yet: two odd ids may become the same name."""
        stem = name.removesuffix(".json")
        others = (f"{stem}-again{number}.json" for number in count(2))
        return name if name not in self.files else next(other for other in others if other not in self.files)

    def _require_room(self, body: bytes) -> None:
        """Refuse an answer with which the case would hold more than a case may."""
        self._size += len(body)
        if len(body) > MAX_FILE or self._size > MAX_TOTAL - MAX_FILE or len(self.files) + 1 >= MAX_FILES:
            raise CloudCallError("too-many")

    def _miss(self, call: CloudCall, subject: str, page: int, fault: CloudCallError) -> None:
        is_the_cluster = call is calls.GET_CLUSTER and fault.cause == "not-found"
        if is_the_cluster or is_about_credentials(fault):
            self.fatal = fault
        permission = (fault.permission or call.permission) if fault.cause == "denied" else ""
        missing = MissingAnswer(
            call=call.kind, object=subject, page=page, cause=fault.cause, code=fault.code, permission=permission
        )
        self.missing.append(missing)


def file_of(call: CloudCall, subject: str, page: int) -> str:
    """Return the name of the file of one page: action, object, page."""
    words = (call.action, _ODD.sub("_", subject)[:80], "" if page == 1 else f"page{page}")
    return f"{'-'.join(filter(None, words))}.json"


def _groups(page: of_cluster.ListResourceGroups) -> tuple[of_cluster.ResourceGroupAnswer, ...]:
    return page.paging_info.resource_group_list


def _living(page: of_cluster.ListNetworks) -> list[of_cluster.NetworkAnswer]:
    """Return the networks that are not deleted."""
    return [network for network in page.paging_info.network_list if network.status not in _GONE]
