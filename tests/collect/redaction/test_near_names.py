"""Are names that differ by a slip near each other afterwards, and others not?"""

from __future__ import annotations

import random

import pytest

from diagnose.collect.redaction.name_map import NameMap
from diagnose.collect.redaction.near_names import near_pairs
from diagnose.collect.redaction.tally import Tally
from diagnose.flows.spelling import differs_in_case, is_mistyped
from tests.support import incident_cases
from tests.support.incident_cases import DOMAIN, MASTER, REALM, SERVICE
from tests.support.redaction import Files, differences

SLIPS = (
    ("krb5.conf", f"default_realm = {REALM}", f"default_realm = {REALM[:-1]}N"),
    ("krb5.conf", f" {REALM} = {{", f" {REALM[:-9]}{REALM[-8:]} = {{"),
    ("krb5.conf", f"com = {REALM}", f"com = {REALM.replace('.COM', 'COM')}"),
    ("krb5.conf", f".{DOMAIN} =", f".{DOMAIN[:5]}{DOMAIN[6:]} ="),
    ("krb5.conf", f"kdc = {MASTER}", f"kdc = maste-r{MASTER[7:]}"),
    ("krb5.conf", f"kdc = {MASTER}", f"kdc = {MASTER}."),
    ("hdfs-site.xml", f"@{REALM}", f"@{REALM[:6].lower()}{REALM[6:]}"),
    ("hive-site.xml", f"@{REALM}", f"@{REALM[:12]}{REALM[13]}{REALM[12]}{REALM[14:]}"),
    ("hive-site.xml", f"thrift://{MASTER}", f"thrift://maste-1-1{MASTER[10:]}"),
    ("core-site.xml", f"hdfs://{SERVICE}", f"hdfs://{SERVICE}a"),
    ("case.toml", '"core-1-1"', '"corre-1-1"'),
)
"""File, a text of it, and the same with a slip."""

NEAR = (
    *(
        ("example.com", "example.con"),
        ("acme-bigdata.cn", "acme-bigdatacn"),
        ("emr.500012345.com", "emr.500012354.com"),
    ),
    *(
        ("emr-acme", "emracme"),
        ("etl-master1", "etl-mastre1"),
        ("acme1.corp", "acem1.corp"),
        ("dc.acme.cn", "dc.acne.cn"),
    ),
)


def with_slip(files: Files, name: str, before: str, after: str) -> Files:
    text = files[name].decode()
    assert before in text
    return {**files, name: text.replace(before, after, 1).encode()}


@pytest.mark.parametrize(("name", "before", "after"), SLIPS)
def test_a_slip_is_found_in_the_redacted_case_too(name: str, before: str, after: str) -> None:
    files = incident_cases.contents(incident_cases.healthy(kerberos=True, ha=True))
    assert differences(with_slip(files, name, before, after), incident_cases.BLOCK, seed=5) == []


@pytest.mark.parametrize("pair", NEAR)
def test_names_with_a_slip_between_them_are_near_afterwards(pair: tuple[str, str]) -> None:
    assert is_mistyped(*pair)
    for seed in range(20):
        one, other = made(*pair, seed=seed)
        assert is_mistyped(one, other)
        assert (one, other) != pair
        assert "50001" not in one + other


@pytest.mark.parametrize("pair", [("bdp1", "bdp2"), ("acme", "acne"), ("etl-hadoop", "bi-hadoop")])
def test_other_names_are_not(pair: tuple[str, str]) -> None:
    """Given names too short to be a slip of one another, or with more than one difference."""
    assert not is_mistyped(*pair)
    assert not any(is_mistyped(*made(*pair, seed=seed)) for seed in range(20))


def test_spellings_of_one_name_stay_different() -> None:
    spelt = ("ACME.CORP", "Acme.Corp", "acme.corp", "aCme.corp", "acmE.corp")
    result = made(*spelt)
    assert len(set(result)) == len(spelt)
    assert all(differs_in_case(result[0], other) for other in result[1:])


def test_thousands_of_numbered_hosts_are_compared_at_once() -> None:
    names = {f"etl-{number:05}.acme.corp" for number in range(4000)}
    assert len(near_pairs(names)) < 20 * len(names)


def made(*names: str, seed: int = 1) -> tuple[str, ...]:
    """Return what stands for names of a case that has no others."""
    low = {name.lower() for name in names}
    labels = {label for name in low for label in name.split(".")}
    rename = NameMap(random.Random(seed), labels, (), (), low)
    return tuple(rename(name, Tally()) for name in names)
