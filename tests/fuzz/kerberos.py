"""What do the readers of Kerberos replies and keytabs do with mutated ones?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from probes.errors import ProbesError
from probes.kerberos import as_req
from probes.kerberos.kdc import clock, implementation, realm
from probes.kerberos.kdc.ask import KdcReply
from probes.kerberos.keytab import parse
from probes.kerberos.login import crypto, reply
from probes.kerberos.login.outcome import cause_of
from probes.kerberos.message import KrbError
from probes.observation import Observation
from probes.principal import Principal
from probes.secret import Secret
from tests.support.fake_kdc import REALM, krb_error
from tests.support.keytab_files import file, hole, record
from tests.support.ticketing_kdc import Realm, TicketingKdc, etype_info2

ALICE = Principal(("alice",), REALM)
HDFS = Principal(("hdfs", "master-1-1"), REALM)
KEY = bytes(range(32))
NOW = datetime(2026, 11, 24, tzinfo=UTC)

_SCAPY_EVERY = 50
"""One case in so many also goes through scapy, which takes thirty times as long as our readers."""


def replies() -> list[bytes]:
    """Return errors of several kinds, an AS-REP, a TGS-REP, and a decrypted part."""
    kdc = TicketingKdc(Realm(clients={"alice": {18: KEY}}, services={"hdfs/master-1-1": {18: KEY}}, preauth=False))
    granted = kdc.answer(as_req.as_req(REALM, nonce=7, client=ALICE.parts))
    outside = reply.read(granted)
    plain = crypto.decrypt(18, Secret(KEY), crypto.AS_REP, outside.sealed.cipher)
    inside = reply.read_decrypted(plain)
    request = crypto.tgs_request(
        outside.ticket.raw, ALICE, HDFS, (18,), nonce=9, now=NOW, etype=inside.etype, session=inside.session
    )
    errors = [
        krb_error(),
        krb_error(6, e_text=None, cname=("x" * 300,)),
        krb_error(25, e_text="NEEDED_PREAUTH", cname=("hive", "master-1-1"), e_data=etype_info2((18, 17, 23))),
        krb_error(37, now=NOW),
        krb_error(61, e_text=None),
    ]
    return [*errors, granted, kdc.answer(request), plain, outside.ticket.raw]


def read_reply(content: bytes, number: int) -> str:
    """Do all that the product does with a reply, without the socket; return the result in a
    word."""
    outcome = _outside(content)
    inside = _tried(lambda: reply.read_decrypted(content))
    if number % _SCAPY_EVERY == 0:
        _tried(lambda: crypto.decrypt(18, Secret(KEY), crypto.TGS_REP, content))
        _tried(lambda: crypto.decrypt(23, Secret(KEY[:16]), crypto.AS_REP, content))
        _tried(lambda: crypto.tgs_request(content, ALICE, HDFS, (18,), nonce=9, now=NOW, etype=18, session=Secret(KEY)))
    return outcome if inside == "refused" else "inside read"


def _outside(content: bytes) -> str:
    try:
        message = as_req.decode(content)
    except ProbesError:
        return "ticket read" if _tried(lambda: reply.read(content)) == "read" else "refused"
    json.dumps(as_req.describe(message, NOW, NOW))
    if not isinstance(message, KrbError):
        _tried(lambda: reply.read(content))
        return "AS-REP recognised"
    answer = KdcReply(Observation("local", "open", "kerberos-reply"), message, len(content), NOW, NOW)
    clock.offset(answer)
    implementation.implementation_of(answer)
    realm.verdict(answer, REALM, None)
    cause_of(message.code, "as")
    return "error read"


def _tried(action: Callable[[], object]) -> str:
    try:
        action()
    except ProbesError as error:
        str(error)
        return "refused"
    return "read"


def keytabs() -> list[bytes]:
    """Return keytabs of both versions, with holes, both sizes of kvno and several principals."""
    records = [record("hive/master-1-1", 18, KEY, kvno32=300), hole(40), record("alice", 23, KEY[:16], kvno=9)]
    old = [record("hive/m", 17, KEY[:16], version=1, order="<", kvno32=4), hole(8, "<")]
    return [file(records), file([*records, bytes(4), *records]), file(old, 1), file([])]


def read_keytab(content: bytes, _number: int) -> str:
    """Read a whole file and make every text of it."""
    try:
        read = parse(content, "fuzz.keytab")
    except ProbesError as error:
        str(error)
        return "refused"
    repr(read)
    for principal in read.principals:
        str(principal)
        read.newest_of(principal)
    return "read" if read.damage is None else "read up to the damage"
