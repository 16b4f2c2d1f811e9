"""Which names, ids and accounts does a case have?

The readers of the case say what its files name: hosts, nodes, realms, settings, flows. Logs and
files that a case does not read are searched for what has the form of a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from itertools import chain
from typing import Final

from diagnose import data
from diagnose.case.directory import of_tree
from diagnose.case.errors import CaseError
from diagnose.case.model import Case
from diagnose.case.tree import Tree
from diagnose.collect.redaction.address_text import Known, addresses_in
from diagnose.collect.redaction.format_words import words_of
from diagnose.collect.redaction.name_map import certain_ids, resource_groups_in
from diagnose.flows.plan import flows
from diagnose.symptoms.messages import Message, messages
from probes.files.hadoopconf import Setting
from probes.files.masking import MASK
from probes.frozen import mutable
from probes.regex import regex

Texts = Mapping[str, list[str]]
"""Path -> the texts of that file, strings of JSON decoded."""

_HOST: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_URI: Final = regex(rf"[A-Za-z][A-Za-z0-9+.-]{{1,30}}://(?:[^\s/@\"'<>]{{1,200}}@)?({_HOST})")
_PRINCIPAL: Final = regex(rf"(?<![\w/.-])[A-Za-z][\w.-]{{0,60}}/({_HOST})@({_HOST})", re.ASCII)
_REALM: Final = regex(r"[\w.$-]@([A-Z0-9][A-Z0-9-]*(?:\.[A-Z0-9-]+)+)\b", re.ASCII)
_SYSLOG: Final = regex(rf"^[A-Z][a-z]{{2}} [ \d]\d [\d:]{{8}} ({_HOST}) [\w./-]+(?:\[\d+\])?[:(]", re.MULTILINE)
_BESIDE_ADDRESS: Final = regex(rf"(?<![\w./-])({_HOST})/(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\w.])", re.ASCII)
"""A host and its address, as Java and Hadoop print them."""
_UNKNOWN_HOST: Final = regex(rf"UnknownHostException: (?:Invalid host name: )?(?:local host is: )?({_HOST})", re.ASCII)
_ADDRESS_KEY: Final = regex(
    r"(?i)address|hostname|\.hosts?$|uris?$|quorum|servers|ensemble|connect"
    r"|defaultfs|fs\.default\.name|nameservice|registry"
)
_IN_VALUE: Final = regex(rf"(?<![\w./$-])({_HOST})(?::\d{{1,5}})?(?=[\s,;/]|$)")
_SWITCH: Final = regex(r"(?i)true|false|none|default|\d+\w*")
_SERVER: Final = regex(
    r"^\s*(?:kdc|master_kdc|primary_kdc|admin_server|kpasswd_server|default_domain|default_realm)\s*=\s*"
    rf"({_HOST})",
    re.MULTILINE,
)
_STANZA: Final = regex(rf"^\s*({_HOST})\s*=\s*\{{", re.MULTILINE)
_MAPPING: Final = regex(rf"^\s*\.?({_HOST})\s*=\s*({_HOST})\s*$", re.MULTILINE)
_ID_MEMBER: Final = regex(r'"([A-Za-z]*Id(?:s|Set)?)"\s*:\s*(?:"([^"\\]{1,80})"|\[([^\]\\{}:]{0,2000})\])')
_ID_LINE: Final = regex(
    r"^\s*(id|vpc|vswitch|vswitches|security_groups?|acl|network_acl|route_table)\s*=\s*(.+)$", re.MULTILINE
)
_NAME_MEMBER: Final = regex(
    r'"(?:Cluster|SecurityGroup|VSwitch|Vpc|Instance|ResourceGroup|NodeGroup|NetworkInterface|NetworkAcl|RouteTable'
    r'|PrefixList|PortRangeList|Workspace|Project|Host)Name"\s*:\s*"([A-Za-z0-9_-]{4,80})"'
)
"""Display names of one word. What several words say is left: they are words of other texts too."""
_NAME_LINE: Final = regex(r"^\s*(?:name|display_name)\s*=\s*[\"']([A-Za-z0-9_-]{4,80})[\"']", re.MULTILINE)
_CLUSTER_DOMAIN: Final = regex(r"(?<![\w-])cluster-\d{3,12}(?![\w-])", re.ASCII)
_QUOTED: Final = regex(r"[\"']([^\"'\\]{1,80})[\"']")
_ID: Final = regex(r"(?i)[a-z]{1,8}-[0-9a-z]+(?:[-_.][0-9a-z]+)*")
_NO_ID: Final = regex(r"(?i)(region|zone|image|keypair|charge|type)", re.IGNORECASE)
_ACCOUNT_MEMBER: Final = regex(
    r'(?i)"[A-Za-z]*(?:owner|account|user|parent|tenant|main|aliyun|uid|creator)[A-Za-z]*"\s*:\s*"?(\d{5,20})\b'
)
_ACCOUNT_LINE: Final = regex(r"(?im)^\s*(?:account|owner|uid)\w*\s*=\s*[\"']?(\d{5,20})\b")
_ARN: Final = regex(r"\bacs:[a-z0-9-]{0,30}:[a-z0-9-]{0,30}:(\d{5,20})\b", re.ASCII)
_SHORTEST_NAMESPACE: Final = 2


@mutable
class Vocabulary:
    """What is replaced."""

    addresses: set[Known] = field(default_factory=set)
    """Version, number and prefix length of each address."""
    labels: set[str] = field(default_factory=set)
    """Labels of host names and realms, in small letters."""
    names: set[str] = field(default_factory=set)
    """Whole host names and realms, in small letters."""
    ids: set[str] = field(default_factory=set)
    """Ids of resources, in small letters."""
    accounts: set[str] = field(default_factory=set)
    """Account ids."""

    def add_name(self, name: str) -> None:
        """Add the labels of a host name or realm."""
        if not re.fullmatch(r"[\d.:]*", name) and MASK not in name:
            self.labels |= {label for label in name.lower().split(".") if label}
            self.names.add(name.lower().strip("."))


def vocabulary(files: Mapping[str, bytes], texts: Texts) -> Vocabulary:
    """Return what a case without secrets names. `texts`: the same files, as texts."""
    found = Vocabulary()
    keys: set[str] = set()
    case = _case(files)
    if case is not None:
        for name in _named_by(case):
            found.add_name(name)
        keys = {part.lower() for setting in _settings(case) for part in setting.key.split(".")}
        keys -= {each.lower() for each in _nameservices(case) if not _is_part_of_key(each, case)}
    for text in chain.from_iterable(texts.values()):
        found.addresses.update(addresses_in(text))
        found.ids |= {each[0].lower() for each in certain_ids().finditer(text)}
        found.ids |= {each.lower() for each in resource_groups_in(text)}
        found.labels |= set(_CLUSTER_DOMAIN.findall(text))
        found.accounts |= set(_ARN.findall(text))
        for name in _named_in(text):
            found.add_name(name)
    for path, content in files.items():
        text = content.decode("utf-8", "replace")
        if path.lower().endswith((".json", ".jsonl", ".ndjson")):
            found.ids |= set(_ids_of(text))
            found.accounts |= set(_ACCOUNT_MEMBER.findall(text))
            found.labels |= {name.lower() for name in _NAME_MEMBER.findall(text)}
        elif path.lower().endswith(".toml"):
            found.ids |= {each.lower() for line in _ID_LINE.finditer(text) for each in _quoted_ids(line[2])}
            found.accounts |= set(_ACCOUNT_LINE.findall(text))
            found.labels |= {name.lower() for name in _NAME_LINE.findall(text)}
        keys |= set(words_of(path, text))
    found.labels -= keys
    found.names -= keys
    return found


def _case(files: Mapping[str, bytes]) -> Case | None:
    """Return the case that the files make. None if an input of ours cannot be read."""
    try:
        return of_tree(Tree("case", files))
    except CaseError:
        return None


def _named_by(case: Case) -> Iterator[str]:
    """Yield every name that the readers of the case found."""
    for entry in case.hosts.entries if case.hosts else ():
        yield from entry.names
    for node in case.nodes:
        yield from (node.name, *node.hostnames)
    for flow in flows(case).flows:
        yield flow.endpoint.host
        yield flow.realm or ""
    for setting in _settings(case):
        if _ADDRESS_KEY.search(setting.key):
            for host in _IN_VALUE.finditer(setting.value):
                if not _SWITCH.fullmatch(host[1]) and not _package().match(host[1]):
                    yield host[1]
    yield from _nameservices(case)


def _settings(case: Case) -> Iterator[Setting]:
    for configuration in case.settings.values():
        yield from configuration.settings


def _nameservices(case: Case) -> Iterator[str]:
    for configuration in case.settings.values():
        for key in ("dfs.nameservices", "dfs.internal.nameservices", "dfs.nameservice.id"):
            yield from (name for name in configuration.get_list(key) if len(name) > _SHORTEST_NAMESPACE)


def _is_part_of_key(nameservice: str, case: Case) -> bool:
    """Return True if a key that does not belong to the nameservice has its name as a part."""
    parts = (setting.key.lower().split(".") for setting in _settings(case))
    return any(nameservice.lower() in (each if each[0] != "dfs" else each[:-2]) for each in parts)


def _named_in(text: str) -> Iterator[str]:
    """Yield what has the form of a name in a text."""
    for shape in (_URI, _REALM, _SYSLOG, _BESIDE_ADDRESS, _UNKNOWN_HOST, _full_names()):
        yield from (found[1] for found in shape.finditer(text))
    yield from _named_in_messages(text)
    for found in _PRINCIPAL.finditer(text):
        yield from found.groups()
    if "[libdefaults]" in text or "[realms]" in text or "[domain_realm]" in text:
        for shape in (_SERVER, _STANZA):
            yield from (found[1] for found in shape.finditer(text))
        for section in re.findall(r"\[(?:domain_realm|capaths)\]([^\[]*)", text):
            for found in _MAPPING.finditer(section):
                yield from found.groups()


def _named_in_messages(text: str) -> Iterator[str]:
    """Yield the hosts and realms that known messages of clients name."""
    for line in text.splitlines():
        low = line.lower()
        for message in _naming_messages():
            if message.hint in low and (found := message.search(line)):
                names = found.groupdict()
                yield from (names[kind] for kind in ("host", "realm") if names.get(kind))


@cache
def _naming_messages() -> tuple[Message, ...]:
    return tuple(each for each in messages() if {"host", "realm"} & each.pattern.groupindex.keys())


@cache
def _full_names() -> re.Pattern[str]:
    """Return what finds host names with a domain."""
    ends = "|".join(map(re.escape, data.table("redaction")["names"]["ends"]))
    labels = r"(?:[a-z0-9_][a-z0-9_-]*\.){1,8}"
    return re.compile(rf"(?ai)(?<![\w.$/-])(?!{_package().pattern})({labels}(?:{ends}))(?![\w-]|\.\w|\()")


@cache
def _package() -> re.Pattern[str]:
    """Return what the name of a class or the key of a setting begins with."""
    return re.compile(rf"(?:{'|'.join(data.table('redaction')['names']['packages'])})\.")


def _ids_of(text: str) -> Iterator[str]:
    """Yield the ids that members such as VSwitchId and SecurityGroupIds of a JSON text hold."""
    for member in _ID_MEMBER.finditer(text):
        if not _NO_ID.search(member[1]):
            values: Iterable[str] = (member[2],) if member[2] else _QUOTED.findall(member[3] or "")
            yield from (value.lower() for value in values if _ID.fullmatch(value))


def _quoted_ids(text: str) -> Iterator[str]:
    return (value for value in _QUOTED.findall(text) if _ID.fullmatch(value))
