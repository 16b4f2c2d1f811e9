"""Which bytes are a request, and what is told of others?"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.exporter.web_request import BadRequestError, WebResponse, parse_request


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join((line, *fields, "", "")).encode("latin-1")


def test_path_parameters_and_header_fields_are_read() -> None:
    request = parse_request(head("GET /probe?target=h%3A88&module=krb5%2Budp&x= HTTP/1.1", "Host: a", "X-Y:  z "))
    assert (request.method, request.path) == ("GET", "/probe")
    assert (request.parameter("target"), request.parameter("module")) == ("h:88", "krb5+udp")
    assert (request.parameter("x"), request.parameter("absent")) == (None, None)
    assert request.headers == {"host": "a", "x-y": "z"}


def test_a_parameter_that_is_given_twice_is_refused() -> None:
    with pytest.raises(BadRequestError, match="target"):
        parse_request(head("GET /probe?target=a&target=b HTTP/1.1")).parameter("target")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (head("GET / HTTP/2.0"), 400),
        (head("GET http://h/ HTTP/1.1"), 400),
        (head("get / HTTP/1.1"), 400),
        (head("GET  / HTTP/1.1"), 400),
        (head("GET /\x7f HTTP/1.1"), 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (head("GET / HTTP/1.1", "no colon"), 400),
        (head("GET / HTTP/1.1", " folded: x"), 400),
        (head("GET / HTTP/1.1", "a: b\x00"), 400),
        (head("GET / HTTP/1.1", "a: b\nc: d"), 400),
        (head("GET / HTTP/1.1", *["a: b"] * 101), 400),
        (head("GET /?" + "a=1&" * 30 + " HTTP/1.1"), 400),
        (head("GET /?a=%ff HTTP/1.1"), 400),
        (head("POST / HTTP/1.1"), 405),
        (head("CONNECT / HTTP/1.1"), 405),
        (head("GET / HTTP/1.1", "Content-Length: 5"), 413),
        (head("GET / HTTP/1.1", "Transfer-Encoding: chunked"), 413),
    ],
)
def test_what_is_no_request_that_is_answered_is_refused(raw: bytes, status: int) -> None:
    with pytest.raises(BadRequestError) as raised:
        parse_request(raw)
    assert raised.value.status == status


@given(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(lambda text: f"GET /{text} HTTP/1.1".encode())))
def test_no_bytes_are_a_bug(raw: bytes) -> None:
    with suppress(BadRequestError):
        parse_request(raw + b"\r\n\r\n").parameter("target")


def test_an_answer_to_head_has_the_length_and_no_body() -> None:
    response = WebResponse.plain(HTTPStatus.OK, "hello", Retry_After="1")
    whole, short = (response.encoded(more={}, with_body=body) for body in (True, False))
    assert whole.endswith(b"\r\n\r\nhello\n")
    assert short.endswith(b"\r\n\r\n")
    assert b"Content-Length: 6\r\n" in short
    assert b"Retry-After: 1\r\n" in short
