"""Do encryption types end a client, as kinit, kvno and each release of Java were seen to end?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Case
from diagnose.clients import Prediction, clients_of
from diagnose.clients.etypes import KnownKeys, jdk_fault, mit_fault, with_faults
from diagnose.clients.model import Ending
from diagnose.flows.plan import flows
from diagnose.scene.java import ranges
from diagnose.scene.observed import CaseObservations, scene_of
from probes.files.hadoopconf import Configuration, Setting
from probes.files.krb5conf import jdk, load
from probes.origin import Origin
from tests.support.factories import a_group, a_krb5conf, a_rule, a_udp_rule
from tests.support.scenes import the_case

NOTHING = KnownKeys(None, None)


def a_kdc_case(*lines: str, java_home: str | None = None) -> Case:
    libdefaults = "".join(f"  {line}\n" for line in lines)
    case = the_case(a_group(a_rule((88, 88)), a_udp_rule(88)), krb5=a_krb5conf("master-1-1", libdefaults=libdefaults))
    if java_home is None:
        return case
    setting = Setting("JAVA_HOME", java_home, Origin("spark-env.sh", 1))
    return replace(case, settings={"spark-env.sh": Configuration((setting,))})


def predicted(case: Case) -> list[Prediction]:
    return list(clients_of(scene_of(case, flows(case), CaseObservations({}))))


def java(case: Case) -> list[tuple[str, str, str | None]]:
    return [(one.exchange, one.works, one.releases) for one in predicted(case) if one.family == "jdk"]


def test_a_list_of_single_des_ends_both_families_at_once() -> None:
    case = a_kdc_case("default_tkt_enctypes = des-cbc-crc des-cbc-md5")
    found = {(one.family, one.exchange): one for one in predicted(case)}
    assert (found["mit", "as"].works, found["mit", "as"].seconds) == ("no", 0)
    assert found["mit", "as"].message == (
        "No supported encryption types (config file error?) while getting initial credentials"
    )
    assert found["jdk", "as"].message == (
        "javax.security.auth.login.LoginException: out of 2 default etypes no supported etypes found for "
        "configuration default_tkt_enctypes"
    )
    assert (found["mit", "tgs"].works, found["jdk", "tgs"].works) == ("yes", "yes")
    assert found["gokrb5", "as"].works == "unknown"
    assert found["jdk", "as"].releases is None


def test_rc4_alone_depends_on_the_release() -> None:
    assert java(a_kdc_case("default_tkt_enctypes = rc4-hmac")) == [
        ("as", "no", "Java 8 from 8u382 (Oracle: 8u351), Java 11 from 11.0.17 and later"),
        ("tgs", "yes", "Java 8 from 8u382 (Oracle: 8u351), Java 11 from 11.0.17 and later"),
        ("as", "unknown", "Java 8 before 8u382 (Oracle: 8u351), Java 11 before 11.0.17"),
        ("tgs", "yes", "Java 8 before 8u382 (Oracle: 8u351), Java 11 before 11.0.17"),
    ]


def test_the_case_may_show_its_release() -> None:
    case = a_kdc_case("default_tkt_enctypes = rc4-hmac", java_home="/usr/lib/jvm/java-1.8.0_302")
    assert java(case)[0] == ("as", "unknown", "Java 8 from 8u242 to 8u381 (Oracle: 8u350)")
    case = a_kdc_case("default_tkt_enctypes = rc4-hmac", java_home="/usr/lib/jvm/java-17")
    assert java(case)[0] == ("as", "no", "Java 17")


@pytest.mark.parametrize(
    ("lines", "mit", "java_17", "java_11"),
    [
        ("permitted_enctypes = des-cbc-crc", ("no", "no"), ("no", "no"), ("yes", "yes")),
        ("default_tgs_enctypes = des-cbc-crc", ("yes", "no"), ("yes", "no"), ("yes", "no")),
        ("default_tkt_enctypes = aes256-cts\npermitted_enctypes = des", ("yes", "no"), ("yes", "no"), ("yes", "yes")),
        ("default_tkt_enctypes = aes", ("yes", "yes"), ("no", "yes"), ("no", "yes")),
        ("permitted_enctypes = camellia", ("unknown", "unknown"), ("no", "no"), ("yes", "yes")),
        ("default_tgs_enctypes = aes128-cts", ("yes", "no"), ("yes", "yes"), ("yes", "yes")),
        ("permitted_enctypes = aes128-cts", ("yes", "yes"), ("yes", "yes"), ("yes", "yes")),
        ("default_tkt_enctypes = aes128-sha2", ("unknown", "yes"), ("unknown", "yes"), ("unknown", "yes")),
    ],
)
def test_lists_as_each_family_reads_them(
    lines: str, mit: tuple[str, str], java_17: tuple[str, str], java_11: tuple[str, str]
) -> None:
    text = f"[libdefaults]\n{lines}\n".encode()
    profile = load([("krb5.conf", text)])
    rules = {one.name: one.rules for one in ranges()}

    def of_java(name: str) -> tuple[str, ...]:
        reading = jdk.read("krb5.conf", text, None, rules[name])
        faults = [jdk_fault(reading, exchange, NOTHING) for exchange in ("as", "tgs")]
        return tuple("yes" if fault is None else fault.works for fault in faults)

    faults = [mit_fault(profile, exchange, NOTHING) for exchange in ("as", "tgs")]
    assert tuple("yes" if fault is None else fault.works for fault in faults) == mit
    assert of_java("Java 17") == java_17
    assert of_java("Java 11 before 11.0.17") == java_11


def test_a_keytab_without_a_permitted_type() -> None:
    text = b"[libdefaults]\ndefault_tkt_enctypes = aes256-cts\n"
    keys = KnownKeys((17,), None)
    fault = mit_fault(load([("krb5.conf", text)]), "as", keys)
    assert fault is not None
    assert fault.message == "Generic preauthentication failure while getting initial credentials"
    fault = jdk_fault(jdk.read("krb5.conf", text), "as", keys)
    assert fault is not None
    assert fault.message == (
        "javax.security.auth.login.LoginException: Do not have keys of types listed in default_tkt_enctypes available; "
        "only have keys of following type: AES128 CTS mode with HMAC SHA1-96"
    )
    assert jdk_fault(jdk.read("krb5.conf", text), "tgs", keys) is None


def test_keys_of_the_kdc_settle_an_unusual_list() -> None:
    text = b"[libdefaults]\ndefault_tkt_enctypes = rc4-hmac\n"
    profile = load([("krb5.conf", text)])
    unknown = mit_fault(profile, "as", NOTHING)
    assert unknown is not None
    assert unknown.works == "unknown"
    assert mit_fault(profile, "as", KnownKeys((23,), (23, 18))) is None


@pytest.mark.parametrize(
    ("lines", "place"), [("", "its own list"), ("default_tkt_enctypes = aes128-cts\n", "krb5.conf:2")]
)
def test_what_permits_no_type_of_the_keytab_is_a_line_or_the_clients_own_list(lines: str, place: str) -> None:
    text = f"[libdefaults]\n{lines}".encode()
    single_des = KnownKeys((1,), None)
    faults = [
        mit_fault(load([("krb5.conf", text)]), "as", single_des),
        jdk_fault(jdk.read("krb5.conf", text), "as", single_des),
    ]
    assert [fault and fault.why for fault in faults] == [f"{place} permits no type of the keytab's keys"] * 2


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "DES CBC mode with CRC-32"),
        (3, "DES CBC mode with MD5"),
        (16, "DES3 CBC mode with SHA1-KD"),
        (18, "AES256 CTS mode with HMAC SHA1-96"),
        (19, "AES128 CTS mode with HMAC SHA256-128"),
        (20, "AES256 CTS mode with HMAC SHA384-192"),
        (23, "RC4 with HMAC"),
        (99, "Unknown (99)"),
    ],
)
def test_java_names_the_types_of_the_keytab(number: int, name: str) -> None:
    text = b"[libdefaults]\ndefault_tkt_enctypes = aes128-cts\n"
    fault = jdk_fault(jdk.read("krb5.conf", text), "as", KnownKeys((number,), None))
    assert fault is not None
    assert str(fault.message).endswith(f"only have keys of following type: {name}")


@pytest.mark.parametrize(("name", "works"), [("aes256-cts", "yes"), ("aes128-cts", "yes"), ("aes256-sha2", "unknown")])
def test_one_usual_type_is_enough(name: str, works: str) -> None:
    fault = mit_fault(load([("krb5.conf", f"[libdefaults]\ndefault_tkt_enctypes = {name}\n".encode())]), "as", NOTHING)
    assert ("yes" if fault is None else fault.works) == works


def test_what_is_not_known_of_a_list_changes_only_what_would_work() -> None:
    works, fails = Ending("yes", 0.0, None, "it answers"), Ending("no", 90.0, "Receive timed out", "it is silent")
    unknown, refused = Ending("unknown", None, None, "not modelled"), Ending("no", 0.0, "no etypes", "the list")

    assert with_faults({"as": works}, lambda _: None) == {"as": works}
    assert with_faults({"as": works}, lambda _: unknown) == {"as": unknown}
    assert with_faults({"as": fails}, lambda _: unknown) == {"as": fails}
    assert with_faults({"as": fails}, lambda _: refused) == {"as": refused}
