"""What is said of people and accounts: who may register, the name, clusters of another account?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.output.sentences import sentences, series
from probes.language import tr


def operator(s: Statement) -> Words:
    """DW-RAM-REGISTER: the operator lacks a policy or the role in the workspace."""
    had = series([*s.texts("policies"), *s.texts("roles")])
    advice = []
    if s.is_true("needs_emr"):
        advice.append(
            tr("Grant {policy} to the operator: RAM console, Users or Roles, Grant Permission.", policy=s.text("emr"))
        )
    if s.is_true("needs_role"):
        advice.append(
            tr(
                "Give the operator the role {role} (DataWorks console, Management Center, Workspace Members and "
                "Roles), or grant {policy} in the RAM console.",
                role=s.text("role"),
                policy=s.text("dataworks"),
            )
        )
    return Words(
        tr("The operator may not register clusters"),
        tr("The operator ({operator}) has {had}.", operator=s.text("operator"), had=had)
        if had
        else tr("The operator ({operator}) has no policy and no role.", operator=s.text("operator")),
        tr(
            "Permitted are the Alibaba Cloud account itself, and a RAM user or role with {emr} and either the role "
            "{role} or {dataworks}.",
            emr=s.text("emr"),
            role=s.text("role"),
            dataworks=s.text("dataworks"),
        ),
        tuple(advice),
    )


def display_name(s: Statement) -> Words:
    """DW-NAME: no display name, or one that another cluster has."""
    name = s.text("name")
    if not name:
        return Words(
            tr("The cluster has no display name"),
            tr("case.toml gives an empty display name, and the form asks for one."),
            "",
            (tr("Choose a name that no other cluster in DataWorks has."),),
        )
    return Words(
        tr("The display name {name} is taken", name=name),
        tr("Another cluster in DataWorks has the display name {name}, and the form wants a unique one.", name=name),
        "",
        (tr("Choose a name that no other cluster in DataWorks has."),),
    )


def other_account_type(s: Statement) -> Words:
    """DW-XACCOUNT-TYPE: the type is registered in its own account only."""
    return Words(
        tr("A cluster of type {type} cannot be registered across accounts", type=s.text("type")),
        sentences(
            (
                _accounts(s),
                tr("Across accounts DataWorks registers {types}.", types=series(s.texts("types"))),
            )
        ),
        "",
        (_from_own_account(s),),
    )


def other_account_metadata(s: Statement) -> Words:
    """DW-XACCOUNT-META: the metadata is in DLF."""
    return Words(
        tr("A cluster of another account must not have its metadata in DLF"),
        sentences((_accounts(s), tr("Its metadata is in DLF."))),
        "",
        (
            _from_own_account(s),
            tr("Or move the metadata of the cluster to a database in RDS (EMR console, Hive, Configure)."),
        ),
    )


def other_account_kerberos(s: Statement) -> Words:
    """DW-XACCOUNT-KRB: the cluster has Kerberos."""
    return Words(
        tr("Kerberos is not supported for a cluster of another account"),
        sentences((_accounts(s), tr("The cluster has Kerberos."))),
        "",
        (_from_own_account(s),),
    )


def other_account_role(s: Statement) -> Words:
    """DW-XACCOUNT-ROLE: UID, role or trust policy are not as they must be."""
    account, principal = s.text("account"), s.text("principal")
    facts, advice = [], []
    if s.is_true("is_uid_wrong"):
        facts.append(tr("The UID in the form is {uid}.", uid=s.text("uid") or tr("empty")))
        advice.append(tr("Enter {account} as UID of Alibaba Cloud Account.", account=account))
    if s.is_true("is_role_missing"):
        facts.append(tr("The form has no RAM role."))
        advice.append(
            tr(
                "As account {account} create a RAM role with the policy {policy}, and enter its name in the form.",
                account=account,
                policy=s.text("policy"),
            )
        )
    if s.is_true("is_untrusted"):
        trusts = s.texts("trusts")
        facts.append(
            tr("The RAM role trusts {trusts}, not {principal}.", trusts=series(trusts), principal=principal)
            if trusts
            else tr(
                "The trust policy of the RAM role names no principal, and {principal} must be one.", principal=principal
            )
        )
        advice.append(
            tr(
                "As account {account} set the principal of the trust policy to {principal}: RAM console, Roles, Trust "
                "Policy, Edit.",
                account=account,
                principal=principal,
            )
        )
    return Words(
        tr("DataWorks cannot use a RAM role of account {account}", account=account),
        sentences((_accounts(s), *facts)),
        "",
        tuple(advice),
    )


def registered_elsewhere(s: Statement) -> Words:
    """DW-XACCOUNT-WS: another account registered the cluster."""
    others = series(s.texts("others"))
    return Words(
        tr("The cluster is registered by another account already"),
        tr(
            "Account {others} registered the cluster. The workspaces of a cluster must all be of one account, and this "
            "one is of {own}.",
            others=others,
            own=s.text("own"),
        ),
        "",
        (
            tr(
                "Remove the cluster from the workspaces of {others} first: DataWorks console, Management Center, "
                "Cluster Management.",
                others=others,
            ),
        ),
    )


def _accounts(s: Statement) -> str:
    return tr(
        "The cluster is of account {account}, the resource group of {own}.",
        account=s.text("account"),
        own=s.text("own"),
    )


def _from_own_account(s: Statement) -> str:
    return tr("Register the cluster from a workspace of account {account}.", account=s.text("account"))
