"""What may a builder of flows ask of a case? Settings, nodes, the Hadoop generation, the need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field

from diagnose.case.derived import once
from diagnose.case.model import Case, Node
from diagnose.flows import components
from diagnose.flows.authority import is_port, split_authority
from diagnose.flows.client_files import SPARK_PREFIX, effective
from diagnose.flows.components import Component, Generation
from diagnose.flows.model import Need, Read
from diagnose.flows.names import Names, names
from probes.addresses import LOOPBACK, Ranges, intersect
from probes.files.hadoopconf import Configuration
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

_OTHER_WORDS = {
    "mr": "mapreduce",
    "spark-sql": "spark",
    "sparksql": "spark",
    "spark_sql": "spark",
    "sts": "spark-thrift",
    "spark-thrift-server": "spark-thrift",
}
"""What people write in registration.engines -> the word of components.toml."""

_MASTER_NAME = regex(r"(master-\d+-\d+|emr-header-\d+)$", re.IGNORECASE)
_GENERATION_KEYS = ("namenode-http", "datanode-http", "datanode-transfer", "namenode-https", "datanode-https")
"""Components whose port tells Hadoop 2 from Hadoop 3."""


@frozen
class View:
    """One case as the builders of flows see it."""

    case: Case
    """The case."""
    names: Names
    """Which node a host name means."""
    sources: Ranges
    """All addresses that tasks may connect from."""
    engines: frozenset[str] | None
    """Engines of registration.engines. None if the case does not state them."""
    generation: Generation | None
    """Hadoop 2 or 3. None if it is not known."""
    _effective: dict[tuple[tuple[str, ...], bool], Configuration] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _read: dict[tuple[str, tuple[str, ...]], Read | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _instances: list[tuple[Node, frozenset[str]]] = field(default_factory=list, init=False, repr=False, compare=False)
    """Each node with what runs on it, in plain spelling. Filled when it is first asked for."""

    def effective(self, files: tuple[str, ...], *, spark: bool = False) -> Configuration:
        """Return the configuration of a client that reads these site files.

        Hadoop's defaults are included.
        """
        known = self._effective.get((files, spark))
        if known is None:
            known = self._effective[files, spark] = effective(self.case.settings, files, spark=spark)
        return known

    def read(self, key: str, *files: str) -> Read | None:
        """Return the value of `key` in the first of these files that sets it to something."""
        if (key, files) not in self._read:
            self._read[key, files] = self._first(key, files)
        return self._read[key, files]

    def _first(self, key: str, files: tuple[str, ...]) -> Read | None:
        for file in files:
            configuration = self.case.settings.get(file)
            setting = configuration.setting(key) if configuration is not None else None
            if configuration is None or setting is None:
                continue
            value = (configuration.get(key) or "").strip()
            if value:
                return Read(value, setting.origin)
        return None

    def is_unread(self, kind: str) -> bool:
        """Return True if the case has a file of this kind that was not read: its clients refuse it,
        or a bound of ours does."""
        return self.is_refused(kind) or any(entry.kind == kind and entry.about is None for entry in self.case.skipped)

    def is_refused(self, kind: str) -> bool:
        """Return True if the case has a file of this kind that its clients refuse."""
        return any(fault.kind == kind for fault in self.case.faults)

    def unread(self, *files: str) -> str | None:
        """Return the first of these files that was not read, if no other input gives its settings.

        What it would have set is unknown.
        """
        return next((file for file in files if self.is_unread(file) and not self.has(file)), None)

    def overrides_for_spark(self, prefix: str) -> bool:
        """Return True if spark-defaults.conf sets a Hadoop key with this prefix."""
        own = self.case.settings.get("spark-defaults.conf")
        return own is not None and bool(own.matching(f"{SPARK_PREFIX}{prefix}"))

    def words(self, key: str, *files: str) -> tuple[str, ...]:
        """Return the items of a list without empty ones, cut at commas and line ends as Hadoop
        does."""
        read = self.read(key, *files)
        return tuple(word for part in re.split(r"[,\n]", read.value) if (word := part.strip())) if read else ()

    def has(self, file: str) -> bool:
        return file in self.case.settings

    def running(self, component: Component) -> tuple[Node, ...]:
        """Return the nodes that run the component, by ListComponentInstances."""
        if not self._instances:
            self._instances.extend((node, frozenset(map(_plain, node.components))) for node in self.case.nodes)
        wanted = frozenset(map(_plain, component.instances))
        return tuple(node for node, present in self._instances if not wanted.isdisjoint(present))

    def instances_known(self) -> bool:
        return any(node.components for node in self.case.nodes)

    def grouped(self, group: str) -> tuple[Node, ...]:
        return tuple(node for node in self.case.nodes if (node.group or "").upper() == group)

    def masters(self) -> tuple[Node, ...]:
        """Return the nodes of the MASTER group. If no node has a group, the names of masters
        decide."""
        found = self.grouped("MASTER")
        if found or any(node.group for node in self.case.nodes):
            return found
        return tuple(node for node in self.case.nodes if _MASTER_NAME.match(node.name))

    def high_availability(self) -> bool:
        """Return True if there are several NameNodes.

        The Hadoop files decide. If they do not tell, DeployMode of GetCluster does.
        """
        if any(
            self.read(f"dfs.ha.namenodes.{service}", *HDFS_FILES)
            for service in self.words("dfs.nameservices", *HDFS_FILES)
        ):
            return True
        return (self.case.cluster.deploy_mode or "").upper() == "HA"

    def is_on_loopback(self) -> bool:
        """Return True if the resource group itself is on loopback, as in the demo."""
        return bool(intersect(self.sources, LOOPBACK))

    def usual_port(self, component: Component) -> int | None:
        """Return the port that other settings name for a service, else the one that EMR gives it.

        That of a NameNode depends on high availability. None if it is not known.
        """
        named = self._named_ports() if component.key == "namenode-rpc" else frozenset[int]()
        by_masters = component.ports.get("ha" if self.high_availability() else "single")
        return min(named) if len(named) == 1 else by_masters or component.default_port(self.generation)

    def _named_ports(self) -> frozenset[int]:
        """Return the ports of NameNodes that the files name, on nodes of the cluster.

        Ports that belong to another service are left out.
        """
        texts = [
            authority
            for configuration in self.case.settings.values()
            for setting in configuration.settings
            for authority in (
                [setting.value] if setting.key.startswith(RPC_ADDRESS) else HDFS_AUTHORITY.findall(setting.value)
            )
        ]
        found = [split_authority(text) for text in texts]
        ports = {int(at.port) for at in found if is_port(at.port) and self.names.place(at.host).node is not None}
        return frozenset(port for port in ports if {owner.key for owner in components.owners(port)} <= {"namenode-rpc"})

    def single_namenode(self) -> bool:
        """Return True if the cluster is known to have one NameNode."""
        return (self.case.cluster.deploy_mode or "").upper() == "NORMAL" and not self.high_availability()

    def need(self, component: Component) -> Need:
        """Return whether the component is required.

        Without registration.engines the table decides, and what it makes conditional is optional:
        the condition is not known to hold. With it, a component of a named engine is required and
        one of other engines alone is optional.
        """
        if component.need == "never":
            raise ValueError(f"{component.key} is never a flow")
        if component.need == "optional":
            return "optional"
        if component.engines and self.engines is not None:
            return "required" if self.engines & set(component.engines) else "optional"
        return "required" if component.need == "required" else "optional"

    def condition(self, component: Component) -> str | None:
        """Return when an optional component is needed, or None if it is a convenience."""
        if component.need == "optional" or not component.engines:
            return None
        engines = tr(" or ").join(engine.capitalize() for engine in component.engines)
        return tr("{engines} is used", engines=engines)

    def is_named(self, component: Component) -> bool:
        """Return True if registration.engines names an engine of this component."""
        return bool(self.engines and self.engines & set(component.engines))


HDFS_AUTHORITY = regex(r"\bhdfs://([^/\s,;?#]{1,300})", re.IGNORECASE)
RPC_ADDRESS = "dfs.namenode.rpc-address"

HDFS_FILES = ("hdfs-site.xml", "core-site.xml")


@once
def view_of(case: Case) -> View:
    """Return the view of a case in which the addresses of tasks do not matter."""
    return view(case, names(case), ())


def view(case: Case, names: Names, sources: Ranges) -> View:
    named = case.registration.engines
    engines = (
        None
        if named is None
        else frozenset(_OTHER_WORDS.get(word, word) for name in named if (word := name.strip().lower()))
    )
    return View(case, names, sources, engines, generation(case))


def generation(case: Case) -> Generation | None:
    """Return the Hadoop generation, or None if it is not known.

    Ports that the files state decide first, then the release. Files that disagree make it unknown.
    """
    stated = {found for key in _GENERATION_KEYS for found in _stated_generations(case, components.component(key))}
    if stated:
        return stated.pop() if len(stated) == 1 else None
    return release_generation(case)


def release_generation(case: Case) -> Generation | None:
    """Return the Hadoop generation of the cluster's release, or None if it is not known."""
    release = case.cluster.release or ""
    for prefix, found in components.load().generations.items():
        if release.upper().startswith(f"{prefix}."):
            return found
    return None


def _stated_generations(case: Case, component: Component) -> Iterable[Generation]:
    configuration = case.settings.get(component.file or "")
    if configuration is None or component.setting is None:
        return
    by_port: dict[str, Generation] = {}
    for known in (2, 3):
        if str(known) in component.ports:
            by_port[str(component.ports[str(known)])] = known
    for setting in configuration.matching(component.setting):
        port = (configuration.get(setting.key) or "").rpartition(":")[2].strip()
        if port in by_port:
            yield by_port[port]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
