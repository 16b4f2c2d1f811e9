"""Which accounts own the cluster and the resource group, if case.toml does not say?

ECS, EMR and DataWorks state no owner of a cluster or of a resource group. The vSwitches do: their
machines are of the same account, unless a vSwitch is shared.
"""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.case.model import Case
from probes.frozen import replace


def with_accounts(case: Case) -> Case:
    """Return the case with the accounts that own its vSwitches, where it names none."""
    cluster, group = case.cluster, case.resource_group
    if cluster.account is None:
        cluster = replace(cluster, account=_owner(case, (node.vswitch for node in case.nodes)))
    if group.account is None:
        group = replace(group, account=_owner(case, (network.vswitch for network in group.networks)))
    return replace(case, cluster=cluster, resource_group=group)


def _owner(case: Case, vswitches: Iterable[str | None]) -> str | None:
    """Return the account that owns all of these. None if one of them has another or no known
    owner."""
    owners = {case.vswitches[name].owner if name in case.vswitches else None for name in vswitches if name}
    return owners.pop() if len(owners) == 1 else None
