"""Is the name of an HDFS nameservice used that no file defines? Then clients take it for a host, which it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.model import Confidence, Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows.cluster import HDFS_FILES, View, view
from diagnose.flows.endpoints import is_host
from diagnose.flows.names import names
from diagnose.scene.scene import Scene
from probes.origin import Origin

_AUTHORITY = re.compile(r"\bhdfs://([^/\s,;:?#]{1,253})(?=[/\s,;?#]|$)")
"""With a port it is a host in any case."""

DEFAULT = "fs.defaultFS"
DEFINED_IN = "hdfs-site.xml"
MOST_LINES = 4


def findings(scene: Scene) -> Iterator[Finding]:
    seen = view(scene.case, names(scene.case), ())
    used: dict[str, list[Origin]] = {}
    for authority, origin in _used(seen):
        used.setdefault(authority, []).append(origin)
    for authority, origins in used.items():
        missing = _missing(seen, authority)
        if missing:
            yield _finding(scene, seen, authority, origins, missing)


def _used(seen: View) -> Iterator[tuple[str, Origin]]:
    """Bare words behind hdfs:// that are neither a node nor in the hosts file."""
    for configuration in seen.case.settings.values():
        for setting in configuration.settings:
            for found in _AUTHORITY.finditer(configuration.get(setting.key) or ""):
                word = found[1]
                place = seen.names.place(word)
                if "." not in word and is_host(word) and place.node is None and place.address is None:
                    yield word, setting.origin


def _missing(seen: View, service: str) -> tuple[str, ...]:
    """Settings without which a client does not know the nameservice. A federated one without high availability needs its address alone."""
    lacking = [] if service in seen.words("dfs.nameservices", *HDFS_FILES) else ["dfs.nameservices"]
    if not lacking and seen.read(f"dfs.namenode.rpc-address.{service}", *HDFS_FILES):
        return ()
    members = seen.words(f"dfs.ha.namenodes.{service}", *HDFS_FILES)
    if not members:
        lacking.append(f"dfs.ha.namenodes.{service}")
    lacking += [
        key
        for member in members
        if seen.read(key := f"dfs.namenode.rpc-address.{service}.{member}", *HDFS_FILES) is None
    ]
    provider = f"dfs.client.failover.proxy.provider.{service}"
    return tuple(lacking) if seen.read(provider, *HDFS_FILES) else (*lacking, provider)


def _finding(scene: Scene, seen: View, service: str, origins: list[Origin], missing: tuple[str, ...]) -> Finding:
    default = any(origin.key in (DEFAULT, "fs.default.name") for origin in origins)
    listed = service in seen.words("dfs.nameservices", *HDFS_FILES)
    # Without the file that would define it, it is not known whether the clients lack the file as well
    certainty: Confidence = "proven" if listed else "strong" if seen.has(DEFINED_IN) else "inferred"
    named = origins[:MOST_LINES]
    return Finding(
        code="HA-NAMESERVICE",
        severity="error" if default else "warning",
        confidence=certainty,
        params={"nameservice": service, "missing": missing, "origin": origin_value(origins[0])},
        flows=tuple(o.flow.id for o in scene.outcomes if default and o.flow.component == "namenode-rpc"),
        evidence=tuple(
            Evidence("line", _place(origin), f"{_place(origin)} names hdfs://{service}", origin) for origin in named
        ),
        settle_by=None if listed else "hdfs-site.xml of a cluster node: whether dfs.nameservices there lists the name",
    )


def _place(origin: Origin) -> str:
    return origin.file if origin.line is None else f"{origin.file}:{origin.line}"
