"""Does each client family get its own reading of krb5.conf, and its own states of KDCs?

A state comes only from what was observed or decided.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from msgspec import to_builtins

from diagnose.case.cloud_state import CloudState
from diagnose.case.model import Case
from diagnose.clients import Prediction, clients_of
from diagnose.clients.java_readings import jdk_reading
from diagnose.clients.states import observed_state
from diagnose.flows.kerberos import API_FILE
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.proof import Proof
from diagnose.scene.scene import with_outcomes
from diagnose.undoing.lift import answering
from probes.files.hadoopconf import Configuration, Setting
from probes.files.krb5conf import Krb5ConfError, jdk, load
from probes.kerberos.login import Login, Offline, Step
from probes.names.hosts import read_hosts
from probes.observation import Observation
from probes.origin import Origin
from probes.principal import Principal
from tests.support.factories import REALM, a_group, a_krb5conf, a_profile, a_rule, a_udp_rule, some_settings
from tests.support.krb5conf_samples import SEEDS, TOKENS, Memory
from tests.support.scenes import saw, silence, the_case, the_scene, the_source

KDC = "master-1-1"
OPEN = saw("open", "kerberos-reply", rtt_ms=1.0, detail={"message": "KRB-ERROR", "error_code": 6})
Found = dict[tuple[str, str], Prediction]


def predicted(case: Case, **seen: Observation) -> Found:
    """Return the predictions of a case by (family, exchange).

    `seen`: udp=…, tcp=… for every KDC of the case. Without any, the configuration alone decides.
    If releases of Java differ, the newest ones count.
    """
    plan = flows(case)
    by_flow: Mapping[str, tuple[Observation, ...]] = {
        flow.id: (seen[flow.endpoint.transport],) for flow in plan.flows if flow.endpoint.transport in seen
    }
    found = clients_of(scene_of(case, plan, CaseObservations(by_flow)))
    return {(one.family, one.exchange): one for one in reversed(found)}


def works(found: Found) -> dict[str, str]:
    return {family: one.works for (family, exchange), one in found.items() if exchange == "as"}


def a_kdc_case(*entries: str, libdefaults: str = "") -> Case:
    group = a_group(a_rule((88, 88)), a_udp_rule(88))
    return the_case(group, krb5=a_krb5conf(*(entries or (KDC,)), libdefaults=libdefaults))


def java_17() -> dict[str, Configuration]:
    setting = Setting("JAVA_HOME", "/usr/lib/jvm/java-17", Origin("spark-env.sh", 1))
    return {"spark-env.sh": Configuration((setting,))}


def of_text(text: str) -> Case:
    return the_case(a_group(a_rule((88, 88)), a_udp_rule(88)), krb5=a_profile(text))


def test_silence_over_udp() -> None:
    found = predicted(a_kdc_case(), udp=silence(), tcp=OPEN)
    assert works(found) == {"mit": "yes", "jdk": "no", "gokrb5": "yes", "heimdal": "no"}
    assert found["jdk", "as"].seconds == 90
    assert found["mit", "as"].seconds == 2


def test_without_packets_the_rules_decide() -> None:
    assert set(works(predicted(a_kdc_case())).values()) == {"yes"}
    no_udp = the_case(a_group(a_rule((88, 88))), krb5=a_krb5conf(KDC))
    assert works(predicted(no_udp)) == {"mit": "yes", "jdk": "no", "gokrb5": "yes", "heimdal": "no"}


def test_a_truncated_export_is_not_a_yes() -> None:
    case = the_case(a_group(gaps=(("ingress", "the last page is missing"),)), krb5=a_krb5conf(KDC))
    assert set(works(predicted(case)).values()) == {"unknown"}


def test_what_is_seen_from_elsewhere_is_not_what_the_resource_group_sees() -> None:
    """A laptop gets no answer of the KDC. The rules let the resource group in."""
    far = silence(source="203.0.113.9")
    assert works(predicted(a_kdc_case(), udp=far, tcp=far))["jdk"] == "yes"


def krb_error(reason: str = "kerberos-reply", rtt_ms: float = 1.0, **detail: object) -> Observation:
    return saw("open", reason, rtt_ms=rtt_ms, detail={"error_code": 18, **detail})


@pytest.mark.parametrize(
    ("udp", "libdefaults", "mit", "jdk"),
    [
        (krb_error(), "", None, None),
        (krb_error(clock_offset_s=(590.0, 610.0)), "", None, "Clock skew too great (37) - PREAUTH_FAILED"),
        (krb_error(clock_offset_s=(590.0, 610.0)), "  clockskew = 900\n", None, None),
        (krb_error(lost_reply=800, largest_reply=500), "", None, "Receive timed out"),
        (krb_error(lost_reply=1400, largest_reply=1300), "", None, None),
        (krb_error(rtt_ms=45), "  kdc_timeout = 30\n", None, "Receive timed out"),
        (krb_error(rtt_ms=15), "  kdc_timeout = 30\n", None, None),
        (
            krb_error(error_code=6, e_text="CLIENT_NOT_FOUND"),
            "",
            f"Client '…@{REALM}' not found in Kerberos database while getting initial credentials",
            "Client not found in Kerberos database (6)",
        ),
    ],
)
def test_what_a_live_kdc_says_counts_too(udp: Observation, libdefaults: str, mit: str | None, jdk: str | None) -> None:
    found = predicted(a_kdc_case(libdefaults=libdefaults), udp=udp, tcp=krb_error())
    java = None if jdk is None else f"javax.security.auth.login.LoginException: {jdk}"
    assert (found["mit", "as"].message, found["jdk", "as"].message) == (mit, java)
    assert works(found)["mit"] == ("yes" if mit is None else "no")
    assert works(found)["jdk"] == ("yes" if jdk is None else "no")


def test_a_reset_is_told_as_one() -> None:
    reset = krb_error("syn-ack", kerberos="closed", errno="ECONNRESET")
    found = predicted(a_kdc_case(libdefaults="  udp_preference_limit = 1\n"), udp=OPEN, tcp=reset)
    assert found["jdk", "as"].message == "javax.security.auth.login.LoginException: Connection reset"


def test_a_host_without_a_route_speaks_for_its_own_clients() -> None:
    nowhere = saw("filtered", "no-route", source=None)
    assert set(works(predicted(a_kdc_case(), udp=nowhere, tcp=nowhere)).values()) == {"no"}


def test_a_realm_without_any_kdc_is_predicted_ending_without_a_flow() -> None:
    found = predicted(of_text(f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_kdc = false\n"))
    assert (works(found)["mit"], works(found)["jdk"]) == ("no", "no")
    assert found["jdk", "as"].message == "javax.security.auth.login.LoginException: Cannot locate KDC"


def test_every_family_reads_the_limits_in_its_own_way() -> None:
    case = a_kdc_case(libdefaults="  kdc_timeout = 30\n  max_retries = 2\n  udp_preference_limit = 0\n")
    found = predicted(case, udp=silence(), tcp=OPEN)
    assert (found["jdk", "as"].works, found["jdk", "as"].releases) == ("yes", "Java 24 and later")
    old = predicted(replace(case, settings=java_17()), udp=silence(), tcp=OPEN)
    assert (old["jdk", "as"].works, old["jdk", "as"].seconds) == ("no", 0.06)
    assert (found["mit", "as"].works, found["mit", "as"].seconds) == ("yes", 0)
    assert found["heimdal", "as"].seconds == 33


@pytest.mark.parametrize(
    ("timeout", "offline", "live"),
    [("3", "unknown", "yes"), ("999", "unknown", "yes"), ("3s", "yes", "yes"), ("1000", "yes", "yes")],
)
def test_a_short_timeout_of_java_needs_the_time_of_an_answer(timeout: str, offline: str, live: str) -> None:
    case = a_kdc_case(libdefaults=f"  kdc_timeout = {timeout}\n")
    assert (works(predicted(case))["jdk"], works(predicted(case))["mit"]) == (offline, "yes")
    assert works(predicted(case, udp=OPEN, tcp=OPEN))["jdk"] == live
    assert (
        works(predicted(case, udp=saw("open", "kerberos-reply", detail={"error_code": 6}), tcp=OPEN))["jdk"] == offline
    )
    slow = predicted(case, udp=krb_error(rtt_ms=1001.0), tcp=OPEN)
    assert works(slow)["jdk"] == ("yes" if timeout == "3s" else "no")


def test_a_short_timeout_says_what_was_not_measured() -> None:
    found = predicted(a_kdc_case(libdefaults="  kdc_timeout = 3\n"))
    assert "answers within 3 ms was not measured" in found["jdk", "as"].why


def test_a_bad_port_spoils_the_realm_for_libkrb5_alone() -> None:
    found = predicted(a_kdc_case(f"{KDC}:88x"))
    assert found["mit", "as"].message == "Invalid argument while getting initial credentials"
    assert works(found)["mit"] == "no"


def test_a_file_that_the_jdk_refuses() -> None:
    found = predicted(
        of_text(f"[libdefaults]\ndefault_realm = {REALM}\n[realms]\n{REALM} = {{\nkdc = {KDC}\n"), udp=OPEN, tcp=OPEN
    )
    assert works(found)["mit"] == "yes"
    assert (works(found)["jdk"], found["jdk", "as"].seconds) == ("no", 0)
    assert "Not closed" in str(found["jdk", "as"].message)


def test_a_list_on_one_line_has_kdcs_of_which_nothing_is_known() -> None:
    found = predicted(a_kdc_case(f"{KDC} core-1-1"), udp=silence(), tcp=silence())
    assert works(found)["mit"] == "no"
    assert works(found)["jdk"] == "unknown"


def test_ports_of_has_are_not_those_that_these_clients_go_to() -> None:
    found = predicted(a_kdc_case(libdefaults="  kdc_udp_port = 1088\n  kdc_tcp_port = 1088\n"), udp=OPEN, tcp=OPEN)
    assert set(works(found).values()) == {"unknown"}


def test_a_limit_that_is_no_number() -> None:
    found = predicted(a_kdc_case(libdefaults="  udp_preference_limit = one\n"), udp=OPEN, tcp=OPEN)
    assert works(found)["mit"] == "no"
    assert found["mit", "as"].message == "Invalid integer value while getting initial credentials"
    assert works(found)["jdk"] == "yes"


def test_included_files_are_read_again_for_the_jdk() -> None:
    stanza = f"[realms]\n{REALM} = {{\nkdc = {KDC}\nkdc_timeout = 1700\n}}\n".encode()
    text = f"include /DIR/one\n[libdefaults]\ndefault_realm = {REALM}\n".encode()
    profile = load([("krb5.conf", text)], Memory(stanza))
    assert [kdc.host for kdc in jdk.kdcs(jdk_reading(profile), REALM)] == [KDC]
    case = the_case(a_group(a_rule((88, 88)), a_udp_rule(88)), krb5=profile)
    newest = predicted(case, udp=silence(), tcp=OPEN)["jdk", "as"]
    assert (newest.seconds, newest.releases) == (5.1, "Java 11 and later")
    old = [one for one in clients_of(scene_of(case, flows(case), CaseObservations({}))) if one.releases == "Java 8"]
    assert [one.works for one in old] == ["unknown", "unknown"]  # it reads no include line, and would ask DNS


@pytest.mark.parametrize(
    ("transport", "seen", "state"),
    [
        ("udp", OPEN, "answers"),
        ("udp", saw("open", "kerberos-reply", detail={"error_code": 52}), "answers-too-big"),
        ("udp", saw("closed", "port-unreachable"), "refused"),
        ("tcp", saw("closed", "rst"), "refused"),
        ("udp", saw("filtered", "host-prohibited"), "prohibited"),
        ("udp", saw("filtered", "proto-unreachable"), "prohibited"),
        ("tcp", saw("filtered", "proto-unreachable"), "unknown"),
        ("tcp", saw("open", "syn-ack", detail={"kerberos": "silent"}), "open-but-silent"),
        ("tcp", saw("open", "syn-ack", detail={"kerberos": "closed"}), "closes"),
        ("tcp", saw("open", "syn-ack", detail={"kerberos": "foreign"}), "not-kerberos"),
        ("tcp", saw("open", "syn-ack"), "unknown"),
        ("udp", saw("unresolved", "name-not-found"), "unresolved"),
        ("udp", saw("unresolved", "resolver-failed"), "resolver-dead"),
        ("udp", saw("not-probed", "bug"), "unknown"),
    ],
)
def test_states_of_observations(transport: str, seen: Observation, state: str) -> None:
    assert observed_state(seen, transport) == state  # type: ignore[arg-type]


def test_no_file_may_stop_it() -> None:
    """Mutated files never raise.

    There is a prediction for each family, or none if no client can read the file.
    """
    dice = random.Random(3)
    read = 0
    for _ in range(400):
        content = dice.choice(SEEDS)
        for _ in range(dice.randrange(6)):
            cut = dice.randrange(len(content) + 1)
            content = content[:cut] + dice.choice(TOKENS) + content[cut + dice.randrange(3) :]
        try:
            profile = load([("krb5.conf", content)], Memory(b"[libdefaults]\n"))
        except Krb5ConfError:
            continue
        read += 1
        found = predicted(the_case(a_group(), krb5=profile), udp=silence(), tcp=OPEN)
        assert len(found) in (0, 8)
    assert read > 100


def test_libkrb5_waits_for_dead_name_servers_once_a_ticket_and_twice_a_login() -> None:
    # Given a KDC in the file, look-ups left on, and one name server that says nothing
    case = of_text(f"[libdefaults]\n  default_realm = {REALM}\n[realms]\n  {REALM} = {{\n    kdc = {KDC}\n  }}\n")
    quiet = {"name_servers": [["192.168.10.2", "silent"]], "resolver": {"timeout": 5, "attempts": 2}}
    note = Observation("local", "not-probed", "no-response", detail=quiet)
    plan = flows(case)
    observed = CaseObservations({flow.id: (OPEN, note) for flow in plan.flows})
    found = {(one.family, one.exchange): one for one in clients_of(scene_of(case, plan, observed))}

    login, ticket = found["mit", "as"], found["mit", "tgs"]
    assert (login.works, ticket.works) == ("yes", "yes")
    assert ticket.seconds
    assert login.seconds == 2 * ticket.seconds
    assert found["jdk", "as"].seconds == 0


@pytest.mark.parametrize(("other", "works"), [("open", "yes"), ("silent", "no"), (None, "unknown")])
def test_libkrb5_asks_the_other_addresses_of_a_kdc_and_java_does_not(other: str | None, works: str) -> None:
    # Given a KDC with two addresses, of which the first one is silent
    first, second = "10.0.2.15", "192.168.20.11"
    case, detail = a_kdc_case(), {"addresses": [first, second]}
    plan = flows(case)
    seen: tuple[Observation, ...] = (replace(silence(), address=first, detail=detail),)
    if other is not None:
        answer = replace(OPEN if other == "open" else silence(), address=second)
        seen += (saw("not-probed", "no-response", detail={"other_address": to_builtins(answer)}),)

    observed = CaseObservations({flow.id: seen for flow in plan.flows})
    found = {(one.family, one.exchange): one.works for one in clients_of(scene_of(case, plan, observed))}

    assert (found["mit", "as"], found["jdk", "as"]) == (works, "no")
    # Which of them the others ask is not modelled. It matters only if they differ.
    assert found["gokrb5", "as"] == found["heimdal", "as"] == ("no" if other == "silent" else "unknown")


AT, WORKER = "192.168.20.11", "192.168.20.21"


@pytest.mark.parametrize(
    ("hosts", "works_"),
    [
        (f"{AT} {KDC}", "yes"),
        (f"127.0.0.1 {KDC}", "unknown"),
        (f"127.0.0.1 {KDC}\n::1 {KDC}", "unknown"),
        (f"{AT} {KDC}\n::1 {KDC}", "yes"),
        (f"127.0.0.1 {KDC}.elsewhere", "yes"),
        # The address of another node, and one that no node of the case has
        (f"{WORKER} {KDC.upper()}", "unknown"),
        (f"192.168.20.99 {KDC}", "yes"),
        (f"{WORKER} core-1-1", "yes"),
        (f"{AT} core-1-1", "yes"),
    ],
)
def test_a_kdc_that_the_hosts_file_sends_clients_away_from_is_not_said_to_answer(hosts: str, works_: str) -> None:
    case = replace(a_kdc_case(), hosts=read_hosts("hosts", f"{hosts}\n".encode()))
    assert set(works(predicted(case)).values()) == {works_}
    # What was seen counts more than what the file says
    assert set(works(predicted(case, udp=OPEN, tcp=OPEN)).values()) == {"yes"}


def test_a_demo_on_loopback_reaches_a_kdc_on_loopback() -> None:
    case = replace(a_kdc_case(), hosts=read_hosts("hosts", f"127.0.0.1 {KDC}\n".encode()))
    for blocks, expected in (
        (("127.0.0.0/8",), "yes"),
        (("192.168.10.0/24", "127.0.0.0/8"), "yes"),
        (("192.168.10.0/24",), "unknown"),
    ):
        decided = the_scene(case, flows(case).flows, sources=list(map(the_source, blocks)))
        found = clients_of(with_outcomes(decided, list(map(answering, decided.outcomes))))
        assert {one.works for one in found} == {expected}


def test_a_kdc_that_the_cloud_says_is_down_is_not_said_to_answer() -> None:
    stopped = CloudState("cluster", "c-1", "ClusterState", "TERMINATED", Origin("cluster.json", 1))
    case = replace(a_kdc_case(), states=(stopped,))
    assert set(works(predicted(case)).values()) == {"unknown"}
    assert set(works(predicted(case, udp=OPEN, tcp=OPEN)).values()) == {"yes"}


@pytest.mark.parametrize(("mode", "java"), [("KERBEROS", ["no", "no"]), ("NORMAL", [])])
def test_without_a_realm_hadoop_does_not_start_if_the_cluster_uses_kerberos(mode: str, java: list[str]) -> None:
    case = of_text("[libdefaults]\n  dns_lookup_kdc = false\n")
    case = replace(case, cluster=replace(case.cluster, security_mode=mode))
    found = predicted(case)
    assert [one.works for one in found.values() if one.family == "jdk"] == java
    assert {one.works for one in found.values() if one.family != "jdk"} == ({"unknown"} if java else set())


def test_without_the_file_nothing_is_known_of_the_clients_of_a_kdc() -> None:
    kdc = Configuration((Setting("kdc_hosts", "10.0.0.5:88", Origin("security-config.json", 1)),))
    case = replace(a_kdc_case(), krb5=None, settings={API_FILE: kdc})
    case = replace(case, cluster=replace(case.cluster, security_mode="KERBEROS"))
    assert any(flow.area == "kerberos" for flow in flows(case).flows)
    assert set(works(predicted(case)).values()) == {"unknown"}
    assert not predicted(replace(case, settings={}))


def at_two_addresses(other: Mapping[str, Observation], own: Observation, order: tuple[str, str]) -> Found:
    """Return the predictions for a KDC with two addresses, of which `own` was dialled.

    `other`: transport -> what was seen at the second address.
    """
    case = a_kdc_case()
    plan = flows(case)
    dialled = replace(own, address=AT, detail={**own.detail, "addresses": list(order)})
    by_flow = {
        flow.id: (dialled, saw("not-probed", "no-response", detail={"other_address": to_builtins(seen)}))
        for flow in plan.flows
        if (seen := other.get(flow.endpoint.transport)) is not None
    }
    found = clients_of(scene_of(case, plan, CaseObservations(by_flow)))
    return {(one.family, one.exchange): one for one in reversed(found)}


@pytest.mark.parametrize(
    ("udp", "tcp", "works_", "seconds"),
    [("open", "silent", "yes", 2), ("silent", "open", "yes", 6), ("silent", "silent", "no", 22)],
)
def test_each_transport_has_its_own_state_at_the_second_address(
    udp: str, tcp: str, works_: str, seconds: float
) -> None:
    second = "192.168.20.12"
    other = {
        transport: replace(OPEN if state == "open" else silence(), address=second)
        for transport, state in (("udp", udp), ("tcp", tcp))
    }
    one = at_two_addresses(other, silence(), (AT, second))["mit", "as"]
    assert (one.works, one.seconds) == (works_, seconds)


def test_what_a_laptop_sees_at_the_second_address_is_not_what_the_resource_group_sees() -> None:
    second, far = "192.168.20.12", "203.0.113.9"
    other = dict.fromkeys(("udp", "tcp"), silence(source=far, address=second))
    found = at_two_addresses(other, silence(source=far), (second, AT))
    assert found["mit", "as"].works == "unknown"


@pytest.mark.parametrize("udp", [silence(), OPEN])
def test_a_refused_login_is_foretold_unless_no_kdc_answers_at_all(udp: Observation) -> None:
    # Given a keytab whose login the KDC refused
    alice = Principal(("alice",), REALM)
    refused = Login(alice, (Step("preauth", alice, "stale-key"),))
    proof = Proof(Offline(alice, "ok", (1,), (18,), (18,), ()), refused)
    case = a_kdc_case()
    plan = flows(case)
    seen = {flow.id: (udp,) for flow in plan.flows if flow.area == "kerberos"}
    found = clients_of(scene_of(case, plan, CaseObservations(seen, proof=proof)))

    (java,) = [one for one in found if (one.family, one.exchange) == ("jdk", "as")]
    text = "Pre-authentication information was invalid (24)" if udp is OPEN else "Receive timed out"
    assert java.message == f"javax.security.auth.login.LoginException: {text}"


def without_default_realm(lines: str, **settings: str) -> Case:
    case = of_text(f"[libdefaults]\n{lines}[realms]\n{REALM} = {{\n  kdc = {KDC}\n}}\n")
    case = replace(case, settings=some_settings(hdfs_site=settings))
    return replace(case, cluster=replace(case.cluster, security_mode="KERBEROS"))


@pytest.mark.parametrize("line", ["", '  default_realm = ""\n'])
def test_without_a_default_realm_the_realm_of_the_services_counts(line: str) -> None:
    principal = {"dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}"}
    case = without_default_realm(f"{line}  dns_lookup_kdc = false\n", **principal)
    assert predicted(case, udp=silence(), tcp=silence())["mit", "as"].message == (
        f"Cannot contact any KDC for realm '{REALM}' while getting initial credentials"
    )


@pytest.mark.parametrize(("lookup", "java"), [("false", "no"), ("true", "unknown")])
def test_java_starts_without_a_default_realm_if_dns_may_tell_one(lookup: str, java: str) -> None:
    assert works(predicted(without_default_realm(f"  dns_lookup_realm = {lookup}\n"))) == {
        **dict.fromkeys(("mit", "gokrb5", "heimdal"), "unknown"),
        "jdk": java,
    }
    principal = {"dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}"}
    case = without_default_realm(f"  dns_lookup_realm = {lookup}\n", **principal)
    assert works(predicted(case, udp=OPEN, tcp=OPEN))["jdk"] == ("yes" if lookup == "true" else "no")


def test_nothing_is_known_behind_a_proxy_of_kdcs() -> None:
    found = predicted(a_kdc_case("https://proxy.example.com/KdcProxy"))
    assert {family: one for family, one in works(found).items() if family != "jdk"} == dict.fromkeys(
        ("mit", "gokrb5", "heimdal"), "unknown"
    )


def test_name_servers_matter_only_if_the_file_has_no_kdc() -> None:
    stanza = f"[realms]\n  {REALM} = {{\n    kdc = {KDC}\n  }}\n"
    for text, expected in ((stanza, "yes"), ("", "unknown")):
        found = predicted(of_text(f"[libdefaults]\n  default_realm = {REALM}\n{text}"), udp=OPEN, tcp=OPEN)
        assert set(works(found).values()) == {expected}


@pytest.mark.parametrize(
    ("text", "works_"),
    [
        (f"{REALM} = {{\nkdc = {KDC}\n}}\nOTHER.COM = {{\nkdc = elsewhere\n}}\n", "yes"),
        (f"{REALM} = {{\nkdc = {KDC}\nkdc = core-1-1 {KDC}\n}}\n", "unknown"),
        (f"{REALM} = {{\nkdc = {KDC}\n}}\n{REALM} = {{\nkdc = {KDC}\n}}\n", "unknown"),
    ],
    ids=["two realms", "two hosts on a line", "a realm twice"],
)
def test_go_and_heimdal_are_known_only_for_a_file_that_all_read_alike(text: str, works_: str) -> None:
    head = f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\n[realms]\n"
    found = works(predicted(of_text(f"{head}{text}"), udp=OPEN, tcp=OPEN))
    assert (found["gokrb5"], found["heimdal"]) == (works_, works_)


def test_go_and_heimdal_are_not_known_for_a_file_with_includes() -> None:
    text = f"include /DIR/one\n[libdefaults]\ndefault_realm = {REALM}\n[realms]\n{REALM} = {{\nkdc = {KDC}\n}}\n"
    profile = load([("krb5.conf", text.encode())], Memory(b"[libdefaults]\n"))
    case = the_case(a_group(a_rule((88, 88)), a_udp_rule(88)), krb5=profile)
    found = works(predicted(case, udp=OPEN, tcp=OPEN))
    assert (found["mit"], found["gokrb5"], found["heimdal"]) == ("yes", "unknown", "unknown")


@pytest.mark.parametrize(("limit", "works_"), [(1, "yes"), (1465, "no")])
def test_go_follows_the_limit_of_the_file(limit: int, works_: str) -> None:
    case = a_kdc_case(libdefaults=f"  udp_preference_limit = {limit}\n")
    assert works(predicted(case, udp=saw("closed", "port-unreachable"), tcp=silence()))["gokrb5"] == "no"
    assert works(predicted(case, udp=krb_error("udp-reply"), tcp=OPEN))["gokrb5"] == works_


def test_of_a_kdc_that_hosts_leads_astray_one_transport_that_answers_shows_too_little() -> None:
    case = replace(a_kdc_case(), hosts=read_hosts("hosts", f"127.0.0.1 {KDC}\n".encode()))
    assert set(works(predicted(case, udp=OPEN)).values()) == {"unknown"}
