"""Is there anything in this case that can be checked?"""

from __future__ import annotations

from diagnose.case.model import Case
from diagnose.flows.model import FlowPlan
from probes.language import tr


def nothing_to_check(case: Case, plan: FlowPlan) -> str | None:
    """Return why nothing of the case can be checked, and what to add. None if something can."""
    shows_services = plan.flows or case.faults or case.settings or case.krb5 is not None
    if shows_services or case.has_logs or case.deny:
        return None
    return tr(
        "{case}: nothing to check. No file in it names a service of the cluster. "
        "Add krb5.conf, core-site.xml, hdfs-site.xml, hive-site.xml or an answer of "
        "ListApplicationConfigs; docs/case.md tells how to export each.",
        case=case.name,
    )
