"""What is said of a cluster whose type, release or region cannot be registered?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.output.sentences import series
from probes.language import tr


def cluster_type(s: Statement) -> Words:
    """DW-TYPE: the type is none that DataWorks registers."""
    return Words(
        tr("DataWorks does not register a cluster of type {type}", type=s.text("type")),
        tr(
            "The cluster is of type {type}. The registration page lists {types}.",
            type=s.text("type"),
            types=series(s.texts("types")),
        ),
        "",
        (tr("Create a DataLake cluster, or ask Alibaba Cloud by a ticket."),),
    )


def hadoop_release(s: Statement) -> Words:
    """DW-HADOOP-VERSION: the release of a Hadoop cluster is not listed."""
    return Words(
        tr("DataWorks does not register a Hadoop cluster of release {release}", release=s.text("release")),
        tr(
            "The cluster is of type HADOOP and release {release}. For this type the page lists {releases}, and no "
            "other.",
            release=s.text("release"),
            releases=series(s.texts("releases")),
        ),
        "",
        (tr("Migrate to a DataLake cluster of release {minimum} or later.", minimum=_alternatives(s)),),
    )


def hadoop_type(s: Statement) -> Words:
    """DW-HADOOP-OLD: Hadoop clusters are no longer recommended."""
    return Words(
        tr("Clusters of type HADOOP are no longer recommended"),
        tr("The cluster is of type HADOOP, the old data lake. The registration page asks to migrate it soon."),
        "",
        (tr("Migrate to a DataLake cluster of release {minimum} or later.", minimum=_alternatives(s)),),
    )


def datalake_release(s: Statement) -> Words:
    """DW-DATALAKE-VERSION: the release of a DataLake or Custom cluster is too old."""
    return Words(
        tr("Release {release} is too old for DataWorks", release=s.text("release")),
        tr(
            "The cluster is of type {type} and release {release}. DataWorks registers this type from {least} on.",
            type=s.text("type"),
            release=s.text("release"),
            least=s.text("least"),
        ),
        "",
        (
            tr(
                "Create a cluster of release {least} or later: the release of a cluster cannot be changed.",
                least=s.text("least"),
            ),
        ),
    )


def region(s: Statement) -> Words:
    """DW-REGION: EMR Serverless Spark is not registered in this region."""
    return Words(
        tr("DataWorks does not register EMR Serverless Spark in {region}", region=s.text("region")),
        tr(
            "The workspace is in {region}. The registration page lists {regions}.",
            region=s.text("region"),
            regions=series(s.texts("regions")),
        ),
        tr("Other pages of Alibaba Cloud do list it: {pages}.", pages=series(s.texts("elsewhere")))
        if s.texts("elsewhere")
        else "",
        (_other_region(s),),
    )


def _other_region(s: Statement) -> str:
    if s.texts("elsewhere"):
        return tr(
            "First look whether Register Cluster in the DataWorks console offers it in {region}. If it does not, "
            "create both workspaces in a region of the list.",
            region=s.text("region"),
        )
    return tr("Create the EMR Serverless Spark workspace and the DataWorks workspace in one of these regions.")


def _alternatives(s: Statement) -> str:
    return tr(" or ").join(s.texts("minimum"))
