"""Is a case known whose addresses `redact` replaced?"""

from __future__ import annotations

import json

import pytest

from diagnose.case.directory import of_tree
from diagnose.case.redacted import addresses_of, networks_of
from diagnose.case.tree import Taking, Tree

NAMED = b'{"redacted": ["secrets", "addresses"]}'
SECRETS = b'{"redacted": ["secrets"]}'


def test_a_report_says_whether_addresses_were_replaced() -> None:
    assert addresses_of(NAMED) == "made-up"
    assert addresses_of(SECRETS) == "own"


@pytest.mark.parametrize("content", [b'{"redacted": 3}', b"[]", b"", NAMED[:-1]])
def test_a_report_that_cannot_be_read_leaves_open_whose_they_are(content: bytes) -> None:
    assert addresses_of(content) == "unknown"


@pytest.mark.parametrize("network", ["10.0.0.0", "0.0.0.0/0", "x", "10.1.0.0/24,10.2.0.0/24"])
def test_a_report_whose_network_is_none_cannot_be_read(network: str) -> None:
    content = json.dumps({"redacted": ["secrets"], "networks": [network]}).encode()
    assert (addresses_of(content), networks_of(content)) == ("unknown", ())


def test_the_networks_of_a_report_are_those_of_the_case() -> None:
    """Given an older one in case.toml, they replace it as --from does."""
    toml = b'[[resource_group.networks]]\ncidr = "10.9.0.0/24"\n'
    report = b'{"redacted": ["secrets", "addresses"], "networks": ["10.1.0.0/24", "fd00:1::/64"]}'
    case = of_tree(Tree("case", {"case.toml": toml, "redaction.json": report}))
    assert [each.cidr or each.ipv6_cidr for each in case.resource_group.networks] == ["10.1.0.0/24", "fd00:1::/64"]


@pytest.mark.parametrize(
    ("reports", "addresses"),
    [((), "own"), ((SECRETS,), "own"), ((SECRETS, b""), "unknown"), ((b"", NAMED), "made-up")],
)
def test_of_several_reports_the_worst_counts(reports: tuple[bytes, ...], addresses: str) -> None:
    files = {f"{number}/redaction.json": content for number, content in enumerate(reports)}
    assert of_tree(Tree("case", {"krb5.conf": b"[libdefaults]\n", **files})).addresses == addresses


def test_a_report_that_is_too_large_to_read_leaves_it_open() -> None:
    taking = Taking("case")
    taking.take("krb5.conf", b"[libdefaults]\n")
    assert not taking.admits("redaction.json", 1 << 30)
    assert of_tree(taking.tree("case")).addresses == "unknown"
