"""Do the Hadoop files let a client log in with Kerberos at all?

Without hadoop.security.authentication a client does not try. Without the principal of a service it
stops before it asks for a ticket: "Failed to specify server's Kerberos principal name".
Sources: UserGroupInformation.initialize and SaslRpcClient.getServerPrincipal, Hadoop 3.3.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.hadoop.principals import KEYS, PrincipalKey
from diagnose.findings.hadoop.right_values import right_value
from diagnose.findings.hadoop.setting_forms import rows
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import origin_value, unique
from diagnose.flows.client_files import CORE, JOB_CLIENT
from diagnose.flows.cluster import View, view_of
from diagnose.scene.scene import Scene
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin

AUTHENTICATION = "hadoop.security.authentication"
WITHOUT_DEFAULT = ("namenode-rpc", "resourcemanager-client")
"""Services whose principal has no default in Hadoop."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield KRB-CLIENT-SIMPLE and KRB-SVC-UNSET."""
    seen = view_of(scene.case)
    yield from _simple(scene, seen)
    yield from _unset(scene, seen)


def _simple(scene: Scene, seen: View) -> Iterator[Finding]:
    """Yield a finding if the cloud says Kerberos, and core-site.xml does not.

    So it is if Hadoop refuses the value of any cluster.
    """
    if not seen.has(CORE) or seen.is_unread(CORE):
        return
    read = seen.read(AUTHENTICATION, CORE)
    written = _written(seen) if read is not None else None
    row = rows()[AUTHENTICATION]
    is_refused = written is not None and not row.takes(written)
    says_kerberos = (scene.case.cluster.security_mode or "").upper() == "KERBEROS"
    is_right = read is not None and read.value.lower() == "kerberos"
    if not is_refused and (not says_kerberos or is_right):
        return
    concerned = [o.flow for o in scene.outcomes if o.flow.need == "required" and o.flow.component in WITHOUT_DEFAULT]
    if not concerned:
        return
    origin = Origin(CORE, None, AUTHENTICATION) if read is None else read.origin
    shown = []
    if read is not None:
        text = tr("{place} sets it to {value}", place=origin, value=read.value)
        shown.append(Evidence("line", str(origin), text, origin))
    is_said = bool(scene.case.cluster.security_mode) or not is_refused
    right = "kerberos" if says_kerberos or is_right else "simple" if is_said else row.meant(written or "")
    yield Finding(
        code="KRB-CLIENT-SIMPLE",
        cause="value-refused" if is_refused else None,
        severity="error",
        # A core-site.xml that does not set it may be a part of the real one.
        confidence="strong" if read is not None else "inferred",
        params={
            "key": AUTHENTICATION,
            "value": written if is_refused else None if read is None else read.value,
            "refused": is_refused,
            "right": right,
            "origin": origin_value(origin),
        },
        flows=tuple(flow.id for flow in concerned),
        evidence=tuple(shown),
        settle_by=tr("{key} in the {file} of a node of the cluster", key=AUTHENTICATION, file=CORE),
        values=(replace(right_value(seen, origin.file, AUTHENTICATION, right), before=written),)
        if is_refused and right is not None
        else (),
    )


def _written(seen: View) -> str | None:
    """Return the value as it is written, with its blanks. None with a variable in it."""
    settings = seen.case.settings.get(CORE)
    value = settings.get(AUTHENTICATION) if settings is not None else None
    return None if value is None or "${" in value else value


def _unset(scene: Scene, seen: View) -> Iterator[Finding]:
    missing = unset_principals(scene)
    if not missing:
        return
    components = {key.component for key in missing}
    concerned = [o.flow for o in scene.outcomes if o.flow.need == "required" and o.flow.component in components]
    login = seen.read(AUTHENTICATION, CORE)
    yield Finding(
        code="KRB-SVC-UNSET",
        severity="error",
        confidence="strong",
        params={
            "keys": [key.key for key in missing],
            "files": unique(key.file for key in missing),
            "services": unique(flow.service for flow in concerned),
        },
        flows=tuple(flow.id for flow in concerned),
        evidence=()
        if login is None
        else (Evidence("line", str(login.origin), tr("{place} turns Kerberos on", place=login.origin), login.origin),),
        settle_by=tr("{key} in the {file} of a node of the cluster", key=missing[0].key, file=missing[0].file),
    )


def unset_principals(scene: Scene) -> list[PrincipalKey]:
    """Return the principals that a client lacks, of required services.

    Only if core-site.xml turns Kerberos on, and the file that should have the principal was read.
    """
    seen = view_of(scene.case)
    login = seen.read(AUTHENTICATION, CORE)
    if login is None or login.value.lower() != "kerberos":
        return []
    required = {o.flow.component for o in scene.outcomes if o.flow.need == "required"}
    return [
        key
        for key in KEYS
        if key.component in WITHOUT_DEFAULT
        and key.component in required
        and seen.has(key.file)
        and not seen.is_unread(key.file)
        and seen.read(key.key, *JOB_CLIENT) is None
        and seen.read(f"{key.key}.pattern", *JOB_CLIENT) is None
    ]
