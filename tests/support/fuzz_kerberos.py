"""Does any answer of a KDC, or any keytab, make the readers do more than raise their own error, in
bounded time and memory?

    python -m tests.support.fuzz_kerberos --replies 1000000 --keytabs 100000 --seed 1

Every case is made from the seed and its number, so `--only NUMBER` repeats one that failed. The
exit code is 0 if there was no failure. A smaller number of cases runs with the tests
(tests/probes/kerberos/test_fuzz.py).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

SLOWEST_S = 1.0
"""Seconds for one case.
A typical one takes a ten-thousandth of it; the rest is for a busy machine."""

GROWTH_KIB = 64 * 1024
"""Growth of the resident memory, after the first cases have loaded all modules."""

_WARM_UP = 200
_SCAPY_EVERY = 50
"""One case in so many also goes through scapy, which takes thirty times as long as our readers."""

_INTERESTING = (0, 1, 0x1B, 0x30, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA0, 0xBF, 0xFF)
_SHOWN = 400


@dataclass(slots=True)
class Found:
    """Result of a hunt. `outcomes`: how many cases had each result.
    `failures`: number, error and input of the cases that broke the promise."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    growth_kib: int = 0
    seconds: float = 0.0


def mutated(content: bytes, corpus: Sequence[bytes], draw: random.Random) -> bytes:
    """Apply one to four changes: of bytes, or of pieces with pieces of another file."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 4))):
        size = len(changed)
        if not size:
            break
        at = draw.randrange(size)
        kind = draw.randrange(10)
        if kind < 3:
            changed[at] ^= 1 << draw.randrange(8)
        elif kind < 5:
            changed[at] = draw.choice(_INTERESTING)
        elif kind == 5:
            del changed[at : at + draw.randint(1, 16)]
        elif kind == 6:
            changed[at:at] = draw.randbytes(draw.randint(1, 8))
        elif kind == 7:
            del changed[at:]
        elif kind == 8:
            piece = changed[at : at + draw.randint(1, 64)]
            changed[at:at] = piece * draw.choice((1, 2, 50))
        else:
            other = draw.choice(corpus)
            start = draw.randrange(len(other))
            changed[at : at + draw.randint(0, 32)] = other[start : start + draw.randint(1, 64)]
    return bytes(changed)


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


def hunt(corpus: Sequence[bytes], reader: Callable[[bytes, int], str], numbers: Sequence[int], seed: int) -> Found:
    """Run one mutated case for each number."""
    found = Found()
    began = time.perf_counter()
    before = 0
    for count, number in enumerate(numbers):
        if count == _WARM_UP:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        draw = random.Random(seed * 1_000_003 + number)
        content = mutated(draw.choice(corpus), corpus, draw)
        started = time.perf_counter()
        try:
            found.outcomes[reader(content, number)] += 1
        except Exception as error:  # noqa: BLE001 - any other error than our own is what is looked for
            found.failures.append(f"{number}: {type(error).__name__}: {error}: {content[:_SHOWN].hex()}")
        took = time.perf_counter() - started
        found.slowest_s = max(found.slowest_s, took)
        if took > SLOWEST_S:
            found.failures.append(f"{number}: {took:.2f} s: {content[:_SHOWN].hex()}")
    if before:
        found.growth_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        if found.growth_kib > GROWTH_KIB:
            found.failures.append(f"memory grew by {found.growth_kib} KiB")
    found.seconds = time.perf_counter() - began
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.fuzz_kerberos", description=__doc__)
    parser.add_argument("--replies", type=int, default=1_000_000)
    parser.add_argument("--keytabs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="make this one case of each kind again")
    chosen = parser.parse_args(arguments)
    crypto.load()
    failed = False
    kinds = (("replies", replies, read_reply, chosen.replies), ("keytabs", keytabs, read_keytab, chosen.keytabs))
    for name, corpus, reader, count in kinds:
        numbers: Sequence[int] = range(count) if chosen.only is None else (chosen.only,)
        found = hunt(corpus(), reader, numbers, chosen.seed)
        became = ", ".join(f"{outcome} {times}" for outcome, times in found.outcomes.most_common())
        print(
            f"{len(numbers)} {name} in {found.seconds:.1f} s: {became}; slowest {found.slowest_s * 1000:.1f} ms, "
            f"memory +{found.growth_kib} KiB, {len(found.failures)} failures"
        )
        print("\n".join(found.failures[:20]), end="\n" if found.failures else "")
        failed = failed or bool(found.failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
