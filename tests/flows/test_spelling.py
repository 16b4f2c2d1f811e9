"""Are names and ports told apart that one slip of the hand makes of each other?"""

from __future__ import annotations

import pytest

from diagnose.flows.spelling import is_mistyped, is_mistyped_port, placeholder


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default_realm = {{ realm }}", "{{ realm }}"),
        ("{%- for kdc in kdcs -%}", "{%- for kdc in kdcs -%}"),
        ("<%= @realm %> = {", "<%= @realm %>"),
        ("kdc = ${KDC_HOST}:88", "${KDC_HOST}"),
        ("kdc = $KDC_HOST", "$KDC_HOST"),
        ("default_realm = @REALM@", "@REALM@"),
        ("default_realm = __REALM__", "__REALM__"),
        ("kdc = <kdc host>", "<kdc host>"),
        ("default_ccache_name = FILE:/tmp/krb5cc_%{uid}", None),
        ("auth_to_local = RULE:[2:$1/$2@$0](nn/.*@R.COM)s/.*/hdfs/", None),
        ("hdfs/_HOST@R.COM", None),
        ("kdc = kdc.example.com:88", None),
    ],
)
def test_a_place_that_was_to_be_filled_in_is_told_from_the_words_of_a_setting(text: str, expected: str | None) -> None:
    assert placeholder(text) == expected
