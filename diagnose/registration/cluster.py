"""Can a cluster of this type and release be registered, from this region?"""

from __future__ import annotations

from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_or_key
from diagnose.registration.rules import dated_list
from probes.language import tr


def cluster_type(preflight: Preflight) -> RuleAnswer:
    """DW-TYPE: the type is none that DataWorks registers."""
    kind, listed = preflight.case.cluster.type, dated_list("cluster-types")
    if kind is None:
        return not_checkable(
            tr("no file states the type of the cluster"), answer_or_key(GET_CLUSTER, "cluster", "type")
        )
    if kind.upper() in listed.values:
        return passed(tr("the cluster is of type {kind}", kind=kind), lists=[listed])
    return failed(broken("DW-TYPE", {"type": kind, "types": listed.values}), lists=[listed])
