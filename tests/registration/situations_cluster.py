"""Situations of the rules about the cluster itself: type, release, region."""

from __future__ import annotations

from collections.abc import Mapping

from tests.registration.situations import Situation

SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "cluster-type": (
        Situation("passed", "DATALAKE"),
        Situation("failed", "DATAFLOW", toml={"cluster": {"type": "DATAFLOW"}}, code="DW-TYPE"),
        Situation("not-checkable", "emr:GetCluster", toml={"cluster": {"type": None}}),
    ),
}
