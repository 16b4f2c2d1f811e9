"""Does a client prove itself as RFC 4121 and 4752 want, and does it take no proof that is none?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.kerberos.login.context import Context, ContextError
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.sasl import SaslLogin
from probes.kerberos.message import ERROR_NAMES
from probes.secret import Secret
from tests.support.acceptor import NOW, Acceptor, ticket, token
from tests.support.fake_kdc import krb_error
from tests.support.ticketing_kdc import some_key

AES = (17, 18, 19, 20)
OLDER = (16, 23)


def pair(etype: int = 18, **changes: object) -> tuple[SaslLogin, Acceptor]:
    """Return a client and the service that has the session key of its ticket."""
    session = some_key(etype)
    acceptor = Acceptor(etype, session)
    for name, value in changes.items():
        setattr(acceptor, name, value)
    return SaslLogin(Context(ticket(etype, session), NOW)), acceptor


@pytest.mark.parametrize("etype", AES)
@pytest.mark.parametrize("with_subkey", [False, True])
@pytest.mark.parametrize("rotation", [0, 1, 12, 100])
def test_a_login_goes_to_its_end(etype: int, with_subkey: bool, rotation: int) -> None:
    client, service = pair(etype, subkey=some_key(etype) if with_subkey else None, rotation=rotation)

    assert client.answer(service.answer(client.first())) == b""
    choice = service.read_choice(client.answer(service.offer()))

    assert choice == b"\x01\0\0\0"
    assert (client.is_proven, client.is_done, client.offered) == (True, True, ("auth",))


@pytest.mark.parametrize("etype", AES)
def test_an_encrypted_offer_is_read(etype: int) -> None:
    client, service = pair(etype, seal=True)
    client.answer(service.answer(client.first()))

    assert service.read_choice(client.answer(service.offer())) == b"\x01\0\0\0"


@pytest.mark.parametrize(
    ("layers", "offered", "chosen"),
    [
        (1, ("auth",), "01000000"),
        (2, ("auth-int",), "02010000"),
        (4, ("auth-conf",), "04010000"),
        (6, ("auth-int", "auth-conf"), "02010000"),
        (7, ("auth", "auth-int", "auth-conf"), "01000000"),
    ],
)
def test_the_weakest_protection_is_chosen(layers: int, offered: tuple[str, ...], chosen: str) -> None:
    client, service = pair(layers=layers)
    client.answer(service.answer(client.first()))

    assert service.read_choice(client.answer(service.offer())).hex() == chosen
    assert client.offered == offered


@pytest.mark.parametrize("etype", OLDER)
def test_older_encryption_types_prove_the_key_and_go_no_further(etype: int) -> None:
    client, service = pair(etype)
    client.answer(service.answer(client.first()))

    assert client.is_proven
    with pytest.raises(ContextError):
        client.answer(service.offer())
    assert not client.is_done


def test_the_authenticator_names_the_client_and_the_time() -> None:
    client, service = pair()

    fields = service.authenticator(client.first())

    assert fields[1].content == client.context.ticket.client.realm.encode()
    assert fields[5].content == b"20261129083015Z"
    assert int.from_bytes(fields[4].content, "big") == 123456


def test_a_service_with_another_key_proves_nothing() -> None:
    client, service = pair()
    answer = service.answer(client.first())
    other = SaslLogin(Context(replace(client.context.ticket, session=Secret(some_key(18))), NOW))

    with pytest.raises(ContextError, match="another key"):
        other.answer(answer)
    assert not other.is_proven


def test_an_answer_to_another_request_proves_nothing() -> None:
    client, service = pair(shift=1)

    with pytest.raises(ContextError):
        client.answer(service.answer(client.first()))
    assert not client.is_proven


def test_an_offer_before_the_proof_is_refused() -> None:
    client, service = pair()

    with pytest.raises(ContextError):
        client.answer(service.offer())


def test_an_offer_of_nothing_is_refused() -> None:
    client, service = pair(layers=0)
    client.answer(service.answer(client.first()))

    with pytest.raises(ContextError, match="no protection"):
        client.answer(service.offer())
    assert not client.is_done


@pytest.mark.parametrize("code", [31, 34, 37, 44, 45])
def test_the_error_of_a_service_keeps_its_number(code: int) -> None:
    client, _ = pair()

    with pytest.raises(ContextError) as raised:
        client.answer(token(b"\x03\x00" + krb_error(code, "R.X")))

    assert raised.value.error is not None
    assert (raised.value.error.code, code in ERROR_NAMES) == (code, True)


@given(st.binary(max_size=300))
def test_no_bytes_make_a_context(data: bytes) -> None:
    client, _ = pair()

    for answer in (data, token(data), token(b"\x02\x00" + data), token(b"\x03\x00" + data)):
        with pytest.raises(ContextError):
            client.answer(answer)
    assert not client.is_proven


@given(st.integers(0, 31), st.integers(1, 255))
def test_a_changed_offer_is_refused(place: int, flip: int) -> None:
    client, service = pair()
    client.answer(service.answer(client.first()))
    offer = bytearray(service.offer())
    offer[place] ^= flip

    if place in (6, 7):  # the rotation is not protected: RFC 4121 4.2.4
        return
    with pytest.raises(ContextError):
        client.answer(bytes(offer))
    assert not client.is_done


def test_a_session_key_of_an_unknown_type_is_our_own_error() -> None:
    with pytest.raises(CryptoError):
        Context(ticket(99, b"k" * 32), NOW).first()
