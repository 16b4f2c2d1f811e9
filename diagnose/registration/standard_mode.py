"""Do the environments of a standard workspace have a cluster each, and metadata of their own?"""

from __future__ import annotations

import re

from diagnose import data
from diagnose.case.dataworks import EnvironmentResource, same_cluster
from diagnose.case.model import Case
from diagnose.findings.model import Evidence
from diagnose.findings.values import Params, origin_value
from diagnose.registration.accounts import HIVE_FILES, hive_setting, is_in_dlf, metastore_setting
from diagnose.registration.known import is_contradicted
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_PROJECT, RESOURCES, answer_or_key, answers_or_key, file_of, key_of
from probes.language import tr
from probes.regex import regex

_DATABASE = regex(r"jdbc:(?P<kind>\w+):(?:\w+:)*/*(?:[^/@?;]*@)?(?P<hosts>[^/?;]+)/(?P<name>[^?;&]*)")
"""A JDBC URL. User and password before the host, and everything behind the name, are left out."""

_NODE = regex(r"master-\d+-\d+|emr-header-\d+", re.IGNORECASE)
"""The name of a master, as both generations of EMR give it."""
MOST_NAMED = 5
"""Most workspaces that one sentence names."""


def two_clusters(preflight: Preflight) -> RuleAnswer:
    """DW-STD-TWO: a standard workspace has one cluster."""
    mode, count = _mode(preflight), preflight.case.workspace.clusters
    if mode is None:
        return _no_mode(preflight)
    if mode != "standard":
        return passed(tr("the workspace is in {mode} mode", mode=mode))
    if preflight.twin is not None:
        one, other = preflight.case.cluster.id, preflight.twin.cluster.id
        if one is None or other is None:
            return not_checkable(tr("a case does not state the id of its cluster"), key_of("cluster", "id"))
        if one == other:
            return failed(broken("DW-STD-TWO", {"what": "cluster", "cluster": one}))
        return passed(tr("the environments have the clusters {one} and {other}", one=one, other=other))
    if count is None:
        return _by_answers(preflight.case)
    if count < 2:
        return failed(broken("DW-STD-TWO", {"what": "count", "count": count}))
    return passed(tr("the workspace has {count} clusters", count=count))


def _by_answers(case: Case) -> RuleAnswer:
    """Return the answer that the computing resource of the cluster gives.

    One without a cluster in an environment may get it later, so only two that are one break the
    rule.
    """
    own = [each for each in case.registered.here(case.workspace.id) if each.is_of(case.cluster.id)]
    places = {place.environment: place for each in own for place in each.environments if place.cluster}
    dev, prod = places.get("dev"), places.get("prod")
    if dev is None or prod is None or len(own) > 1:
        return not_checkable(
            tr("the workspace is in standard mode, and only one of its clusters is given"),
            answers_or_key((RESOURCES,), "workspace", "clusters"),
        )
    if same_cluster(dev.cluster, prod.cluster):
        evidence = (_evidence(dev), _evidence(prod))
        return failed(broken("DW-STD-TWO", {"what": "registered", "cluster": dev.cluster}, evidence=evidence))
    return passed(tr("the environments have the clusters {one} and {other}", one=dev.cluster, other=prod.cluster))


def _evidence(place: EnvironmentResource) -> Evidence:
    where = f"{place.origin.file}:{place.origin.line}"
    text = tr("{place}: {cluster} in {environment}", place=where, cluster=place.cluster, environment=place.environment)
    return Evidence("line", where, text, place.origin)


def separate_metadata(preflight: Preflight) -> RuleAnswer:
    """DW-STD-TWO: both environments keep their metadata in one place."""
    mode = _mode(preflight)
    if mode is None:
        return _no_mode(preflight)
    if mode != "standard":
        return passed(tr("the workspace is in {mode} mode", mode=mode))
    if preflight.twin is None:
        return not_checkable(tr("only one of the two environments is given"), tr("the case of the other environment"))
    one, other = store(preflight.case), store(preflight.twin)
    if one is None or other is None:
        cause = tr("a case does not state the catalog of DLF or the database of its metadata")
        return not_checkable(cause, file_of("hive-site.xml", "hivemetastore-site.xml"))
    if one["place"] != other["place"]:
        return passed(tr("the metadata is in {one} and {other}", one=one["place"], other=other["place"]))
    return failed(broken("DW-STD-TWO", {"what": "metadata", "place": one["place"], "one": one, "other": other}))


def store(case: Case) -> Params | None:
    """Return where the metadata of Hive is: a catalog of DLF, or host and name of a database.

    None if no file states it. Nothing else of a URL is kept, as it may hold a password.
    """
    keys = data.table("registration")["metadata"]
    catalog, (is_dlf, _) = hive_setting(case, keys["catalog"]), is_in_dlf(case)
    if is_dlf is not False:
        if catalog is None or not is_dlf or any(is_contradicted(case, name, catalog.key) for name in HIVE_FILES):
            return None
        place = tr("catalog {catalog} of DLF", catalog=catalog.value.strip()[:100])
        return {"place": place, "key": catalog.key, "origin": origin_value(catalog.origin)}
    url = metastore_setting(case, keys["url"])
    found = None if url is None else _DATABASE.match(url.value.strip())
    if url is None or found is None or "@" in f"{found['hosts']}{found['name']}":
        return None
    host = found["hosts"].lower().removesuffix(f":{keys['ports'].get(found['kind'].lower(), '')}")
    place = f"{host}/{found['name']}"
    if _is_of_a_node(case, host.partition(":")[0]):
        if case.cluster.id is None:
            return None
        place = tr("{place} on {cluster}", place=place, cluster=case.cluster.id)
    return {"place": place[:200], "key": url.key, "origin": origin_value(url.origin)}


def _is_of_a_node(case: Case, host: str) -> bool:
    """Return True if a host is a machine of the cluster by a name that other clusters use as
    well: master-1-1, localhost."""
    names = {node.name.lower() for node in case.nodes}
    return host in names or host in ("localhost", "127.0.0.1") or _NODE.fullmatch(host) is not None


def _mode(preflight: Preflight) -> str | None:
    cases = (preflight.case, preflight.twin)
    return next((case.workspace.mode.strip().lower() for case in cases if case and case.workspace.mode), None)


def _no_mode(preflight: Preflight) -> RuleAnswer:
    among = preflight.case.workspace.among
    if among:
        cause = tr(
            "the answers are of {count} workspaces ({names}), and nothing says which one is meant",
            count=len(among),
            names=", ".join(among[:MOST_NAMED]),
        )
        return not_checkable(cause, key_of("workspace", "id"))
    return not_checkable(
        tr("no file states whether the workspace is in standard or basic mode"),
        answer_or_key(GET_PROJECT, "workspace", "mode"),
    )
