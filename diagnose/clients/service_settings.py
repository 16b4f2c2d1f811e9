"""What do clients experience if the files name a service's principal or realm wrongly?

Hadoop's own clients are Java. What other clients make of the service is then not known.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.case.derived import once
from diagnose.clients.model import FAMILIES, Ending, Family, unknown
from diagnose.clients.names import NO_SERVER
from diagnose.findings.hadoop import user_names
from diagnose.findings.hadoop.login_settings import unset_principals
from diagnose.findings.hadoop.principals import UNSURE, wrong_principals
from diagnose.findings.hadoop.service_realms import misplaced
from diagnose.scene.scene import Scene
from probes.language import tr


@once
def refusals(scene: Scene) -> dict[Family, Ending]:
    """Return what happens with a principal that Hadoop's client refuses, or whose realm has no
    KDC."""
    wrong = next(wrong_principals(scene), None)
    unset = unset_principals(scene)
    if unset:
        said = tr("no file sets {key}", key=unset[0].key)
        message = "java.lang.IllegalArgumentException: Failed to specify server's Kerberos principal name"
        others: dict[Family, Ending] = dict.fromkeys(FAMILIES, unknown(said))
        return {**others, "jdk": Ending("no", 0.0, message, said)}
    if wrong is None:
        return _misnamed(scene)
    said = tr("{file} sets {key} to {value}", file=wrong.read.origin.file, key=wrong.key.key, value=wrong.read.value)
    endings: dict[Family, Ending] = dict.fromkeys(FAMILIES, unknown(said))
    if wrong.fault == "no-host":
        message = f"Kerberos principal name does NOT have the expected hostname part: {wrong.read.value}"
        endings["jdk"] = Ending("no", 0.0, f"java.lang.IllegalArgumentException: {message}", said)
    elif wrong.fault != "unknown-realm" and wrong.fault not in UNSURE:
        endings["jdk"] = Ending("no", None, "Server has invalid Kerberos principal", said)
    return endings


def _misnamed(scene: Scene) -> dict[Family, Ending]:
    """Return what happens with rules of auth_to_local that give a client no user name."""
    found = next((finding for finding in user_names.findings(scene) if finding.severity == "error"), None)
    if found is None:
        return {}
    origin, principal, rest = found.params["origin"], found.params["principal"], found.params["rest"]
    assert isinstance(origin, Mapping)
    refused = "Invalid rule: " + str(rest) if rest else f"Illegal principal name {principal}: No rules applied to it"
    said = tr("no rule of {key} in {file} gives a user name", key=found.params["key"], file=origin["file"])
    return {"jdk": Ending("no", 0.0, f"java.lang.IllegalArgumentException: {refused}", said)}


def other_realm(scene: Scene, client_realm: str, proven: Mapping[Family, Ending]) -> dict[Family, Ending]:
    """Return what happens with a service that Java asks for in another realm than its own.

    `proven`: what is known of the tickets without it.

    libkrb5 asks the KDC for a referral if no line maps the host, so its ending is not known.
    """
    from diagnose.clients.jdk import failed

    service = next(misplaced(scene), None)
    if service is None:
        return {}
    why = tr(
        "it asks for the service on {host} in {asked}, and the service is in {realm}",
        host=service.host,
        asked=service.asked,
        realm=service.realm,
    )
    endings: dict[Family, Ending] = {**dict.fromkeys(FAMILIES, unknown(why)), **proven}
    if service.asked == client_realm:
        endings["jdk"] = failed(NO_SERVER, 0.0, "tgs", why)
    else:
        endings["jdk"] = Ending("no", 0.0, None, why)
    return endings
