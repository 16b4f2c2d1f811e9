"""What is said of a resource group that cannot run EMR tasks, and of tasks that it cannot run?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.output.sentences import series
from probes.language import tr


def type_of_group(s: Statement) -> Words:
    """DW-RG-TYPE: the resource group is of another type."""
    return Words(
        tr("A resource group of type {type} cannot run EMR tasks", type=s.text("type")),
        tr(
            "The resource group {group} is of type {type}. EMR tasks run on these types: {types}.",
            group=s.text("group"),
            type=s.text("type"),
            types=series(s.texts("types")),
        )
        if s.text("group")
        else tr(
            "The resource group is of type {type}. EMR tasks run on these types: {types}.",
            type=s.text("type"),
            types=series(s.texts("types")),
        ),
        "",
        (
            tr(
                "Create a serverless resource group (ResourceGroupType CommonV2), bind it to the workspace and to the "
                "cluster's VPC, and initialize that one."
            ),
        ),
    )


def flink(s: Statement) -> Words:
    """DW-FLINK: Flink is among the engines that will be used."""
    engine = s.text("engine")
    return Words(
        tr("DataWorks runs no EMR Flink tasks"),
        tr("{engine} is among the engines that will be used. DataWorks does not support it.", engine=engine),
        "",
        (tr("Run Flink jobs outside DataWorks, and take {engine} out of engines in case.toml.", engine=engine),),
    )
