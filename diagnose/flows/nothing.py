"""Is there anything in this case that can be checked?"""

from __future__ import annotations

from diagnose.case.model import Case
from diagnose.flows.model import FlowPlan
from diagnose.output.clean import clean
from diagnose.output.sentences import sentences, series
from probes.language import tr

MOST_UNREAD = 3
"""Files that are named because they are not read."""


def nothing_to_check(case: Case, plan: FlowPlan) -> str | None:
    """Return why nothing of the case can be checked, and what to add. None if something can."""
    shows_services = plan.flows or case.faults or case.settings or case.krb5 is not None
    if shows_services or case.has_logs or case.deny:
        return None
    refused = tr(
        "{case}: nothing to check. No file in it names a service of the cluster. "
        "Add krb5.conf, core-site.xml, hdfs-site.xml, hive-site.xml or an answer of "
        "ListApplicationConfigs; docs/case.md tells how to export each.",
        case=case.name,
    )
    return sentences([refused, _unread(case)])


def _unread(case: Case) -> str:
    """Return which files are there and not read, with the cause. "" if none is."""
    named = [tr("{file} ({why})", file=each.check, why=each.cause) for each in case.skipped]
    return tr("Not read: {files}.", files=clean(series(named, MOST_UNREAD))) if named else ""
