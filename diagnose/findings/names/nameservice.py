"""Does a file use the name of an HDFS nameservice that no file defines?

Clients then read the name as a host name, which does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.case.derived import once
from diagnose.case.model import Case
from diagnose.findings.model import Confidence, Evidence, Finding, RightValue
from diagnose.findings.values import origin_value
from diagnose.flows.authority import is_this_machine
from diagnose.flows.cluster import HDFS_FILES, View, view_of
from diagnose.flows.endpoints import is_host
from diagnose.flows.names import emr_name
from diagnose.flows.spelling import is_mistyped
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

_AUTHORITY = regex(r"\bhdfs://([^/\s,;:?#]{1,253})(:\d+)?(?=[/\s,;?#]|$)")
"""Host and port of an hdfs:// URL. The port may be missing."""

DEFAULT = "fs.defaultFS"
DEFINED_IN = "hdfs-site.xml"
MOST_LINES = 4
"""Lines that the finding shows."""


def findings(scene: Scene) -> Iterator[Finding]:
    config = view_of(scene.case)
    unread = {fault.kind for fault in scene.case.faults} | {
        entry.kind for entry in scene.case.skipped if entry.about is None
    }
    if unread & set(HDFS_FILES):
        return  # the file that would define it is there and was not read
    used: dict[str, list[Origin]] = {}
    for authority, origin in _used_names(scene.case):
        used.setdefault(authority, []).append(origin)
    for authority, origins in used.items():
        missing = _missing_settings(config, authority)
        if missing:
            yield _finding(scene, config, authority, origins, missing)


@once
def _used_names(case: Case) -> tuple[tuple[str, Origin], ...]:
    """Return bare words after hdfs:// that are neither a node nor in the hosts file."""
    config = view_of(case)
    found: list[tuple[str, Origin]] = []
    for configuration in config.case.settings.values():
        for setting in configuration.settings:
            for match in _AUTHORITY.finditer(configuration.get(setting.key) or ""):
                word = match[1]
                place = config.names.place(word)
                is_bare = "." not in word and is_host(word) and place.node is None and place.address is None
                # A word with a port is a host, unless the cluster surely has several NameNodes.
                may_be_logical = config.high_availability() or not (match[2] or config.single_namenode())
                if is_bare and may_be_logical and not is_this_machine(word) and not emr_name(word):
                    found.append((word, setting.origin))
    return tuple(found)


def _missing_settings(config: View, service: str) -> tuple[str, ...]:
    """Return the settings that a client needs to know the nameservice, and that no file has.

    A nameservice with one NameNode needs its address, and no list of NameNodes. Without a failover
    provider a client looks even that one up as a host (hadoop-client 3.3.6 and 2.10.2, measured).
    """
    lacking = [] if service in config.words("dfs.nameservices", *HDFS_FILES) else ["dfs.nameservices"]
    members = config.words(f"dfs.ha.namenodes.{service}", *HDFS_FILES)
    if not members and config.read(f"dfs.namenode.rpc-address.{service}", *HDFS_FILES) is None:
        lacking.append(f"dfs.ha.namenodes.{service}")
    addresses = (f"dfs.namenode.rpc-address.{service}.{member}" for member in members)
    wanted = (*addresses, f"dfs.client.failover.proxy.provider.{service}")
    return (*lacking, *(key for key in wanted if config.read(key, *HDFS_FILES) is None))


def _finding(scene: Scene, config: View, service: str, origins: list[Origin], missing: tuple[str, ...]) -> Finding:
    is_default = any(origin.key in (DEFAULT, "fs.default.name") for origin in origins)
    is_listed = service in config.words("dfs.nameservices", *HDFS_FILES)
    # If the case lacks the file that defines it, the clients may still have the file.
    certainty: Confidence = "proven" if is_listed else "strong" if config.has(DEFINED_IN) else "inferred"
    named = origins[:MOST_LINES]
    known = _defined(config) if f"dfs.ha.namenodes.{service}" in missing and not is_listed else ()
    near = [other for other in known if is_mistyped(service, other)]
    candidates = near or (known if is_default else ())
    meant = candidates[0] if len(candidates) == 1 else None
    listed_at = config.read("dfs.nameservices", *HDFS_FILES)
    return Finding(
        code="HA-NAMESERVICE",
        severity="error" if is_default else "warning",
        confidence=certainty,
        params={
            "nameservice": service,
            "missing": missing,
            "origin": origin_value(origins[0]),
            "known": known,
            "meant": meant,
            "is_near": bool(near),
            "defined": origin_value(listed_at.origin) if known and listed_at is not None else None,
        },
        values=() if meant is None else tuple(_corrected(config, origins, service, meant)),
        flows=tuple(o.flow.id for o in scene.outcomes if is_default and o.flow.component == "namenode-rpc"),
        evidence=tuple(
            Evidence(
                "line",
                _place(origin),
                tr("{place} names {host}", place=_place(origin), host=f"hdfs://{service}"),
                origin,
            )
            for origin in named
        ),
        settle_by=None
        if is_listed
        else tr("hdfs-site.xml of a cluster node: whether dfs.nameservices there lists the name"),
    )


def _defined(config: View) -> tuple[str, ...]:
    """Return the nameservices of which the files have every setting that a client needs."""
    return tuple(each for each in config.words("dfs.nameservices", *HDFS_FILES) if not _missing_settings(config, each))


def _corrected(config: View, origins: list[Origin], service: str, meant: str) -> Iterator[RightValue]:
    """Yield each setting that names the nameservice, with the other one in its place."""
    name = re.compile(rf"(\bhdfs://){re.escape(service)}(?=[/\s,;?#]|$)")
    for origin in origins:
        configuration, key = config.case.settings.get(origin.file), origin.key or ""
        value = None if configuration is None else configuration.get(key)
        if value is not None and name.search(value):
            after = name.sub(lambda match: match[1] + meant, value)
            yield RightValue(origin.file, origin.line, key, value.strip(), after.strip())


def _place(origin: Origin) -> str:
    return origin.file if origin.line is None else f"{origin.file}:{origin.line}"
