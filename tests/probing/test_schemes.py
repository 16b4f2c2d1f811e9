"""What is said of a target that `probe` does not take?"""

from __future__ import annotations

import pytest

from diagnose.probing.schemes import parse
from diagnose.probing.target import TargetError


@pytest.mark.parametrize("text", ["master-1-1:8020", "127.0.0.1:8020"])
def test_a_host_and_port_without_a_scheme_are_told_as_the_tcp_port(text: str) -> None:
    with pytest.raises(TargetError, match=f"no scheme. A TCP port is tcp://{text}; probe --list"):
        parse(text)


def test_a_host_alone_is_told_with_an_example_of_a_port() -> None:
    with pytest.raises(TargetError, match=r"no scheme. A TCP port is tcp://master-1-1:8020; probe --list"):
        parse("master-1-1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo://master-1-1:8020", "no kind of target begins so; probe --list shows all"),
        ("a b:8020", "no kind of target begins so; probe --list shows all"),
        ("hadop://master-1-1", "did you mean hadoop://\\?"),
    ],
)
def test_a_scheme_that_is_none_is_told_with_those_that_are_spelled_alike(text: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        parse(text)
