"""What is a situation of a rule of registration: a case, and the answer that the rule must give?

Each situation is a change of one healthy cluster whose case.toml says all that only a person can
say. `test_every_rule.py` runs those of the modules `situations_*`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import tomli_w

from diagnose.case.directory import read
from diagnose.case.model import Case
from diagnose.engine import Diagnosis, diagnose
from diagnose.registration import RuleVerdict
from diagnose.scene.observed import recorded_observations
from tests.support.incident_cases import CLUSTER, Change, case_toml, changed, healthy, write

Table = Mapping[str, object]
"""Key of a table of case.toml -> its value. None takes the key away."""

SAID: Mapping[str, Table] = {
    "cluster": {"account": "1111111111111111", "ldap": False, "changed_at": "2026-10-20T09:00:00Z"},
    "resource_group": {"account": "1111111111111111"},
    "workspace": {"mode": "basic", "environment": "prod", "busy_hours": ["08:00-20:00"]},
    "registration": {
        "initialized_at": "2026-11-01T08:00:00Z",
        "initialize_at": "2026-12-01T03:00:00",
        "pass_proxy_user": False,
        "default_access_identity": "hadoop",
        "identity_mapping": False,
        "operator": "ram-user",
        "policies": ["AliyunEMRFullAccess"],
        "roles": ["Workspace Administrator"],
        "display_name": "emr-prod",
        "other_names": ["emr-dev"],
        "registered_by": [],
        "engines": ["hive", "spark"],
    },
}
"""What case.toml says beside what `healthy` has, so that every rule is kept."""


def answer_of_cluster(state: str) -> str:
    """Return the answer of GetCluster for the healthy cluster in this state."""
    return json.dumps({"Cluster": {"ClusterId": CLUSTER, "ClusterState": state, "RegionId": "cn-hangzhou"}})


HELD: Change = {
    "hive-site.xml": {"hive.exec.post.hooks": "com.aliyun.emr.meta.hive.hook.LineageLoggerHook"},
    "hivemetastore-site.xml": {
        "hive.metastore.event.listeners": "com.aliyun.emr.meta.hive.listener.MetaStoreListener",
        "hive.metastore.pre.event.listeners": "com.aliyun.emr.meta.hive.listener.MetaStorePreAuditListener",
    },
    "cluster.json": answer_of_cluster("RUNNING"),
    "spark-defaults.conf": "spark.sql.queryExecutionListeners com.aliyun.emr.meta.spark.listener.EMRQueryLogger\n",
}
"""What the files hold beside those of `healthy`, so that every rule is kept."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A case, and the answer of one rule."""

    state: Literal["passed", "failed", "not-checkable"]
    """The answer."""
    says: str
    """A part of `why`, or of `needs` if it is not checkable."""
    toml: Mapping[str, Table] = field(default_factory=dict)
    """Table of case.toml -> keys that differ from `SAID` and from the healthy cluster."""
    files: Change = field(default_factory=dict)
    """Files that differ from those of the healthy cluster."""
    code: str = ""
    """Code of its finding. "" if it does not fail, or if the diagnosis has the finding."""
    kerberos: bool = False
    """Whether the cluster has Kerberos."""
    twin: Situation | None = None
    """The other environment of a standard workspace. None if only one is given."""
    today: date = date(2026, 11, 29)
    """The day of the run."""


def diagnosed(folder: Path, situation: Situation) -> Diagnosis:
    """Write the case of a situation below `folder`, and return its diagnosis with all rules."""
    case = _case(folder / "case", situation)
    twin = None if situation.twin is None else _case(folder / "twin", situation.twin)
    return diagnose(case, recorded_observations(case), today=situation.today, with_rules=True, twin=twin)


def verdict_of(diagnosis: Diagnosis, rule: str) -> RuleVerdict:
    """Return the verdict on one rule."""
    return next(verdict for verdict in diagnosis.rules if verdict.rule.id == rule)


def _case(folder: Path, situation: Situation) -> Case:
    base = changed(healthy(kerberos=situation.kerberos), HELD)
    files = changed({**base, "case.toml": toml_of(situation)}, situation.files)
    write(folder, files)
    return read([folder])


def toml_of(situation: Situation) -> str:
    """Return the case.toml of a situation."""
    text = tomllib.loads(case_toml(kerberos=situation.kerberos))
    for changes in (SAID, situation.toml):
        for name, table in changes.items():
            merged = {**text.get(name, {}), **table}
            text[name] = {key: value for key, value in merged.items() if value is not None}
    return tomli_w.dumps(text)
