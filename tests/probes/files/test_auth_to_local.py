"""Rules of auth_to_local. The comparison with Hadoop itself is in tests/lab/dial."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files.hadoopconf.auth_to_local import LONGEST, AuthToLocalError, read_rules, short_name


@pytest.mark.parametrize(
    ("text", "principal", "expected"),
    [
        ("DEFAULT", "alice@R.COM", ("name", "alice")),
        ("", "hdfs/m@R.COM", ("name", "hdfs")),
        ("DEFAULT", "alice@OTHER", ("no-rule", "")),
        ("RULE:[1:$1@$0](.*@OTHER)s/@.*//L DEFAULT", "ALICE@OTHER", ("name", "alice")),
        ("RULE:[1:$1@$0]", "alice@R.COM", ("not-simple", "alice@R.COM")),
        ("RULE:[1:$1@$0](\\p{Lower}+@R)s/x//", "aaaa@R.COM", ("unknown", "")),
        ("DEFAULT", "no realm", ("unknown", "")),
        ("RULE:[1:$01@$0](.*@R.COM)s/@.*//", "alice@R.COM", ("name", "alice")),
        ("RULE:[1:$00009]", "alice@R.COM", ("unknown", "")),
        (f"RULE:[1:${'9' * 5000}]", "alice@R.COM", ("unknown", "")),
        (f"RULE:[{'9' * 5000}:$1] DEFAULT", "alice@R.COM", ("name", "alice")),
    ],
)
def test_the_first_rule_that_fits_gives_the_name(text: str, principal: str, expected: tuple[str, str]) -> None:
    rules = read_rules(text)

    made = short_name(rules or (), principal, "R.COM") if rules is not None else None

    assert (made.kind, made.name) == expected if made is not None else expected == ("unknown", "")


def test_a_rule_that_hadoop_does_not_read_is_told_with_the_rules_before_it() -> None:
    with pytest.raises(AuthToLocalError) as caught:
        read_rules("RULE:[1:$1]\n  rule:[1:$1] DEFAULT")

    assert (caught.value.rest.strip(), caught.value.before) == ("rule:[1:$1] DEFAULT", ("RULE:[1:$1]",))


def test_more_than_is_read_is_our_bound() -> None:
    assert read_rules("DEFAULT " * LONGEST) is None


@given(st.text(alphabet="RULE:[12$1039@]().*+s/gLDEFAUT \n{}\\^|a", max_size=200), st.text(max_size=60))
def test_anything_ends_in_an_answer(text: str, principal: str) -> None:
    try:
        rules = read_rules(text)
    except AuthToLocalError:
        return
    if rules is not None:
        assert short_name(rules, principal, "R").kind in ("name", "no-rule", "not-simple", "unknown")


def test_a_hostile_pattern_takes_no_time() -> None:
    rules = read_rules("RULE:[1:$1@$0](.*.*.*.*x)s/.*.*.*.*y//g DEFAULT")
    assert rules is not None

    start = time.monotonic()
    short_name(rules, "a" * 60 + "@R", "R")

    assert time.monotonic() - start < 5
