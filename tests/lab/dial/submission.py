"""Which servers does spark-submit dial one after another, as far as the plan of a case tells?

ResourceManager, the file system for the files of the job, then that of Spark's libraries. A server
that answers ends its stage, so of several only the first is dialled. The libraries get no answer.
Source: org.apache.spark.deploy.yarn.Client.submitApplication, Spark 3.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from diagnose.case.model import Case
from diagnose.flows.authority import split_authority
from diagnose.flows.client_files import HDFS_CLIENT
from diagnose.flows.cluster import View, view
from diagnose.flows.model import BadSetting, Flow, FlowPlan, Read
from diagnose.flows.namenodes import dialled_for
from diagnose.flows.names import names
from probes.origin import Origin
from tests.lab.dial.clients import Experience
from tests.lab.dial.compared import is_address, is_here, places
from tests.lab.dial.recorder import Address

SPARK: Final = "spark-defaults.conf"
STAGING: Final = "spark.yarn.stagingDir"
LIBRARIES: Final = ("spark.yarn.archive", "spark.yarn.jars")


@dataclass(frozen=True, slots=True)
class Stage:
    """One server, or several of which one is needed."""

    dialled: tuple[Address, ...]
    """Where they are."""
    faults: frozenset[str]
    """Faults of the setting that names them."""
    answers: bool = True
    """True if the first one answers, so that the client dials no other."""


def stages(case: Case, plan: FlowPlan) -> Iterator[Stage]:
    """Yield the stages of a submission."""
    seen = view(case, names(case), ())
    managers = [flow for flow in plan.flows if flow.component == "resourcemanager-client"]
    own = [flow for flow in managers if flow.origin.file == SPARK]
    bad = [bad for bad in plan.bad_settings if bad.component == "resourcemanager-client" and bad.origin.file == SPARK]
    yield Stage(places(own or ([] if bad else managers)), frozenset(one.fault for one in bad))
    default = seen.effective(HDFS_CLIENT, spark=True).get("fs.defaultFS") or ""
    yield _stage(seen, plan, seen.read(STAGING, SPARK) or Read(default, Origin("")))
    libraries = next((read for key in LIBRARIES if (read := seen.read(key, SPARK))), None)
    if libraries is not None:
        yield replace(_stage(seen, plan, libraries), answers=False)


def _stage(seen: View, plan: FlowPlan, uri: Read) -> Stage:
    """Return the NameNodes of one URI that the plan has, each as a required flow."""
    authority = Read(uri.value.partition("://")[2].partition("/")[0], uri.origin)
    found = tuple(dialled_for(seen, authority, "required", None))
    required = places(flow for flow in plan.flows if flow.need == "required")
    dialled = places(flow for flow in found if isinstance(flow, Flow))
    assert set(dialled) <= set(required), f"{authority} is in no flow"
    faults = frozenset(bad.fault for bad in found if isinstance(bad, BadSetting))
    at = split_authority(authority.value)
    told = {split_authority(bad.value.removeprefix("hdfs://")) for bad in plan.bad_settings}
    assert not faults or at in told, f"{authority} is no finding"
    return Stage(dialled, faults)


def disagreement(told: tuple[Stage, ...], experience: Experience) -> str | None:
    """Return what differs, or None."""
    expected: list[Address] = []
    here = 0
    for stage in told:
        if stage.faults & {"unset", "loopback"}:
            here += 1
        elif not stage.dialled or not is_address(stage.dialled[0][0]):
            break
        else:
            expected += stage.dialled[:1] if stage.answers else stage.dialled
    elsewhere = [at for at in experience.dialled if not is_here(at)]
    if len(experience.dialled) - len(elsewhere) != here:
        return "loopback"
    return None if elsewhere == list(dict.fromkeys(expected)) else "other addresses"
