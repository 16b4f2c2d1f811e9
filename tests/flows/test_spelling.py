"""Are names and ports told apart that one slip of the hand makes of each other?"""

from __future__ import annotations

import pytest

from diagnose.flows.spelling import is_mistyped, is_mistyped_port


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


@pytest.mark.parametrize(
    ("port", "right", "expected"),
    [
        (9038, 9083, True),
        (983, 9083, True),
        (1000, 10000, True),
        (90883, 9083, True),
        (9083, 9083, False),
        (9093, 9083, False),
        (9830, 9083, False),
        (83, 9083, False),
        (808, 88, False),
    ],
)
def test_digits_swapped_or_one_missing_are_a_typing_mistake_of_a_port(port: int, right: int, expected: bool) -> None:
    assert is_mistyped_port(port, right) is expected
