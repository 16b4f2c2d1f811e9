"""What is said if the services of the cluster do not permit what DataWorks passes on?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from probes.language import marked, tr

REFRESH = marked(
    "Then run hdfs dfsadmin -refreshSuperUserGroupsConfiguration and yarn rmadmin "
    "-refreshSuperUserGroupsConfiguration, and restart Kyuubi if it is used."
)
"""End of advice that says the edit itself."""

STEP = marked(
    "Run hdfs dfsadmin -refreshSuperUserGroupsConfiguration and yarn rmadmin "
    "-refreshSuperUserGroupsConfiguration, and restart Kyuubi if it is used."
)
"""The whole advice beside an edit of the report."""


def proxy(s: Statement) -> Words:
    """DW-PROXY: a task has two sets of permissions."""
    return Words(
        tr("A task has other permissions in DataStudio than in Operation Center"),
        tr(
            "Proxy user information is passed. In DataStudio a task runs for the person who starts it, in Operation "
            "Center for the default access identity, {identity}.",
            identity=s.text("identity"),
        ),
        tr("A task that works when it is tried may fail when it is scheduled, or the other way round."),
        (tr("Grant both of them what the tasks need, or choose Do Not Pass for Pass Proxy User Information."),),
    )


def nobody(s: Statement) -> Words:
    """PROXY-USER: the identity may act for nobody."""
    return Words(
        tr("{user} may not act for other users", user=s.text("user")),
        tr(
            "Neither {users} nor {groups} names anybody in {file}, so NameNode, ResourceManager and Kyuubi refuse "
            "{user} for everybody else.",
            users=s.text("users_key"),
            groups=s.text("groups_key"),
            file=s.text("file"),
            user=s.text("user"),
        ),
        tr("Tasks then say “User: {user} is not allowed to impersonate …”.", user=s.text("user")),
        *_repair(
            s,
            tr(
                "In {file} set {groups} to the groups of those who run tasks, or {users} to their names. {refresh}",
                file=s.text("file"),
                groups=s.text("groups_key"),
                users=s.text("users_key"),
                refresh=tr(REFRESH),
            ),
        ),
    )


def _repair(s: Statement, advice: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what to do in words, and what an edit says as well, if the value to write is known."""
    return ((tr(STEP),), (advice,)) if s.is_true("is_value_known") else ((advice,), ())


def nowhere(s: Statement) -> Words:
    """PROXY-HOST: the identity may not act for others from the resource group."""
    key, value, missing = s.text("key"), s.text("value"), ", ".join(s.texts("missing"))
    advice = tr(
        "In {file} set {key} to {right}. {refresh}",
        file=s.row("origin").text("file"),
        key=key,
        right=s.text("right"),
        refresh=tr(REFRESH),
    )
    if refused := ", ".join(s.texts("refused")):
        return Words(
            tr("{key} has an entry for which the NameNode does not start", key=key),
            tr(
                "{key} is {value}. Hadoop takes addresses, IPv4 blocks and names, and {refused} is none of these.",
                key=key,
                value=value,
                refused=refused,
            ),
            "",
            *_repair(s, advice),
        )
    title = tr("{user} may not act for other users from the resource group", user=s.text("user"))
    detail = tr("Tasks then say “Unauthorized connection for super-user: {user} … from IP …”.", user=s.text("user"))
    if not value:
        said = tr(
            "{key} is not set, so {user} may act for others from nowhere, {missing} included.",
            key=key,
            user=s.text("user"),
            missing=missing,
        )
        return Words(title, said, detail, *_repair(s, advice))
    return Words(
        title,
        tr(
            "{key} is {value}, which does not have {missing} of the resource group.",
            key=key,
            value=value,
            missing=missing,
        ),
        detail,
        *_repair(s, advice),
    )
