"""What is said of a target that `probe` does not take?"""

from __future__ import annotations

import pytest

from diagnose.probing.schemes import parse
from diagnose.probing.target import TargetError


@pytest.mark.parametrize("text", ["master-1-1:8020", "127.0.0.1:8020"])
def test_a_host_and_port_without_a_scheme_are_told_as_the_tcp_port(text: str) -> None:
    with pytest.raises(TargetError, match=f"no scheme. A TCP port is tcp://{text}; probe --list"):
        parse(text)


@pytest.mark.parametrize("text", ["master-1-1", "foo://master-1-1:8020", "a b:8020"])
def test_anything_else_is_told_with_every_scheme(text: str) -> None:
    with pytest.raises(TargetError, match=r"not one of tcp://.*dns://"):
        parse(text)
