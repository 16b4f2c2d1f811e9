"""Does probes.kerberos.der write DER, and does it read only DER?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.kerberos import der
from probes.kerberos.der import DerError


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "0080"),
        (255, "00ff"),
        (256, "0100"),
        (-1, "ff"),
        (-128, "80"),
        (-129, "ff7f"),
        (2**32 - 1, "00ffffffff"),
    ],
)
def test_integers_take_the_fewest_bytes(value: int, content: str) -> None:
    """The examples of X.690 8.3, and the numbers beside each boundary."""
    written = der.write_integer(value)

    assert written[2:].hex() == content
    assert der.integer(der.read(written), value, value) == value


@given(st.integers(-(2**60), 2**60))
def test_integers_come_back(value: int) -> None:
    assert der.integer(der.read(der.write_integer(value)), -(2**60), 2**60) == value


@given(st.text())
def test_strings_come_back(text: str) -> None:
    assert (
        der.string(der.read(der.write_string(text.encode("utf-8", "replace").decode())))
        == text.encode("utf-8", "replace").decode()
    )


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_times_come_back_without_their_fraction(moment: datetime) -> None:
    assert der.time(der.read(der.write_time(moment))) == moment.replace(microsecond=0)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_come_back(size: int) -> None:
    assert der.octets(der.read(der.write(der.OCTET_STRING, bytes(size)))) == bytes(size)


def test_fields_are_found_by_number() -> None:
    sequence = der.read(der.write_fields(((0, der.write_integer(5)), (7, der.write_string("R")))))

    found = der.fields(sequence)

    assert set(found) == {0, 7}
    assert der.integer(found[0], 0, 9) == 5
    assert der.string(found[7]) == "R"


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        ("", 0),
        ("02", 0),
        ("0201", 2),
        ("020105ff", 3),
        ("3080", 1),  # indefinite length
        ("1f8101", 0),  # tag of several bytes
        ("04817f" + "00" * 127, 1),  # long form where the short one does
        ("048200ff" + "00" * 255, 1),
        ("0484000000ff", 1),
        ("0483010001", 1),  # more than we take
        ("0482", 2),
    ],
)
def test_what_is_not_der_is_refused_where_it_stops_being(data: str, offset: int) -> None:
    with pytest.raises(DerError) as caught:
        der.read(bytes.fromhex(data))

    assert caught.value.offset == offset


@pytest.mark.parametrize("content", ["", "0001", "ff80", "00" * 17])
def test_integers_with_needless_or_too_many_bytes_are_refused(content: str) -> None:
    element = der.read(der.write(der.INTEGER, bytes.fromhex(content)))

    with pytest.raises(DerError):
        der.integer(element, -(2**200), 2**200)


@pytest.mark.parametrize(
    "text", [b"20261124042218", b"20261124042218+", b"20261324042218Z", b"2026112404221\xb2Z", b"20261124042260Z", b""]
)
def test_times_that_no_calendar_has_are_refused(text: bytes) -> None:
    with pytest.raises(DerError):
        der.time(der.read(der.write(der.GENERALIZED_TIME, text)))


@pytest.mark.parametrize("numbers", [(1, 0), (1, 1)])
def test_context_tags_must_ascend(numbers: tuple[int, int]) -> None:
    sequence = der.read(der.write_fields((number, der.write_integer(1)) for number in numbers))

    with pytest.raises(DerError):
        der.fields(sequence)


def test_two_elements_in_an_explicit_tag_are_refused() -> None:
    element = der.read(der.write(der.context(0), der.write_integer(1) * 2))

    with pytest.raises(DerError):
        der.unwrap(element)


def test_a_sequence_without_end_is_refused() -> None:
    sequence = der.read(der.write_sequence(der.write_integer(1) for _ in range(1000)))

    with pytest.raises(DerError):
        der.items(sequence)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_element_or_a_der_error(data: bytes) -> None:
    problem: DerError | None = None
    try:
        der.fields(der.read(data))
    except DerError as error:
        problem = error

    assert problem is None or 0 <= problem.offset <= len(data)
