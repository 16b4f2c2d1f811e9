"""What would decide a rule that cannot be checked? Noun phrases, and the inputs that they name."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.case.model import Case
from diagnose.output.sentences import series
from diagnose.registration.model import Need, RuleInput
from probes.language import tr

GET_CLUSTER = "emr:GetCluster"
GET_PROJECT = "dataworks-public:GetProject"
PROJECTS = "dataworks-public:ListProjects"
RESOURCES = "dataworks-public:ListComputeResources"
MEMBERS = "dataworks-public:ListProjectMembers"
MAPPINGS = "dataworks-public:GetComputeResourceAuthUserMappings"
VSWITCHES = "vpc:DescribeVSwitchAttributes"


def key_of(table: str, *keys: str) -> Need:
    """Return keys of case.toml, for what only a person knows."""
    text = tr("{key} in [{table}] of case.toml", key=series(keys), table=table)
    return Need(text, tuple(RuleInput("key", key, table) for key in keys))


def answer_of(call: str) -> Need:
    """Return an answer of an API."""
    return Need(tr("the answer of {call}", call=call), (RuleInput("answer", call),))


def answer_or_key(call: str, table: str, key: str) -> Need:
    """Return an answer of an API, or the key of case.toml that says the same."""
    text = tr("the answer of {call}, or {key} in [{table}] of case.toml", call=call, key=key, table=table)
    return Need(text, (RuleInput("answer", call),))


def answers_or_key(calls: Sequence[str], table: str, key: str) -> Need:
    """Return a key of case.toml, or the answers of DataWorks that say the same.

    The key is the recommended way: a cluster that is not registered yet is in no answer.
    """
    text = tr(
        "{key} in [{table}] of case.toml, or the answers of {calls}", key=key, table=table, calls=series(list(calls))
    )
    return Need(text, (RuleInput("key", key, table),))


def answer_or_file(call: str, name: str) -> Need:
    """Return an answer of an API, or a file that says the same."""
    return Need(tr("the answer of {call}, or {name}", call=call, name=name), (RuleInput("answer", call),))


def file_of(*names: str) -> Need:
    """Return files of the case, all of which are needed."""
    return Need(series(names), tuple(RuleInput("file", name) for name in names))


def accounts_of(case: Case) -> Need:
    """Return what says whose cluster and resource group are, as far as that is not known."""
    given = {"cluster": case.cluster.account, "resource_group": case.resource_group.account}
    keys = [key_of(table, "account") for table, account in given.items() if account is None]
    text = tr(
        "{keys}, or the answers of {call} with the owners of the vSwitches",
        keys=series([key.text for key in keys]),
        call=VSWITCHES,
    )
    return Need(text, tuple(one for key in keys for one in key.inputs))
