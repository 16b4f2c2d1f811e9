"""With which settings do clients reach a service and are refused, or not start at all?

- KRB-RENEWER: a pattern in place of the ResourceManager's principal is enough to connect, and not
  to submit a job: its name is who renews the tokens (TokenCache and YarnClientUtils, Hadoop 3.3.6).
- RUN-PROXY-KEYTAB: spark-submit takes a principal of spark-defaults.conf for --principal, and
  refuses it beside --proxy-user (SparkSubmitArguments, Spark 3.5.1).
- SVC-QOP: the uploaded file and the cluster's own settings have no level of protection in common
  (SaslPropertiesResolver, Hadoop 3.3.6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.hadoop.principals import is_known_realm
from diagnose.findings.hadoop.right_values import right_value
from diagnose.findings.hadoop.user_names import LOGINS, SPARK
from diagnose.findings.model import Confidence, Evidence, Finding, RightValue, Severity
from diagnose.findings.values import Value, origin_value, unique
from diagnose.flows.client_files import CORE, HDFS, JOB_CLIENT, YARN
from diagnose.flows.cluster import View, view_of
from diagnose.flows.kerberos import uses_kerberos
from diagnose.flows.model import Flow, Read
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

RENEWER = "yarn.resourcemanager.principal"
MANAGER, NAMENODE, DATANODE = "resourcemanager-client", "namenode-rpc", "datanode-transfer"

_PATTERN = regex(r"([\w.-]+)/[^/@]+@([\w.-]+)", re.ASCII)
"""A pattern that names service and realm, and leaves open the host alone."""

LEVELS = frozenset({"authentication", "integrity", "privacy"})
"""Words of protection."""

PROTECTIONS = (
    (CORE, "hadoop.rpc.protection", (NAMENODE, MANAGER)),
    (HDFS, "dfs.data.transfer.protection", (DATANODE,)),
)
"""File, key, and the services that it protects."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield KRB-RENEWER, RUN-PROXY-KEYTAB and SVC-QOP."""
    config = view_of(scene.case)
    yield from _proxy_user(scene, config)
    login = config.read("hadoop.security.authentication", CORE)
    if login is not None and login.value.lower() == "kerberos" and uses_kerberos(config):
        yield from _renewer(scene, config)
        yield from _protection(scene, config)


def _renewer(scene: Scene, config: View) -> Iterator[Finding]:
    concerned = _required(scene, MANAGER)
    pattern = config.read(f"{RENEWER}.pattern", *JOB_CLIENT)
    if not concerned or pattern is None or config.is_unread(YARN) or config.read(RENEWER, *JOB_CLIENT) is not None:
        return
    named = _PATTERN.fullmatch(pattern.value)
    right = None if named is None else f"{named[1]}/_HOST@{named[2]}"
    is_sure = named is not None and is_known_realm(config, named[2])
    yield _finding(
        "KRB-RENEWER",
        Read("", Origin(YARN, None, RENEWER)),
        right,
        concerned,
        (pattern,),
        more={"pattern": pattern.value, "at": origin_value(pattern.origin)},
        values=(right_value(config, YARN, RENEWER, right),) if is_sure else (),
    )


def _proxy_user(scene: Scene, config: View) -> Iterator[Finding]:
    form = scene.case.registration
    identity = (form.default_access_identity or "").strip().lower()
    is_used = config.engines is not None and "spark" in config.engines
    principal = next((read for key in LOGINS if (read := config.read(key, SPARK)) is not None), None)
    if not form.pass_proxy_user or identity == "task-owner" or not is_used or principal is None:
        return
    is_all = config.engines is not None and config.engines <= {"spark"}
    concerned = _required(scene, NAMENODE, MANAGER) if is_all else []
    # A keytab without a principal stops Spark as well. An empty principal is one for spark-submit.
    keys = [*LOGINS, *(key.replace(".principal", ".keytab") for key in LOGINS)]
    yield _finding(
        "RUN-PROXY-KEYTAB",
        principal,
        "",
        concerned,
        (principal,),
        severity="error" if concerned else "warning",
        values=tuple(
            right_value(config, SPARK, key, None)
            for key in keys
            if config.case.settings[SPARK].setting(key) is not None
        ),
    )


def _protection(scene: Scene, config: View) -> Iterator[Finding]:
    """Yield SVC-QOP where both sides say what they want, and nothing is in both."""
    for file, key, components in PROTECTIONS:
        listed = scene.case.listed_settings.get(file)
        there = listed.setting(key) if listed is not None else None
        here = config.read(key, file) if file in scene.case.file_settings else None
        if listed is None or there is None or here is None or here.origin == there.origin:
            continue
        wanted, offered = _levels(here.value), _levels(listed.get(key) or "")
        concerned = _required(scene, *components)
        if not concerned or not wanted or not offered or wanted & offered:
            continue
        value = (listed.get(key) or "").strip()
        yield _finding(
            "SVC-QOP",
            here,
            value,
            concerned,
            (here, Read(value, there.origin)),
            more={"listed": origin_value(there.origin)},
            values=(right_value(config, file, key, value),),
        )


def _levels(value: str) -> frozenset[str]:
    """Return the levels of a value. Empty if one of them is not known."""
    words = frozenset(word for part in re.split(r"[,\n]", value) if (word := part.strip().lower()))
    return words if words <= LEVELS else frozenset()


def _required(scene: Scene, *components: str) -> list[Flow]:
    return [o.flow for o in scene.outcomes if o.flow.need == "required" and o.flow.component in components]


def _finding(
    code: str,
    read: Read,
    right: str | None,
    concerned: list[Flow],
    shown: tuple[Read, ...],
    *,
    severity: Severity = "error",
    confidence: Confidence = "strong",
    more: dict[str, Value] | None = None,
    values: tuple[RightValue, ...] = (),
) -> Finding:
    origin = read.origin
    return Finding(
        code=code,
        severity=severity,
        confidence=confidence,
        cause="client-setting",
        params={
            "key": origin.key,
            "value": read.value,
            "right": right,
            "services": unique(flow.service for flow in concerned),
            "origin": origin_value(origin),
            **(more or {}),
        },
        flows=tuple(flow.id for flow in concerned),
        evidence=tuple(map(_line, shown)),
        settle_by=tr("{key} in the {file} that the resource group uses", key=origin.key, file=origin.file),
        values=values,
    )


def _line(read: Read) -> Evidence:
    origin = read.origin
    place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
    text = tr("{place} sets {key} to {value}", place=place, key=origin.key, value=read.value)
    return Evidence("line", place, text, origin)
