"""How do paths become a case? Read, recognise, decode, put together. Nothing is concluded here.

Only `CaseError` is raised, and only for what decides about the rest: case.toml, which overrides
files, observations.json, without which packets would be sent, and archives. An answer of an API
that cannot be read is a `Misread` of the case, and is judged as if it were not there. An
unreadable configuration file of the cluster is a `Fault` in the case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from diagnose.case import collected, collected_hosts, files, kerberos, recorded, redacted, settings, sorted_files
from diagnose.case.accounts import with_accounts
from diagnose.case.api import (
    acls,
    documents,
    identity_mappings,
    interfaces,
    named_lists,
    networks,
    nodes,
    registered,
    routes,
    security_groups,
    states,
    workspaces,
)
from diagnose.case.api.calls import kind_of, to_save
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.newer import replaced
from diagnose.case.api.odd import NEEDS
from diagnose.case.errors import CaseError, together
from diagnose.case.faults import Conflict, Fault, Misread
from diagnose.case.model import Case, Input, Recorded, Skipped, Text
from diagnose.case.region import region_of
from diagnose.case.sorted_files import SortedFiles
from diagnose.case.sources import with_sources
from diagnose.case.tree import Tree, bound_skipped
from probes.errors import FormatError
from probes.files.file_type import wide_encoding
from probes.frozen import replace
from probes.language import tr
from probes.log import listened
from probes.names.hosts import HostsFile, read_hosts

if TYPE_CHECKING:
    from diagnose.case.casetoml import CaseToml

TEXTS = (
    *("log", "log:kdc", "log:namenode", "log:hiveserver2"),
    *("ss.txt", "iptables.txt", "addresses.txt", "routes.txt", "iprules.txt", "kdc.conf"),
)
LISTED = (
    "keytab",
    redacted.NAME,
    collected.NAME,
    collected_hosts.NAME,
    "resolv.conf",
    "has-client.conf",
)
"""Kinds of files of which a case keeps no content."""

_TOML = "case.toml"


def read(paths: Sequence[Path]) -> Case:
    """Return the one case that the paths make. CaseError if they make several or none."""
    cases = files.trees(paths)
    if len(cases) != 1:
        names = tr(" and ").join(tree.name for tree in cases[:3]) or tr("nothing")
        found = tr("{count} cases ({names})", count=len(cases), names=names)
        expected = tr("one; --log takes a log, and emr-diagnose fleet many cases")
        raise CaseError(str(paths[-1]) if paths else tr("the command line"), None, found, expected)
    return of_tree(cases[0])


def read_all(paths: Sequence[Path]) -> tuple[Case, ...]:
    """Return all cases: one for each directory and archive, and one for all plain files, which
    comes last."""
    return tuple(of_tree(tree) for tree in files.trees(paths))


def looks_like_case(path: Path) -> bool:
    """Return True if a file directly in this directory describes a cluster.

    Only case.toml, krb5.conf, settings of the cluster, answers of an API and recorded observations
    do. Logs, keytabs and the like lie anywhere.
    """
    try:
        return _is_case(files.top_of(path))
    except (CaseError, OSError):
        return False


def describes_cluster(content: Mapping[str, bytes]) -> bool:
    """Return the same of files by their bare names, as those of an archive."""
    return _is_case(Tree("", content))


def _is_case(tree: Tree) -> bool:
    found = sorted_files.sort(tree)
    return any(_describes_cluster(kind, found) for kind in found.by_kind)


def _describes_cluster(kind: str, found: SortedFiles) -> bool:
    if kind != "json":
        return kind in (_TOML, kerberos.KIND, *settings.KINDS)
    return any(_is_answer(path, found.content(path)) for path in found.all(kind))


def _is_answer(path: str, content: bytes) -> bool:
    try:
        return recorded.claims(path, content) or bool(documents.read(path, content)[0])
    except CaseError:
        return False


def of_tree(tree: Tree, newer: Mapping[str, bytes] = MappingProxyType({})) -> Case:
    """Return the case that a tree of files holds.

    newer: answers about security groups, by file. They replace those of the tree.
    """
    whole = replace(tree, files={**tree.files, **newer})
    return _Assembly(sorted_files.sort(whole), frozenset(newer)).case()


class _Assembly:
    """The steps from sorted files to a case. Collects what was read, skipped and found faulty."""

    def __init__(self, found: SortedFiles, newer: Collection[str] = ()) -> None:
        self._files = found
        self._newer = newer
        self._skipped: list[Skipped] = list(found.skipped)
        self._faults: list[Fault] = []
        self._misread: list[CaseError] = []
        self._interfaces: Mapping[str, interfaces.Interface] = {}
        self._refused: list[CaseError] = []
        self._used: dict[str, set[str]] = {}

    def case(self) -> Case:
        toml = self._toml()
        answers, observations = self._json()
        if self._refused:
            raise together([*self._refused, *self._misread])
        hosts = self._hosts()
        krb5 = kerberos.read(self._files)
        read = settings.read(self._files, answers)
        for path in krb5.used:
            self._use(path, kerberos.KIND)
        for path, kind in read.used.items():
            self._use(path, kind)
        self._faults += [*krb5.faults, *read.faults]
        self._skipped += [*krb5.skipped, *read.skipped]
        case = self._from_answers(answers, hosts, toml)
        case = replace(
            case,
            krb5=krb5.profile,
            krb5_refused=krb5.refused,
            settings=read.settings,
            disputed_settings=read.disputed,
            file_settings=read.own,
            listed_settings=read.listed,
            setting_changes=read.changes,
            hosts=hosts,
            recorded=observations,
            conflicts=(*case.conflicts, *read.conflicts, *recorded.contradictions(observations).values()),
            texts=self._texts(),
            addresses=self._addresses(),
            faults=tuple(self._faults),
            misread=tuple(map(self._unread, self._misread)),
        )
        applied = self._with_further_addresses(toml.apply(case)) if toml else case
        return self._finished(with_accounts(self._with_region(applied, answers)))

    def _with_further_addresses(self, case: Case) -> Case:
        """Return the case whose nodes have all addresses of their interfaces."""
        if not self._interfaces:
            return case
        return replace(case, nodes=tuple(interfaces.with_further(node, self._interfaces) for node in case.nodes))

    def _with_region(self, case: Case, answers: ApiAnswers) -> Case:
        """Return the case with the region that answers or host names give, if it has none."""
        if case.cluster.region is not None:
            return case
        files = (self._files.content(path) for path, kinds in self._used.items() if not kinds & set(TEXTS))
        named = region_of(answers, files)
        return replace(case, cluster=replace(case.cluster, region=named))

    def _from_answers(self, answers: ApiAnswers, hosts: HostsFile | None, toml: CaseToml | None) -> Case:
        conflicts: list[Conflict] = []
        answers, others = nodes.of_one_cluster(answers, toml.cluster if toml else None)
        cluster = nodes.cluster(answers, conflicts)
        vpc = (toml.vpc if toml else None) or cluster.vpc
        at, unclear = interfaces.read(answers, vpc, conflicts)
        self._interfaces = at
        machines, missing_nodes = nodes.read(answers, cluster, at, _names(hosts), conflicts)
        settled = {nodes.disputed(name) for name in toml.addressed} if toml else frozenset[str]()
        missing_nodes = [each for each in missing_nodes if each.check not in settled]
        vswitches = networks.vswitches(answers, conflicts, self._skipped)
        group, missing_networks = networks.resource_group(
            answers, toml.resource_group if toml else None, vswitches, conflicts
        )
        groups, missing_lists = security_groups.read(answers, conflicts)
        route_tables, missing_routes = routes.read(answers, conflicts)
        workspace = workspaces.read(answers, toml.workspace if toml else None, conflicts)
        known = registered.read(answers, workspace.workspace.id)
        ident = (toml.cluster if toml else None) or cluster.id
        mappings = identity_mappings.mappings(answers, known, ident, conflicts)
        workspace = workspaces.with_registration(workspace, known, ident, mappings)
        if toml and toml.tables.resource_group.networks:
            missing_networks = [each for each in missing_networks if not networks.is_settled_by_toml(each)]
        for error in self._misread:
            command = self._to_save(error)
            needs = tr("{needs}: {command}", needs=tr(NEEDS), command=command) if command else tr(NEEDS)
            self._skipped.append(Skipped(error.file, str(error), needs, hides=True, kind="json"))
        self._skipped += [*unclear, *missing_nodes, *missing_networks, *missing_lists, *missing_routes]
        return Case(
            name=self._files.tree.name,
            cluster=cluster,
            nodes=machines,
            resource_group=group,
            workspace=workspace.workspace,
            registration=workspace.registration,
            registered=known,
            mappings=mappings,
            workspace_members=identity_mappings.members(answers, workspace.workspace.id),
            stated=(*others, *workspace.stated),
            vswitches=vswitches,
            security_groups=groups,
            members={address: each.groups for address, each in sorted(at.items()) if each.groups is not None},
            disputed=frozenset(address for address, each in at.items() if each.is_disputed),
            network_acls=acls.network_acls(answers, named_lists.prefix_lists(answers, [])[0], conflicts, self._skipped),
            route_tables=route_tables,
            states=states.states(answers, group.id, vpc, conflicts, self._skipped),
            conflicts=tuple(conflicts),
        )

    def _toml(self) -> CaseToml | None:
        path = self._one(_TOML)
        if not path:
            return None
        from diagnose.case.casetoml import CaseToml

        try:
            return CaseToml(path, self._files.content(path))
        except CaseError as error:
            self._refused.append(error)
            return None

    def _json(self) -> tuple[ApiAnswers, tuple[Recorded, ...]]:
        """Read every .json file: answers of APIs, and observations of earlier runs."""
        found: list[ApiAnswer[Any]] = []
        observations: list[Recorded] = []
        for path in sorted(self._files.all("json")):
            content = self._files.content(path)
            is_record = recorded.claims(path, content)
            try:
                if is_record:
                    observations += recorded.decode(path, content)
                    self._use(path, "observations.json")
                    continue
                read, skipped = documents.read(path, content)
            except CaseError as error:
                (self._refused if is_record else self._misread).append(error)
                continue
            self._skipped += skipped
            found += read
            for answer in read:
                self._use(path, answer.kind)
        return ApiAnswers(tuple(replaced(found, self._newer) if self._newer else found)), tuple(observations)

    def _to_save(self, error: CaseError) -> str:
        return to_save(error.file, self._files.tree.files.get(error.file, b""))

    def _unread(self, error: CaseError) -> Misread:
        content = self._files.tree.files.get(error.file, b"")
        return Misread(error.file, str(error), to_save(error.file, content), kind_of(error.file, content))

    def _hosts(self) -> HostsFile | None:
        path = self._one("hosts")
        if path is None:
            return None
        try:
            return read_hosts(path, self._files.content(path))
        except FormatError as error:
            if error.is_our_bound:
                self._skipped.append(bound_skipped("hosts", error))
            else:
                self._faults.append(Fault("hosts", error.file, error.line, error.found, error.expected))
                what = tr("host names of {file}", file=error.file)
                self._skipped.append(Skipped(what, str(error), error.expected, hides=True, kind="hosts"))
            return None

    def _addresses(self) -> redacted.Addresses:
        """Return whose addresses these are. One report that cannot be read leaves it open."""
        found = {redacted.addresses_of(self._files.content(path)) for path in self._files.all(redacted.NAME)}
        if any(skip.kind == redacted.NAME for skip in self._files.skipped):
            found.add("unknown")
        return "made-up" if "made-up" in found else "unknown" if "unknown" in found else "own"

    def _texts(self) -> tuple[Text, ...]:
        """Return logs and command output. Other files are only listed as inputs."""
        whole: set[str] = set()
        for kind in LISTED:
            for path in self._files.all(kind):
                self._use(path, kind)
        for path in self._files.all(collected.NAME):
            self._skipped += collected.skipped(path, self._files.content(path))
        for path in self._files.all(collected_hosts.NAME):
            self._skipped += collected_hosts.skipped(path, self._files.content(path))
            whole |= collected_hosts.whole_outputs(path, self._files.content(path))
        found = []
        for kind in TEXTS:
            for path in self._files.all(kind):
                self._use(path, kind)
                found.append(Text(kind, path, _text(kind, self._files.content(path)), is_whole=path in whole))
        return tuple(found)

    def _one(self, kind: str) -> str | None:
        path = self._files.one(kind)
        if path is not None:
            self._use(path, kind)
            self._skipped += self._files.passed_over(kind)
        return path

    def _use(self, path: str, kind: str) -> None:
        if (log := listened(__name__)) is not None:
            log.info("read %s: %s", path, kind)
        self._used.setdefault(path, set()).add(kind)

    def _finished(self, case: Case) -> Case:
        """Return the case with its inputs, sorted by name.

        A file that was read after all, such as an included one, is not listed as skipped.
        """
        inputs = tuple(
            Input(path, kind, sha256(self._files.content(path)).hexdigest())
            for path, kinds in sorted(self._used.items())
            for kind in sorted(kinds)
        )
        skipped = (entry for entry in self._skipped if entry.check not in self._used)
        unaddressed = networks.without_addresses(case.resource_group.networks)
        case = replace(case, inputs=inputs, skipped=tuple(dict.fromkeys((*skipped, *unaddressed))))
        return self._with_redacted_networks(case)

    def _with_redacted_networks(self, case: Case) -> Case:
        """Return the case with the networks that `redact --from` wrote, if there are any."""
        found = {path: redacted.networks_of(self._files.content(path)) for path in self._files.all(redacted.NAME)}
        named = [path for path, cidrs in found.items() if cidrs]
        cidrs = tuple(dict.fromkeys(cidr for path in named for cidr in found[path]))
        return with_sources(case, cidrs, named[0]) if named else case


def _text(kind: str, content: bytes) -> str:
    """Return the text of a log or of a command's output, "" if it is none.

    PowerShell writes UTF-16 where output is redirected.
    """
    if kind.startswith("log"):
        from probes.files.log_events import decoded

        text = decoded(content)
    else:
        text = content.decode(wide_encoding(content) or "utf-8", "replace")
    return text.removeprefix("\ufeff") if isinstance(text, str) else ""


def _names(hosts: HostsFile | None) -> dict[str, tuple[str, ...]]:
    """Return address -> every name that the hosts file gives it."""
    names: dict[str, tuple[str, ...]] = {}
    for entry in hosts.entries if hosts else ():
        names[entry.address] = (*names.get(entry.address, ()), *entry.names)
    return names
