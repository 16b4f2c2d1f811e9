"""Can a cluster of this type and release be registered, from this region?"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from diagnose.output.sentences import series
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_or_key, key_of
from diagnose.registration.releases import is_not_whole, least_of_line, release_of
from diagnose.registration.rules import dated_list
from probes.frozen import replace
from probes.language import tr
from probes.regex import regex

HADOOP: Final = "HADOOP"
NEWER: Final = ("DATALAKE", "CUSTOM")
"""Types for which DataWorks names a minimum release."""
_REGION: Final = regex(r"[a-z]{2}(-[a-z]+)+(-\d+)?")
"""The id of a region: cn-hangzhou, ap-southeast-1."""

SERVERLESS: Final = "EMR-SERVERLESS-SPARK"

ALIKE: Final = 0.75
"""How much a word must be like a type to be a mistake in writing it. Types are less alike."""


def cluster_type(preflight: Preflight) -> RuleAnswer:
    """DW-TYPE: the type is none that DataWorks registers."""
    kind, listed = type_of(preflight), dated_list("cluster-types")
    if kind is None:
        return _type_is_unknown()
    if kind in listed.values:
        return passed(tr("the cluster is of type {kind}", kind=kind), lists=[listed])
    if near := get_close_matches(kind, listed.values, n=1, cutoff=ALIKE):
        why = tr("{kind} is no type that EMR has, and looks like {near}", kind=kind, near=near[0])
        return not_checkable(why, key_of("cluster", "type"))
    return failed(broken("DW-TYPE", {"type": kind, "types": listed.values}), lists=[listed])


def hadoop_release(preflight: Preflight) -> RuleAnswer:
    """DW-HADOOP-VERSION: the release of a Hadoop cluster is not among those that are listed."""
    if (other := _not_of(preflight, HADOOP)) is not None:
        return other
    found = release_of(preflight.case)
    if isinstance(found, RuleAnswer):
        return found
    release, listed = str(found), dated_list("hadoop-releases")
    if found.patch is None and any(value.startswith(f"{release}.") for value in listed.values):
        return is_not_whole(found)
    if release in listed.values:
        return passed(tr("{release} is listed", release=release), lists=[listed])
    params = {
        "release": release,
        "releases": listed.values,
        "minimum": dated_list("datalake-releases").values,
    }
    return failed(broken("DW-HADOOP-VERSION", params), lists=[listed])


def hadoop_type(preflight: Preflight) -> RuleAnswer:
    """DW-HADOOP-OLD: the cluster is of the type that is no longer recommended."""
    if (other := _not_of(preflight, HADOOP)) is not None:
        return other
    return failed(broken("DW-HADOOP-OLD", {"minimum": dated_list("datalake-releases").values}))


def datalake_release(preflight: Preflight) -> RuleAnswer:
    """DW-DATALAKE-VERSION: the release of a DataLake or Custom cluster is below the minimum.

    Each line of releases has a minimum of its own. A line without one is not judged.
    """
    if (other := _not_of(preflight, *NEWER)) is not None:
        return other
    found = release_of(preflight.case)
    if isinstance(found, RuleAnswer):
        return found
    listed = dated_list("datalake-releases")
    least = least_of_line(found, listed.values)
    if least is None:
        why = tr(
            "the page names {minimums}, and no minimum for releases {line}.x",
            minimums=series(listed.values),
            line=found.line,
        )
        return not_checkable(why, tr("whether Register Cluster in the DataWorks console offers the cluster"))
    release, minimum, is_new = str(found), str(least), found.is_at_least(least)
    if is_new is None:
        return is_not_whole(found)
    if is_new:
        return passed(tr("{release} is not older than {least}", release=release, least=minimum), lists=[listed])
    params = {"type": type_of(preflight), "release": release, "least": minimum}
    return failed(broken("DW-DATALAKE-VERSION", params), lists=[listed], is_disputed=True)


def serverless_region(preflight: Preflight) -> RuleAnswer:
    """DW-REGION: EMR Serverless Spark, in a region that the registration page does not list.

    A region that only another page lists is a finding that is not certain.
    """
    if (other := _not_of(preflight, SERVERLESS)) is not None:
        return other
    region = preflight.case.cluster.region
    if region is None:
        return not_checkable(tr("no file states the region"), key_of("cluster", "region"))
    name, listed = region.strip().lower(), dated_list("spark-regions")
    if _REGION.fullmatch(name) is None:
        why = tr("{region} is no id of a region such as cn-hangzhou", region=region)
        return not_checkable(why, key_of("cluster", "region"))
    elsewhere = [each for each in map(dated_list, OTHER_REGIONS) if name in each.values]
    if name in listed.values:
        return passed(tr("{region} is listed", region=name), lists=[listed])
    params = {"region": name, "regions": listed.values, "elsewhere": [each.source.title for each in elsewhere]}
    finding = broken("DW-REGION", params)
    if elsewhere:
        finding = replace(finding, confidence="inferred")
    return failed(finding, lists=[listed, *elsewhere], is_disputed=bool(elsewhere))


OTHER_REGIONS: Final = ("spark-regions-cn", "spark-regions-resource", "regions-bind")
"""Lists of other pages, which differ from the one that is followed. A region in one of them makes
the finding less certain."""


def type_of(preflight: Preflight) -> str | None:
    """Return the type of the cluster in capitals. None if no file states it."""
    kind = preflight.case.cluster.type
    return None if kind is None else kind.strip().upper()


def _not_of(preflight: Preflight, *kinds: str) -> RuleAnswer | None:
    """Return the answer if the cluster is not of these types, or if its type is not known."""
    kind = type_of(preflight)
    if kind is None:
        return _type_is_unknown()
    if kind in kinds:
        return None
    return passed(
        tr("the cluster is of type {kind}, not {kinds}", kind=kind, kinds=tr(" or ").join(kinds)),
    )


def _type_is_unknown() -> RuleAnswer:
    return not_checkable(tr("no file states the type of the cluster"), answer_or_key(GET_CLUSTER, "cluster", "type"))
