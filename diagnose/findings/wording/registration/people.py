"""What is said of people and accounts: who may register, the name, clusters of another account?"""

from __future__ import annotations

from diagnose.findings.values import Statement, Values
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


def identity_not_offered(s: Statement) -> Words:
    """DW-ID-OPTION: the environment does not have this identity."""
    names = series(s.texts("offered"))
    title = (
        tr("{identity} is no default access identity of the development environment", identity=s.text("identity"))
        if s.text("environment") == "dev"
        else tr("{identity} is no default access identity of the production environment", identity=s.text("identity"))
    )
    return Words(
        title,
        tr("The form offers {names} there.", names=names),
        "",
        (tr("Choose one of {names} as Default Access Identity.", names=names),),
    )


def ram_users(s: Statement) -> Words:
    """DW-ID-RAM-FALLBACK: no mapping, and LDAP or Kerberos."""
    if s.is_true("has_ldap") and s.is_true("has_kerberos"):
        fact, advice = (
            tr("The cluster has LDAP and Kerberos, and identities are not mapped."),
            tr("Choose hadoop as Default Access Identity: with both of them a mapping makes tasks fail as well."),
        )
    else:
        protocol = "Kerberos" if s.is_true("has_kerberos") else "LDAP"
        fact = tr("The cluster has {protocol}, and identities are not mapped.", protocol=protocol)
        advice = tr("Map each RAM user to an account of the cluster: {path}.", path=_mappings())
    return Words(
        tr("Tasks of RAM users fail without an identity mapping"),
        fact,
        tr(
            "The default access identity is {identity}. Without a mapping DataWorks uses the system account of the "
            "same name, and that fails with LDAP or Kerberos.",
            identity=s.text("identity"),
        ),
        (advice,),
    )


def cloud_account(_: Statement) -> Words:
    """DW-ID-ACCOUNT: the Alibaba Cloud account has no mapping."""
    return Words(
        tr("Tasks of the Alibaba Cloud account fail without an identity mapping"),
        tr("The default access identity is the Alibaba Cloud account, and identities are not mapped."),
        tr("DataWorks has no account to fall back to, so each task reports an error."),
        (tr("Map the Alibaba Cloud account to an account of the cluster: {path}.", path=_mappings()),),
    )


def both_protocols(_: Statement) -> Words:
    """DW-ID-LDAP-KRB: a mapping on a cluster with LDAP and Kerberos."""
    return Words(
        tr("Identity mappings do not work with LDAP and Kerberos at once"),
        tr("The cluster has LDAP and Kerberos, and identities are mapped."),
        tr("The page about mappings says that tasks fail then."),
        (
            tr("Remove the mappings ({path}) and choose hadoop as Default Access Identity.", path=_mappings()),
            tr("Or switch LDAP off for the engines (EMR console, the service, Status, Disable LDAP)."),
        ),
    )


def standard_mode(s: Statement) -> Words:
    """DW-STD-TWO: one cluster, or one place for the metadata of both environments."""
    if s.text("what") == "metadata":
        one, other = s.row("one").row("origin"), s.row("other").row("origin")
        return Words(
            tr("Development and production share their metadata"),
            tr("Both keep it in {place}.", place=s.text("place")),
            tr(
                "It stands in {one} of one case, and in {other} of the other.",
                one=_line(one),
                other=_line(other),
            ),
            (
                tr("Give each cluster a catalog of its own in DLF (EMR console, Hive, Configure)."),
                tr("Or give each cluster a database of its own in RDS: {key} in hivemetastore-site.xml.", key=_URL),
            ),
        )
    if s.text("what") == "registered":
        sentence = tr("Both environments of the workspace have the cluster {cluster}.", cluster=s.text("cluster"))
    elif s.text("what") == "cluster":
        sentence = tr("Both cases are of the cluster {cluster}.", cluster=s.text("cluster"))
    else:
        sentence = tr("case.toml says that the workspace has {count} clusters.", count=s.text("count"))
    return Words(
        tr("A workspace in standard mode needs two clusters"),
        sentence,
        tr("Development and production are registered apart, each with a cluster of its own."),
        (tr("Create a second cluster, and register it for the environment that has none."),),
    )


_URL = "javax.jdo.option.ConnectionURL"


def _line(origin: Values) -> str:
    return ":".join(filter(None, (origin.text("file"), origin.text("line"))))


def _mappings() -> str:
    return tr("DataWorks console, Management Center, Cluster Management, the cluster, Account Mappings")


def _accounts(s: Statement) -> str:
    return tr(
        "The cluster is of account {account}, the resource group of {own}.",
        account=s.text("account"),
        own=s.text("own"),
    )


def _from_own_account(s: Statement) -> str:
    return tr("Register the cluster from a workspace of account {account}.", account=s.text("account"))
