"""Do we read durations as libkrb5 and Java do? libkrb5 is asked here, Java in the lab."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files.krb5conf.durations import JdkDurationError, jdk_seconds, meant_seconds, mit_seconds, spelled_duration

pytestmark = pytest.mark.needs("libkrb5")

PIECES = (
    *("0", "1", "7", "01", "60", "100", "24855", "24856", "596523", "2147483647", "99999999999"),
    *("d", "h", "m", "s", "d", "h", "m", "s", "H", "o", "w", " ", " ", "\t", "-", ":", "+", ".", "#", "é"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_mit_reads_what_libkrb5_reads(text: str) -> None:
    from tests.support.oracles.libkrb5 import deltat

    assert mit_seconds(text) == deltat(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("36000", 36000),
        ("10:00:00", 36000),
        ("1:30", 5400),
        ("24h", 86400),
        ("24H", 86400),
        ("1d 2h", 93600),
        ("1d2h3m4s", 93784),
        ("120m", 7200),
        (" ", 0),
        ("30000d", 30000 * 86400 - (1 << 32)),
    ],
)
def test_java_reads_the_whole_text(text: str, seconds: int) -> None:
    assert jdk_seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["24hours", "7 days", "24 h", "-1", "+5", "1:60", "1:00:60", "1:2:3:4", "h", "1w", "٣"]
)
def test_java_refuses_every_other_text(text: str) -> None:
    with pytest.raises(JdkDurationError, match=r"^Illegal duration format ") as caught:
        jdk_seconds(text)
    assert (caught.value.message, caught.value.is_number) == (f"Illegal duration format {text}", False)


@pytest.mark.parametrize("text", ["2147483648", "99999999999d", "1:99999999999"])
def test_java_fails_at_numbers_that_are_too_large(text: str) -> None:
    with pytest.raises(JdkDurationError) as caught:
        jdk_seconds(text)
    assert caught.value.is_number
    assert caught.value.message.startswith("java.lang.NumberFormatException: For input string: ")


def test_java_wants_a_value() -> None:
    with pytest.raises(JdkDurationError, match=r"^Duration cannot be empty$"):
        jdk_seconds("")


@given(st.integers(1, (1 << 31) - 1))
def test_a_spelled_duration_is_read_alike(seconds: int) -> None:
    text = spelled_duration(seconds)
    assert mit_seconds(text) == jdk_seconds(text) == meant_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7 days", 604800),
        ("1.5 hours", 5400),
        ("1w", 604800),
        ("24H", 86400),
        ("1d, 2h", 93600),
        ("h", None),
        ("", None),
        ("5 z", None),
    ],
)
def test_what_the_writer_meant(text: str, seconds: int | None) -> None:
    assert meant_seconds(text) == seconds
