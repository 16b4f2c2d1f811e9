"""Which configuration files are uploaded, and are they there?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from diagnose import data
from diagnose.case.model import Case
from diagnose.findings.values import Params
from diagnose.output.sentences import series
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, accounts_of, answer_or_key
from probes.files.hadoopconf import Configuration, Setting
from probes.language import tr

CONFIGS: Final = "emr:ListApplicationConfigs"

HADOOP: Final = "HADOOP"
"""The type whose files are uploaded also within one account."""

MOST_QUOTED: Final = 100
"""Most characters of a value that a finding quotes."""

MOST_NAMED: Final = 6
"""Most files that one clause names."""


def seven() -> tuple[str, ...]:
    """Return the names of the files that are uploaded, in the order of the page."""
    return tuple(data.table("registration")["file"])


def files_present(preflight: Preflight) -> RuleAnswer:
    """DW-FILES-MISSING: the files must be uploaded, and not all of them are there."""
    case = preflight.case
    there = {each.kind for each in case.inputs}
    missing = [name for name in seven() if name not in there]
    if not missing:
        return passed(tr("all seven files are there"))
    wanted = is_uploaded(case)
    if wanted is None:
        return undecided(case, tr("not there: {files}", files=series(missing, MOST_NAMED)))
    if not wanted:
        return passed(no_upload(case))
    return failed(broken("DW-FILES-MISSING", _missing(case, missing)))


def is_uploaded(case: Case) -> bool | None:
    """Return whether files are uploaded when this cluster is registered. None if it is not
    known."""
    kind, is_other = case.cluster.type, is_of_another_account(case)
    if kind is not None and kind.upper() == HADOOP:
        return True
    if is_other:
        return True
    return None if kind is None or is_other is None else False


def is_of_another_account(case: Case) -> bool | None:
    """Return whether the cluster is of another account than the resource group. None if one of the
    two is not known."""
    own, theirs = case.resource_group.account, case.cluster.account
    return None if own is None or theirs is None else own != theirs


def undecided(case: Case, why: str) -> RuleAnswer:
    """Return the answer where it is not known whether files are uploaded."""
    if case.cluster.type is None:
        cause = tr("it is not known whether files are uploaded: no file states the type of the cluster")
        need = answer_or_key(GET_CLUSTER, "cluster", "type")
    else:
        cause = tr("it is not known whether files are uploaded: no file states the accounts of cluster and workspace")
        need = accounts_of(case)
    return not_checkable(tr("{why}; {cause}", why=why, cause=cause) if why else cause, need)


def no_upload(case: Case) -> str:
    return tr(
        "no file is uploaded: the cluster is of type {kind}, and of the account of the workspace",
        kind=case.cluster.type,
    )


def _missing(case: Case, missing: list[str]) -> Params:
    places: Mapping[str, Mapping[str, str]] = data.table("registration")["file"]
    return {
        "files": missing,
        "type": case.cluster.type,
        "is_other_account": is_of_another_account(case) is True,
        "account": case.cluster.account,
        "listed": [name for name in missing if name in case.listed_settings],
        "paths": [f"{places[name]['page']}/{name}" for name in missing],
        "newer": [f"{places[name]['newer']}/{name}" for name in missing],
    }


def value_of(held: Configuration | None, setting: Setting) -> str:
    value = None if held is None else held.get(setting.key)
    return (setting.value if value is None else value).strip()


def quoted(value: str) -> str:
    return value if len(value) <= MOST_QUOTED else f"{value[:MOST_QUOTED]}…"
