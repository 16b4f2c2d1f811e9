"""What does the user say about the case? case.toml overrides what the files say, key by key.

An unknown key is an error, so that a typing mistake never passes unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from diagnose.case.api import documents
from diagnose.case.api.jsontext import JsonPlace, Step
from diagnose.case.casetoml_checks import engine, mistakes
from diagnose.case.casetoml_tables import TOP, CaseTables, keys_at
from diagnose.case.errors import CaseError
from diagnose.case.expectation import Expectation, read_expectation
from diagnose.case.faults import Conflict
from diagnose.case.model import Case, Network, Node, Registration, VSwitch
from diagnose.case.tomllines import TomlLines
from diagnose.case.waiver import Waiver
from probes.addresses import parse
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin


class CaseToml:
    """A case.toml, read and checked."""

    def __init__(self, file: str, content: bytes) -> None:
        """Read the file. CaseError with the line for anything that is not as documented."""
        self.file = file
        text, data = _parse(file, content)
        self._lines = TomlLines(text)
        try:
            self.tables = msgspec.convert(_moments(data), CaseTables)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error)) from None
        mistake = next(mistakes(self.tables), None)
        if mistake is not None:
            raise self._error(*mistake)
        self._deny = tuple(self._expectations(text))
        self._waivers = tuple(self._waived())

    @property
    def resource_group(self) -> str | None:
        """Return the id that picks one of several resource groups, or None."""
        wanted = self.tables.resource_group.id
        return None if wanted is UNSET else wanted

    @property
    def cluster(self) -> str | None:
        """Return the id of the cluster, or None."""
        ident = self.tables.cluster.id
        return None if ident is UNSET else ident.strip() or None

    @property
    def workspace(self) -> str | None:
        """Return the id that picks one of several workspaces, or None."""
        wanted = self.tables.workspace.id
        return None if wanted is UNSET else str(wanted).strip() or None

    @property
    def addressed(self) -> frozenset[str]:
        """Return the names of the nodes whose address this file states."""
        return frozenset(node.name for node in self.tables.cluster.nodes if node.address is not UNSET)

    @property
    def vpc(self) -> str | None:
        """Return the VPC of the cluster. None if the file names none, or several."""
        if self.tables.cluster.vpc is not UNSET:
            return self.tables.cluster.vpc
        used = {node.vswitch for node in self.tables.cluster.nodes}
        named = {each.vpc for each in self.tables.vswitches if each.id in used and each.vpc is not UNSET}
        return str(next(iter(named))) if len(named) == 1 else None

    def apply(self, case: Case) -> Case:
        """Return the case with everything that this file says laid over it.

        Where it contradicts an answer, it holds, and the contradiction is kept.
        """
        tables = self.tables
        conflicts = (*case.conflicts, *self._conflicts(case))
        said = {
            each.id: _with_fields(case.vswitches.get(each.id, VSwitch(each.id)), _given(each))
            for each in tables.vswitches
        }
        case = replace(case, vswitches=dict(sorted({**case.vswitches, **said}.items())))
        cluster = replace(case.cluster, **_stated(tables.cluster, "nodes"))
        group = replace(case.resource_group, **_stated(tables.resource_group, "networks"))
        if tables.resource_group.networks:
            group = replace(group, networks=tuple(self._networks(case)))
        nodes, members = self._nodes(case)
        return replace(
            case,
            cluster=cluster,
            nodes=nodes,
            members=members,
            resource_group=group,
            workspace=replace(
                case.workspace, **{**_given(tables.workspace), "id": self.workspace or case.workspace.id}
            ),
            registration=self._registration(case.registration),
            conflicts=conflicts,
            deny=self._deny,
            waivers=self._waivers,
        )

    def _waived(self) -> Iterator[Waiver]:
        """Yield what is accepted for a time. Each has a code, a place, a reason and a last day."""
        for index, table in enumerate(self.tables.waive):
            at: tuple[Step, ...] = ("waive", index)
            for key, text in (("code", table.code), ("where", table.where), ("reason", table.reason)):
                if not text.strip():
                    raise self._error((*at, key), tr("an empty {field}", field=key), tr("text"))
            try:
                until = datetime.strptime(table.until, "%Y-%m-%d").replace(tzinfo=UTC).date()
            except ValueError:
                raise self._error((*at, "until"), repr(table.until), tr("a day such as 2027-01-31")) from None
            line = self._lines.line_of(at)
            yield Waiver(
                table.code.strip().upper(),
                table.where.strip(),
                table.reason.strip(),
                until,
                Origin(self.file, line, "waive"),
            )

    def _expectations(self, text: str) -> Iterator[Expectation]:
        """Yield what must stay denied. An entry of a list over several lines has its own line."""
        lines, line = text.split("\n"), self._lines.line_of(("deny",)) or 1
        for wanted in self.tables.deny:
            here = (number for number in range(line, len(lines) + 1) if wanted in lines[number - 1])
            line = next(here, line)
            try:
                yield read_expectation(wanted, Origin(self.file, line, "deny"))
            except ValueError as error:
                raise CaseError(self.file, line, repr(wanted), str(error)) from None

    def _conflicts(self, case: Case) -> Iterator[Conflict]:
        """Yield what an answer says otherwise: addresses of nodes, and fields of vSwitches."""
        nodes = {node.name: node for node in case.nodes}
        for index, table in enumerate(self.tables.cluster.nodes):
            node = nodes.get(table.name)
            if node is not None and node.address is not None and node.origin is not None:
                at: tuple[Step, ...] = ("cluster", "nodes", index, "address")
                yield from self._conflict(
                    tr("node {node}", node=node.name), at, table.address, node.address, node.origin
                )
        for index, switch in enumerate(self.tables.vswitches):
            known = case.vswitches.get(switch.id)
            for field in ("vpc", "cidr", "ipv6_cidr", "acl", "route_table"):
                theirs, path = getattr(known, field, None), ("vswitches", index, field)
                if known is not None and theirs is not None and known.origin is not None:
                    yield from self._conflict(
                        tr("vSwitch {vswitch}", vswitch=switch.id), path, getattr(switch, field), theirs, known.origin
                    )
        for stated in case.stated:
            ours = getattr(getattr(self.tables, stated.table), stated.key)
            yield from self._conflict(
                tr("the cluster") if stated.table == "cluster" else tr("the workspace in DataWorks"),
                (stated.table, stated.key),
                _as_text(ours, stated.key),
                stated.value,
                stated.origin,
            )

    def _conflict(
        self, subject: str, path: tuple[Step, ...], ours: object, theirs: str, origin: Origin
    ) -> Iterator[Conflict]:
        if not isinstance(ours, str) or _same(ours, theirs):
            return
        here = Origin(self.file, self._lines.line_of(path), str(path[-1]))
        yield Conflict(
            subject,
            (here, origin),
            (f"{path[-1]} {ours or tr('none')}", f"{path[-1]} {theirs or tr('none')}"),
            True,
        )

    def _nodes(self, case: Case) -> tuple[tuple[Node, ...], dict[str, tuple[str, ...]]]:
        """Return the nodes, and `members` with the groups that this file states.

        A node that no other file knows is added.
        """
        nodes = {node.name: node for node in case.nodes}
        members = dict(case.members)
        for index, table in enumerate(self.tables.cluster.nodes):
            line = self._lines.line_of(("cluster", "nodes", index))
            known = nodes.get(table.name, Node(table.name))
            changes = _given(table, "name")
            if "security_groups" in changes:
                changes["assumed"] = None
            if changes.get("address", known.address) != known.address:
                changes["beside"] = changes["second"] = ()
            node = replace(known, **changes, origin=known.origin or Origin(self.file, line, table.name))
            nodes[table.name] = node
            if table.security_groups is not UNSET and node.address:
                members[node.address] = table.security_groups
        return tuple(nodes.values()), members

    def _networks(self, case: Case) -> list[Network]:
        """Return the networks. The vSwitch supplies what a table leaves out."""
        found = []
        for index, table in enumerate(self.tables.resource_group.networks):
            vswitch = case.vswitches.get(table.vswitch or "")
            line = self._lines.line_of(("resource_group", "networks", index))
            network = Network(
                cidr=table.cidr or (vswitch.cidr if vswitch else None),
                ipv6_cidr=table.ipv6_cidr or (vswitch.ipv6_cidr if vswitch else None),
                vpc=table.vpc or (vswitch.vpc if vswitch else None),
                vswitch=table.vswitch,
                security_group=table.security_group,
                status=table.status,
                origin=Origin(self.file, line, table.vswitch or table.cidr),
            )
            found.append(network)
        return found

    def _registration(self, registration: Registration) -> Registration:
        changes = _given(self.tables.registration)
        if "engines" in changes:
            changes["engines"] = tuple(map(engine, changes["engines"])) or None
        return replace(registration, **changes)

    def _error(self, path: tuple[Step, ...], found: str, expected: str) -> CaseError:
        return CaseError(self.file, self._lines.line_of(path), found, expected)

    def _misfit(self, message: str) -> CaseError:
        if (unknown := documents.unknown_field(message)) is None:
            return documents.misfit(self.file, _Lines(self._lines), (), message)
        path, key = unknown
        if path and key in TOP:
            raise self._error(
                (*path, key),
                tr("{key} below [{table}]", key=key, table=_header(path)),
                tr("{key} above the first [table]", key=key),
            )
        keys = keys_at(path)
        from difflib import get_close_matches  # only for a mistake in the file

        near = get_close_matches(key, keys, n=1, cutoff=0.5)
        expected = near[0] if near else tr("one of {keys}", keys=", ".join(keys))
        return self._error((*path, key), tr("the unknown key {key}", key=key), expected)


def _header(path: tuple[Step, ...]) -> str:
    return ".".join(step for step in path if isinstance(step, str))


class _Lines:
    """Finds places of a TOML text in the way that `documents.misfit` asks for them."""

    def __init__(self, lines: TomlLines) -> None:
        self._lines = lines

    def place(self, path: tuple[Step, ...]) -> JsonPlace:
        keys = [step for step in path if isinstance(step, str)]
        return JsonPlace(self._lines.line_of(path) or 1, keys[-1] if keys else None)


def _parse(file: str, content: bytes) -> tuple[str, dict[str, Any]]:
    import tomllib  # many a case has no case.toml

    if wide_encoding(content) is not None:
        raise CaseError(file, None, tr(UTF_16), tr(AS_UTF_8))
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CaseError(
            file, content.count(b"\n", 0, error.start) + 1, tr("bytes that are no text"), tr("TOML in UTF-8")
        ) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        digits = place.removeprefix("line ").partition(",")[0]
        line = int(digits) if digits.isdigit() else text.rstrip().count("\n") + 1
        raise CaseError(
            file, line, tr("a mistake ({what})", what=f"{what[:1].lower()}{what[1:]}"), tr("valid TOML")
        ) from None
    except (RecursionError, ValueError):
        raise CaseError(file, None, tr("brackets nested too deeply or a number too long"), tr("a case.toml")) from None


def _moments(value: Any) -> Any:
    """Return TOML dates as ISO 8601 text, in UTC if the file names a zone."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _moments(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_moments(inner) for inner in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _as_text(value: object, key: str) -> object:
    """Return a value of case.toml as an answer states it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.strip() if isinstance(value, str) else value
    return text.lower() if key == "mode" and isinstance(text, str) else text


def _same(one: str, other: str) -> bool:
    """Return True if two texts are equal, or are the same address or block."""
    try:
        return one == other or parse(one) == parse(other)
    except ValueError:
        return False


def _with_fields(known: VSwitch, given: Mapping[str, Any]) -> VSwitch:
    """Return a vSwitch with the fields of case.toml. A doubt is about the answer's ACL alone."""
    doubt = known.acl_doubt if given.get("acl", known.acl) == known.acl else ""
    return replace(known, **given, acl_doubt=doubt)


def _given(table: Struct, *but: str) -> dict[str, Any]:
    """Return the fields that were given, without those named in `but`."""
    given = {name: getattr(table, name) for name in table.__struct_fields__ if name not in but}
    return {name: value for name, value in given.items() if value is not UNSET}


def _stated(table: Struct, *but: str) -> dict[str, Any]:
    """Return what a table says, without blanks around it. A text of blanks alone says nothing."""
    trimmed = {key: value.strip() if isinstance(value, str) else value for key, value in _given(table, *but).items()}
    return {key: value for key, value in trimmed.items() if value != ""}
