"""Real KDCs, real keytabs of their own tools: the login works where kinit works, and each fault has
its cause.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probes.kerberos.keytab import Keytab, parse
from probes.kerberos.kinit import SecondOpinion, second_opinion
from probes.kerberos.login import Login, login
from probes.principal import Principal
from probes.vantage import HERE

from .conftest import PASSWORD, serving
from .heimdal import HeimdalKdc
from .kdc import REALM, Kdc
from .mit import MitKdc

HDFS, HIVE = Principal(("hdfs", "master-1-1"), REALM), Principal(("hive", "master-1-1"), REALM)


def read(path: Path) -> Keytab:
    return parse(path.read_bytes(), path.name)


def attempt(kdc: Kdc, keytab: Path, name: str = "alice", services: Sequence[Principal] = (), **how: Any) -> Login:
    endpoints = how.pop("endpoints", [kdc.endpoint("udp"), kdc.endpoint("tcp")])
    return asyncio.run(login(endpoints, Principal((name,), REALM), read(keytab), services, vantage=HERE, **how))


def opinion(kdc: Kdc, keytab: Path, name: str = "alice", services: Sequence[Principal] = ()) -> SecondOpinion:
    who = Principal((name,), REALM)
    return asyncio.run(second_opinion(keytab, who, services, krb5_conf=kdc.krb5_conf, seconds=30))


def test_a_fresh_keytab_logs_in_and_reaches_its_services(either: Kdc) -> None:
    keytab = either.keytab("good.keytab", "alice", "hdfs/master-1-1")

    done, theirs = attempt(either, keytab, services=[HDFS, HIVE]), opinion(either, keytab, services=[HDFS, HIVE])

    assert done.cause == "ok"
    assert [s.target for s in done.steps if s.stage == "tgs"] == [HDFS, HIVE]
    assert [s.target for s in done.steps if s.stage == "service-key"] == [HDFS]
    assert [run.exit_code for run in theirs.runs] == [0, 0, 0]
    kvno = next(s.kvno for s in done.steps if s.stage == "tgs" and s.target == HDFS)
    assert theirs.runs[1].text.endswith(f"kvno = {kvno}")


@pytest.mark.parametrize("etype", [18, 17, 20, 19, 23])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_mit_takes_a_proof_with_every_enctype(mit: MitKdc, etype: int, transport: Any) -> None:
    keytab = mit.keytab("all.keytab", "alice")

    done = attempt(mit, keytab, permitted=(etype, 18), endpoints=[mit.endpoint(transport)])

    assert (done.cause, done.steps[1].etype) == ("ok", etype)


@pytest.mark.parametrize("etype", [18, 17, 23])
def test_heimdal_takes_a_proof_with_every_enctype(heimdal: HeimdalKdc, etype: int) -> None:
    keytab = heimdal.keytab("all.keytab", "alice")

    done = attempt(heimdal, keytab, permitted=(etype,), services=[HDFS])

    assert (done.steps[2].stage, done.steps[2].cause, done.steps[2].etype) == ("preauth", "ok", etype)


def test_a_client_that_needs_no_proof(mit: MitKdc) -> None:
    done = attempt(mit, mit.keytab("open.keytab", "open"), "open", [HIVE, HDFS])

    assert [(s.stage, s.cause) for s in done.steps[1:]] == [
        ("as", "ok"),
        ("as-reply", "ok"),
        ("tgs", "ok"),
        ("tgs", "policy"),
    ]


@pytest.mark.parametrize(
    ("name", "cause"), [("expired", "expired"), ("outdated", "password-expired"), ("locked", "locked")]
)
def test_mit_says_what_state_the_client_is_in(mit: MitKdc, name: str, cause: str) -> None:
    keytab = mit.keytab(f"{name}.keytab", name)

    assert attempt(mit, keytab, name).cause == cause
    assert opinion(mit, keytab, name).runs[0].exit_code == 1


def change_key(kdc: Kdc, name: str) -> None:
    if isinstance(kdc, MitKdc):
        kdc.admin(f"cpw -randkey {name}")
    elif isinstance(kdc, HeimdalKdc):
        kdc.admin("cpw", "--random-key", name)


def test_a_keytab_from_before_a_change_of_key_is_stale(either: Kdc) -> None:
    keytab = either.keytab("stale.keytab", "stale")
    change_key(either, "stale")

    done, theirs = attempt(either, keytab, "stale"), opinion(either, keytab, "stale")

    assert (done.cause, done.steps[-1].stage) == ("stale-key", "preauth")
    assert theirs.runs[0].exit_code == 1
    assert "reauthentication failed" in theirs.runs[0].text or "Password incorrect" in theirs.runs[0].text


def test_the_kvno_of_a_stale_service_shows_in_its_ticket(either: Kdc) -> None:
    keytab = either.keytab("service.keytab", "alice", "hive/master-1-1")
    before = max(entry.kvno for entry in read(keytab).entries_of(HIVE))
    change_key(either, "hive/master-1-1")

    done = attempt(either, keytab, services=[HIVE])

    step = done.steps[-1]
    assert (step.stage, step.cause, step.kvno) == ("service-key", "stale-key", before + 1)
    assert step.why == f"the ticket is for kvno {before + 1}, the keytab has {before}"


def test_a_keytab_without_the_enctype_of_the_kdc(mit: MitKdc) -> None:
    wide = read(mit.keytab("alice.keytab", "alice"))
    narrow = tuple(entry for entry in wide.entries if entry.enctype == 23)
    only_rc4 = Keytab("narrow.keytab", 2, narrow, 0)
    aes128 = Principal(("aes128",), REALM)
    entries = tuple(type(e)(aes128, e.name_type, e.kvno, e.enctype, e.key, e.written) for e in only_rc4.entries)

    done = asyncio.run(login([mit.endpoint("udp")], aes128, Keytab("narrow.keytab", 2, entries, 0), vantage=HERE))

    assert (done.cause, done.steps[-1].etype) == ("missing-enctype", 17)


def test_an_unknown_client_and_a_wrong_realm_are_two_things(mit: MitKdc) -> None:
    key = read(mit.keytab("alice.keytab", "alice")).entries[0]

    def of(principal: Principal) -> Login:
        entry = type(key)(principal, 1, 1, key.enctype, key.key, key.written)
        return asyncio.run(login([mit.endpoint("udp")], principal, Keytab("x.keytab", 2, (entry,), 0), vantage=HERE))

    assert of(Principal(("nobody",), REALM)).cause == "unknown-client"
    assert of(Principal(("alice",), REALM.lower())).cause == "wrong-realm"
    assert of(Principal(("alice",), "OLD.CLUSTER")).cause == "wrong-realm"


def test_an_unknown_service_and_another_realm_are_two_things(either: Kdc) -> None:
    services = [Principal(("hdfs", "gone"), REALM), Principal(("hdfs", "far"), "OTHER.REALM")]

    done = attempt(either, either.keytab("alice.keytab", "alice"), services=services)

    assert [(s.stage, s.cause, s.code) for s in done.steps[-2:]] == [
        ("tgs", "unknown-service", 7),
        ("cross-realm", "cross-realm", 7),
    ]


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_skewed_clock_stops_the_login_and_not_kinit(either: Kdc, seconds: int) -> None:
    """The clock of the login stands for that of the JVM's host; kinit has the same keytab and
    corrects itself.
    """
    keytab = either.keytab("alice.keytab", "alice")

    done = attempt(either, keytab, clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds))

    assert (done.cause, done.steps[-1].code) == ("skew", 37)
    assert done.steps[-1].skew is not None
    assert done.steps[-1].skew.low <= -seconds <= done.steps[-1].skew.high


@pytest.fixture(scope="module")
def two_realms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MitKdc, MitKdc]]:
    """Services of B take clients of A: krbtgt/B@A is in both, with one key."""
    shared = "-pw shared-between -e aes256-cts:normal krbtgt/B.REALM@A.REALM"
    a = MitKdc(
        tmp_path_factory.mktemp("a"),
        realm="A.REALM",
        principals={"alice": "+requires_preauth -pw x"},
        kdc_conf=" kdc_max_dgram_reply_size = 400\n",
    )
    b = MitKdc(tmp_path_factory.mktemp("b"), realm="B.REALM", principals={"hdfs/far": "-randkey"})
    for kdc in (a, b):
        kdc.admin(f"addprinc {shared}")
    with serving(a), serving(b):
        yield a, b


def far_login(a: MitKdc, b: MitKdc, transports: Sequence[Any] = ("udp", "tcp")) -> Login:
    alice, far = Principal(("alice",), "A.REALM"), Principal(("hdfs", "far"), "B.REALM")
    others = {"B.REALM": [b.endpoint(transport) for transport in transports]}
    endpoints = [a.endpoint(transport) for transport in transports]
    return asyncio.run(
        login(endpoints, alice, read(a.keytab("a.keytab", "alice")), [far], vantage=HERE, other_realms=others)
    )


def test_a_service_of_a_trusting_realm_is_reached(two_realms: tuple[MitKdc, MitKdc]) -> None:
    done = far_login(*two_realms)

    assert done.cause == "ok"
    assert [s.stage for s in done.steps[-2:]] == ["cross-realm", "tgs"]


def test_unequal_keys_between_the_realms_are_cross_realm(two_realms: tuple[MitKdc, MitKdc]) -> None:
    a, b = two_realms
    b.admin("cpw -pw another-one krbtgt/B.REALM@A.REALM")
    try:
        done = far_login(a, b)
    finally:
        b.admin(
            "delprinc -force krbtgt/B.REALM@A.REALM",
            "addprinc -pw shared-between -e aes256-cts:normal krbtgt/B.REALM@A.REALM",
        )

    assert (done.cause, done.steps[-1].stage) == ("cross-realm", "tgs")
    assert "different keys of krbtgt/B.REALM@A.REALM" in done.steps[-1].why


def test_a_reply_above_the_kdcs_limit_goes_by_tcp_or_not_at_all(two_realms: tuple[MitKdc, MitKdc]) -> None:
    by_both, by_udp = far_login(*two_realms), far_login(*two_realms, transports=("udp",))

    assert by_both.steps[2].transport == "tcp"
    assert by_both.steps[2].observations[0].detail["error_code"] == 52
    assert (by_udp.cause, by_udp.steps[-1].stage) == ("too-big", "preauth")


def test_no_secret_of_a_real_login_is_in_any_text(
    either: Kdc, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    path = either.keytab("canary.keytab", "alice", "hdfs/master-1-1")
    keytab = read(path)
    said: list[object] = [keytab, attempt(either, path, services=[HDFS]), opinion(either, path, services=[HDFS])]
    said.append(attempt(either, path, clock=lambda: datetime.now(UTC) + timedelta(hours=1)))

    output = capfd.readouterr()
    text = "\n".join(
        [*map(repr, said), caplog.text, *(str(r.__dict__) for r in caplog.records), output.out, output.err]
    )

    assert PASSWORD not in text
    for entry in keytab.entries:
        key = entry.key.reveal()
        for shown in (key.hex(), key.hex().upper(), repr(key)[2:-1], key[:8].hex()):
            assert shown not in text
    theirs = "\n".join(
        line for opinions in said if isinstance(opinions, SecondOpinion) for run in opinions.runs for line in run.trace
    )
    assert "Received answer" in theirs
    for word in ("plain", "encrypted", "session key", "salt", "AS key", "subkey"):
        assert word not in theirs
