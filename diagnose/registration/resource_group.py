"""Can this resource group run EMR tasks, and can it run these?"""

from __future__ import annotations

from typing import Final

from diagnose.case.api.networks import TYPES
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import answer_or_key, key_of
from diagnose.registration.rules import dated_list
from probes.frozen import replace
from probes.language import tr

GET_RESOURCE_GROUP: Final = "dataworks-public:GetResourceGroup"
FLINK: Final = "flink"


def type_of_group(preflight: Preflight) -> RuleAnswer:
    """DW-RG-TYPE: the resource group is of a type that runs no EMR tasks.

    A word that the API did not have when this was written may be a type that does. Such a finding
    is not certain.
    """
    group, listed = preflight.case.resource_group, dated_list("resource-group-types")
    if group.type is None:
        return not_checkable(
            tr("no file states the type of the resource group"),
            answer_or_key(GET_RESOURCE_GROUP, "resource_group", "type"),
        )
    word = group.type.strip().lower()
    kind = TYPES.get(word, word)
    if kind in listed.values:
        return passed(tr("the resource group is of type {kind}", kind=kind), lists=[listed])
    is_known = kind in TYPES.values()
    params = {
        "type": kind if is_known else group.type.strip(),
        "types": listed.values,
        "group": group.name or group.id,
    }
    finding = broken("DW-RG-TYPE", params)
    return failed(finding if is_known else replace(finding, confidence="inferred"), lists=[listed])


def task_types(preflight: Preflight) -> RuleAnswer:
    """DW-FLINK: Flink is among the engines that will be used, or nobody says that it is not."""
    engines = preflight.case.registration.engines
    if engines is None:
        return not_checkable(tr("no file states which engines will be used"), key_of("registration", "engines"))
    flink = next((each for each in engines if FLINK in each.lower()), None)
    if flink is None:
        return passed(tr("Flink is not among the engines that will be used"))
    return failed(broken("DW-FLINK", {"engine": flink}))
