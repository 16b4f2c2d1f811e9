"""Are names told apart that one slip of the hand makes of each other?"""

from __future__ import annotations

import pytest

from diagnose.findings.spelling import is_mistyped


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("hdfs-clusterx", "hdfs-cluster", True),
        ("hdfs-cluter", "hdfs-cluster", True),
        ("hdfs-clutser", "hdfs-cluster", True),
        ("EMR.C-B58C.COM", "EMR.C-B59C.COM", True),
        ("hdfs-clusterr", "hdfs-cluster", True),
        ("hdfs-cluster", "hdfs-cluster", False),
        ("hdfs-cluster", "emr-cluster", False),
        ("EMR.C-A58C.COM", "EMR.C-B59C.COM", False),
        ("ns1", "ns2", False),
        ("", "hdfs-cluster", False),
    ],
)
def test_one_slip_is_a_typing_mistake_and_another_name_is_none(name: str, other: str, expected: bool) -> None:
    assert is_mistyped(name, other) is expected
    assert is_mistyped(other, name) is expected
