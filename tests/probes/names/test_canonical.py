"""Which name does each family of clients make of a host? tests/lab/dns compares with theirs."""

from __future__ import annotations

import pytest

from probes.names.canonical import (
    Back,
    Canonicalize,
    CanonicalNames,
    MitNameSettings,
    jvm_canonical,
    mit_hosts,
)

V4, V6 = "192.168.20.11", "2001:db8::11"
FULL = "master-1-1.example.test"


def a_host(
    host: str = FULL, back: str | None = FULL, leads_to: tuple[str, ...] = (V4,), **changes: object
) -> CanonicalNames:
    called = {V4: Back(back, None if back else "name-not-found", leads_to if back else ())}
    given: dict[str, object] = {"host": host, "addresses": (V4,), "canonical": FULL, "back": called, **changes}
    return CanonicalNames(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "canonical"),
    [
        (a_host(), FULL),
        (a_host("master-1-1"), FULL),
        (a_host(back="other.test"), "other.test"),
        (a_host(back="other.test", leads_to=("192.168.20.99",)), V4),
        (a_host(back="other.test", leads_to=()), V4),
        (a_host(back=None), V4),
        (a_host(V4, addresses=(V4,)), FULL),
        (a_host(addresses=(V6, V4), back=FULL), FULL),
        (CanonicalNames("absent.test"), None),
    ],
    ids=["right", "short", "other", "leads elsewhere", "leads nowhere", "none", "numeric", "IPv4 first", "no address"],
)
def test_java_takes_the_name_of_the_address_if_it_leads_back(names: CanonicalNames, canonical: str | None) -> None:
    assert jvm_canonical(names) == canonical


@pytest.mark.parametrize(
    ("canonicalize", "rdns", "asked"),
    [
        ("true", True, ("back.test",)),
        ("true", False, (FULL,)),
        ("false", True, ("nn.search.test",)),
        ("fallback", True, ("nn.search.test", "back.test")),
        ("fallback", False, ("nn.search.test", FULL)),
    ],
)
def test_libkrb5_does_what_krb5_conf_says(canonicalize: Canonicalize, rdns: bool, asked: tuple[str, ...]) -> None:
    names = a_host("nn", "back.test", leads_to=())

    assert mit_hosts(names, MitNameSettings(canonicalize, rdns, "search.test")) == asked


def test_libkrb5_keeps_a_name_without_an_address() -> None:
    assert mit_hosts(CanonicalNames("Absent.Test."), MitNameSettings()) == ("absent.test",)
    assert mit_hosts(CanonicalNames("absent"), MitNameSettings(domain="search.test")) == ("absent.search.test",)


def test_libkrb5_falls_back_to_the_forward_name() -> None:
    assert mit_hosts(a_host("nn", None), MitNameSettings()) == (FULL,)
