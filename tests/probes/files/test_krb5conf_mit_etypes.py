"""Which encryption types does libkrb5 offer? The installed library is asked too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.files.krb5conf import load
from probes.files.krb5conf.mit_etypes import DEFAULT, FAMILIES, NAMES, login_offer, parse, ticket_offer
from tests.support.oracles import libkrb5

LISTS = (
    ("aes", (18, 17, 20, 19)),
    ("DEFAULT -aes", (16, 23, 25, 26)),
    ("des-cbc-crc des-cbc-md5", ()),
    ("aes256-sha2,camellia\trc4-hmac-exp des3", (20, 26, 25, 16)),
    ("+aes -aes256-cts ++rc4", (17, 20, 19)),
    ("-aes", ()),
    ("AES128-CTS aes128-cts 18 crc32", (17,)),
)


@pytest.mark.parametrize(("words", "types"), LISTS)
def test_a_list_has_families_signs_and_a_default(words: str, types: tuple[int, ...]) -> None:
    assert parse(words, allow_weak=False) == types


def test_weak_types_need_a_switch() -> None:
    assert parse("rc4-hmac-exp des3-cbc-raw aes128-cts", allow_weak=False) == (17,)
    assert parse("rc4-hmac-exp des3-cbc-raw aes128-cts", allow_weak=True) == (24, 6, 17)


@pytest.mark.parametrize(
    ("lines", "login", "ticket"),
    [
        ("", DEFAULT, DEFAULT),
        ("permitted_enctypes = rc4", (23,), (23,)),
        ("default_tkt_enctypes = des\n", (), DEFAULT),
        ("default_tgs_enctypes = des\n", DEFAULT, ()),
        ("default_tkt_enctypes = aes128-cts\npermitted_enctypes = des\ndefault_tgs_enctypes = rc4", (17,), ()),
        ("default_tkt_enctypes = DEFAULT\npermitted_enctypes = aes128-cts", DEFAULT, (17,)),
        ("default_tkt_enctypes =", DEFAULT, DEFAULT),
    ],
)
def test_permitted_enctypes_stand_in_and_are_required_for_tickets(
    lines: str, login: tuple[int, ...], ticket: tuple[int, ...]
) -> None:
    profile = load([("krb5.conf", f"[libdefaults]\n{lines}\n".encode())])
    assert (login_offer(profile).types, ticket_offer(profile).types) == (login, ticket)


words = st.sampled_from((*NAMES, *FAMILIES, "des", "DEFAULT", "des-cbc-crc", "crc32", "17", "AES256-cts", "+", "-"))
lists = st.lists(st.tuples(st.sampled_from(("", "", "-", "+")), words), max_size=6).map(
    lambda parts: " ".join(sign + word for sign, word in parts)
)


@pytest.mark.needs("libkrb5")
@given(
    st.lists(st.tuples(st.sampled_from(("default_tkt", "default_tgs", "permitted")), lists), max_size=4), st.booleans()
)
@settings(max_examples=300, deadline=None)
def test_libkrb5_offers_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], weak: bool
) -> None:
    text = "".join(f"{key}_enctypes = {value or 'DEFAULT'}\n" for key, value in lines)
    file = _file(tmp_path_factory, f"[libdefaults]\nallow_weak_crypto = {str(weak).lower()}\n{text}")
    ours = load([(str(file), file.read_bytes())])
    with libkrb5.Profile([str(file)]) as theirs:
        theirs.start()
        assert list(login_offer(ours).types) == theirs.login_types()
        assert list(ticket_offer(ours).types) == theirs.ticket_types()


def _file(factory: pytest.TempPathFactory, text: str) -> Path:
    file = factory.getbasetemp() / "etypes.conf"
    file.write_text(text)
    return file
