"""Does the reader report drop, reject or accept only if the text states so, and otherwise unknown?

The lab asks the kernel the same.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.addresses import parse_address
from probes.files.host_firewall import (
    Packet,
    Ruling,
    detect,
    iptables_commands,
    iptables_listing,
    model,
    nft,
    read_firewall,
)
from tests.support.host_records import IPTABLES, LISTING, NFT

TCP, UDP = 6, 17
ACCEPTING = "-P INPUT ACCEPT\n"
RAW_TABLE = (
    "table ip raw {\n\tchain pre {\n\t\ttype filter hook prerouting priority -300; policy accept;\n"
    "\t\tudp dport 88 drop\n\t}\n}\n"
)


def rule(text: str, protocol: int, port: int, source: str = "192.168.10.7") -> Ruling:
    firewall = read_firewall("iptables.txt", text)
    assert firewall is not None
    return firewall.decide(Packet(parse_address(source), parse_address("192.168.20.11"), protocol, port))


def told(ruling: Ruling) -> tuple[object, object, str]:
    return ruling.verdict, ruling.rule and ruling.rule.origin.line, ruling.rule.reject_with if ruling.rule else ""


@pytest.mark.parametrize(
    ("text", "drop", "reset", "reject"), [(IPTABLES, 8, 9, 10), (LISTING, 6, 7, 8)], ids=["-S", "-vnL"]
)
def test_iptables(text: str, drop: int, reset: int, reject: int) -> None:
    assert told(rule(text, UDP, 88)) == ("drop", drop, "")
    assert told(rule(text, TCP, 88)) == ("reject", reset, "tcp-reset")
    assert told(rule(text, TCP, 88, "10.1.1.1")) == ("reject", reject, "icmp-host-prohibited")
    assert told(rule(text, TCP, 9090)) == ("accept", None, "")
    assert told(rule(text, TCP, 9091)) == ("reject", reject, "icmp-host-prohibited")


def test_counters() -> None:
    dropping = rule(LISTING, UDP, 88).rule
    assert dropping is not None
    assert dropping.packets == 12_000
    saved = "*filter\n:INPUT ACCEPT [5:500]\n[7:700] -A INPUT -p udp -m udp --dport 88 -j DROP\nCOMMIT\n"
    counted = rule(saved, UDP, 88).rule
    assert counted is not None
    assert counted.packets == 7


ENDLESS = "9" * 5000
"""More digits than Python turns into a number."""
BY_NFT = "table ip f {{\nchain i {{\ntype filter hook input priority 0;\n{}\n}}\n}}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"-P INPUT ACCEPT\n[{ENDLESS}:1] -A INPUT -p udp -j DROP\n",
        f"-P INPUT ACCEPT\n-A INPUT -p udp -c {ENDLESS} 1 -j DROP\n",
        f":INPUT DROP [{ENDLESS}:1]\n[1:1] -A INPUT -p tcp -j ACCEPT\n",
        f"Chain INPUT (policy DROP {ENDLESS} packets, 1 bytes)\n",
        f"Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n {ENDLESS} 1 DROP all -- * * 0.0.0.0/0 0.0.0.0/0\n",
        BY_NFT.format(f"counter packets {ENDLESS} bytes 1 drop"),
    ],
    ids=["iptables-save", "-c", "policy", "policy of a listing", "listing", "nft"],
)
def test_a_counter_larger_than_the_kernel_has_is_none(text: str) -> None:
    ruling = rule(text, UDP, 88)

    assert ruling.verdict == "drop"
    assert ruling.rule is not None
    assert ruling.rule.packets is None


def test_nft() -> None:
    assert told(rule(NFT, UDP, 88)) == ("drop", 13, "")
    assert told(rule(NFT, UDP, 88, "192.168.10.200")) == ("reject", 14, "icmpx admin-prohibited")
    assert told(rule(NFT, TCP, 9000)) == ("reject", 15, "tcp reset")
    assert told(rule(NFT, TCP, 8025)) == ("accept", None, "")
    assert told(rule(NFT, UDP, 53)) == ("accept", None, "")
    assert rule(NFT.replace("\t\treject with icmp host-prohibited\n", ""), TCP, 80).verdict == "drop", "the policy"


@pytest.mark.parametrize(
    "unsure",
    [
        "-A INPUT -m set --match-set friends src -j ACCEPT",
        "-A INPUT -m limit --limit 3/min -j ACCEPT",
        "-A INPUT -i docker0 -j ACCEPT",
        "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT",
        "-A INPUT -p tcp --sport 1024:65535 -j ACCEPT",
        "-A INPUT -m recent --rcheck --name X -j ACCEPT",
        "-A INPUT -j SOMEWHERE",
        "-A INPUT -g SOMEWHERE",
        "-A INPUT -p nonsense -j ACCEPT",
    ],
)
def test_what_is_not_understood_is_never_accepted_and_hides_what_stands_behind_it(unsure: str) -> None:
    assert rule(ACCEPTING + unsure.replace("-j ACCEPT", "-j DROP"), TCP, 88).verdict == "unknown"
    assert rule(f"-P INPUT DROP\n{unsure}\n", TCP, 88).verdict == "unknown"


def test_a_doubt_that_changes_nothing_is_none() -> None:
    assert rule("-P INPUT DROP\n-A INPUT -m limit --limit 3/min -j DROP\n", TCP, 88).verdict == "drop"


@pytest.mark.parametrize(
    "never",
    ["-i lo -j DROP", "-m conntrack --ctstate INVALID -j DROP", "-p icmp -j DROP", "-m state ! --state NEW -j DROP"],
)
def test_rules_that_no_new_packet_meets(never: str) -> None:
    assert rule(f"{ACCEPTING}-A INPUT {never}\n", TCP, 88).verdict == "accept"


@pytest.mark.parametrize(
    "text",
    [
        "-A INPUT -p tcp -j ACCEPT\n",
        "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DROP\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
        "table ip nat {\n\tchain out {\n\t\ttype nat hook postrouting priority 100; policy accept;\n\t}\n}\n",
        RAW_TABLE + "table ip filter {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n}\n",
        (
            "table ip filter {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n"
            "\t\tip saddr @gone drop\n\t}\n}\n"
        ),
        (
            "table ip filter {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n"
            "\t\tlimit rate 3/second drop\n\t}\n}\n"
        ),
        (
            "Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\n"
            "DROP       0    --  0.0.0.0/0            0.0.0.0/0\n"
        ),
    ],
    ids=["no policy", "raw table", "no input chain", "prerouting", "unknown set", "limit", "no interfaces shown"],
)
def test_what_is_not_whole_accepts_nothing(text: str) -> None:
    assert rule(text, UDP, 88).verdict == "unknown"


INPUT = "table inet filter {{\n\tchain in {{\n\t\ttype filter hook input priority 0; policy {}; \n\t\t{}\n\t}}\n}}\n"


@pytest.mark.parametrize(
    "statement",
    [
        "tcp dport vmap { 22 : accept, 88 : drop }",
        "ct state vmap { established : accept, new : drop }",
        "ip saddr vmap @friends",
        'iifname vmap { "lo" : accept, "eth0" : goto world }',
        "tcp dport 88 queue to 1",
        'tcp dport 88 counter packets 0 bytes 0 xt target "NFQUEUE"',
        "ct state & new == new drop",
    ],
)
def test_a_statement_of_nft_that_is_not_understood_may_end_the_way(statement: str) -> None:
    assert rule(INPUT.format("accept", statement), TCP, 88).verdict == "unknown"
    assert rule(INPUT.format("drop", f"{statement}\n\t\taccept"), TCP, 88).verdict == "unknown"


@pytest.mark.parametrize("statement", ["meta mark set 0x1", "add @seen { ip saddr }", "counter", 'log prefix "drop"'])
def test_a_statement_of_nft_that_only_writes_something_down_lets_the_packet_go_on(statement: str) -> None:
    assert rule(INPUT.format("accept", statement), TCP, 88).verdict == "accept"


def test_other_than_an_ipv4_address_is_no_ipv6_address() -> None:
    text = INPUT.format("accept", "ip saddr != 10.0.0.0/8 drop")
    assert rule(text, TCP, 88).verdict == "drop"
    assert rule(text, TCP, 88, "fd00::7").verdict == "accept"


@pytest.mark.parametrize(
    "before",
    [
        "type filter hook prerouting priority -300; policy drop;",
        "type filter hook prerouting priority -300; policy accept;\n\t\tjump listed",
        "type filter hook prerouting priority -300; policy accept;\n\t\tip saddr vmap @listed",
        'type filter hook ingress devices = { "eth0" } priority 0; policy drop;',
    ],
)
def test_what_may_stop_a_packet_before_routing_leaves_it_open_whether_it_is_accepted(before: str) -> None:
    chains = f"\tchain pre {{\n\t\t{before}\n\t}}\n\tchain listed {{\n\t\tip saddr 10.0.0.0/8 drop\n\t}}\n"
    assert rule(f"table ip early {{\n{chains}}}\n{INPUT.format('accept', 'counter')}", TCP, 88).verdict == "unknown"


def test_two_tables_must_both_accept() -> None:
    second = (
        "table ip extra {\n\tchain in {\n\t\ttype filter hook input priority 10; policy accept;\n"
        "\t\ttcp dport 8020 drop\n\t}\n}\n"
    )
    assert told(rule(NFT + second, TCP, 8020)) == ("drop", 27, "")


def test_rules_of_ipv4_say_nothing_of_ipv6() -> None:
    assert rule(IPTABLES, TCP, 9090, "fd00::7").verdict == "unknown"


NAT = (
    "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n"
    "-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE\n"
)
SAVED_TWICE = (
    "# Generated by iptables-save v1.8\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
    "# Generated by ip6tables-save v1.8\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
)
NAT_LISTING = "\nChain PREROUTING (policy ACCEPT)\n\nChain INPUT (policy ACCEPT)\n\nChain OUTPUT (policy ACCEPT)\n"
IP6_LISTING = """
Chain INPUT (policy DROP 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
    0     0 DROP       6    --  *      *       ::/0                 ::/0                 tcp dpt:9090
"""


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("-P INPUT DROP\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n" + NAT, "drop"),
        (NAT + "-P INPUT DROP\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n", "drop"),
        (ACCEPTING + NAT, "accept"),
        (NAT, "unknown"),
        (LISTING.replace("REJECT     0", "ACCEPT     0") + NAT_LISTING, "accept"),
        (NAT_LISTING, "unknown"),
        (LISTING.replace("REJECT     0", "ACCEPT     0") + IP6_LISTING, "accept"),
        (IP6_LISTING, "unknown"),
        (ACCEPTING + "-P INPUT DROP\n", "unknown"),
        (SAVED_TWICE, "accept"),
    ],
    ids=[
        "filter, nat",
        "nat, filter",
        "open, nat",
        "nat alone",
        "listing, nat",
        "nat listing",
        "listing, ip6tables",
        "ip6tables",
        "filter twice",
        "save twice",
    ],
)
def test_several_tables_in_one_file(text: str, verdict: str) -> None:
    assert rule(text, TCP, 9090).verdict == verdict


def test_a_file_of_ip6tables_says_nothing_of_ipv4() -> None:
    firewall = read_firewall("master-1-1/ip6tables.txt", "-P INPUT DROP\n")
    assert firewall is not None
    assert firewall.decide(Packet(parse_address("10.0.0.1"), None, TCP, 88)).verdict == "unknown"
    assert firewall.decide(Packet(parse_address("fd00::1"), None, TCP, 88)).verdict == "drop"


def test_a_chain_without_rules_comes_back() -> None:
    assert rule(f"{ACCEPTING}-N EMPTY\n-A INPUT -j EMPTY\n", TCP, 88).verdict == "accept"
    assert (
        rule("*filter\n:INPUT ACCEPT [0:0]\n:EMPTY - [0:0]\n-A INPUT -j EMPTY\nCOMMIT\n", TCP, 88).verdict == "accept"
    )


def test_chains_that_call_each_other_end() -> None:
    calls = "".join(f"-A C{n} -m limit -j C{n + 1}\n-A C{n} -j C{n + 1}\n" for n in range(40))
    assert rule(f"{ACCEPTING}-A INPUT -j C0\n{calls}-A C40 -j DROP\n", TCP, 88).verdict == "unknown"
    assert rule(f"{ACCEPTING}-A INPUT -j INPUT\n", TCP, 88).verdict == "unknown"
    assert model.DEEPEST < 40


@pytest.mark.parametrize("text", ["", "hello", "flush ruleset\n", "public (active)\n  target: default\n"])
def test_another_format(text: str) -> None:
    assert read_firewall("iptables.txt", text) is None


def test_of_a_text_that_is_cut_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "LARGEST_READ", len(IPTABLES) - 40)
    assert rule(IPTABLES, TCP, 9090).verdict == "unknown"


def test_too_many_rules_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (iptables_commands, iptables_listing, nft):
        monkeypatch.setattr(reader, "MOST_RULES", 4)
    assert {rule(text, UDP, 88).verdict for text in (IPTABLES, LISTING, NFT)} == {"unknown"}


@pytest.mark.parametrize(
    "text",
    [
        "table ip f {\n" * 100_000,
        "table ip f {\n" + "\tset a {\n" * 100_000,
        "Chain INPUT (policy ACCEPT)\n" + " 1" * 900_000,
        ":INPUT ACCEPT [0:0]\n" + "! " * 900_000,
        "table ip f {\nchain a {\n" + f"chain{' ' * 16_000}x\n" * 100,
        "table ip f {\nchain a {\n" + f"x{' ' * 16_000}x\n" * 100,
        "\n" * 1_900_000 + "table ip f {\n",
    ],
    ids=["tables", "sets", "columns", "inversions", "blank heads", "blank rules", "empty lines"],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    assert rule(text, TCP, 88).verdict == "unknown"


WORDS = st.sampled_from(
    ["-A INPUT", "-P INPUT DROP", "-j", "DROP", "!", "--dport", "88", "-s", "10.0.0.0/8", "-c", "[1:2]", '"',
     "Chain INPUT (policy DROP)", "\n", "table ip f {\n",
     "chain in {\n", "type filter hook input priority 0;", "ct state", "vmap", "{", "}", "counter packets",
     "reject with", "udp dport", "ip saddr", "@x", "jump", "drop", "é", "\x1b"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=40), st.sampled_from([IPTABLES, LISTING, NFT, ""]))
def test_any_text_is_read(words: list[str], whole: str) -> None:
    firewall = read_firewall("x", f"{whole}\n{' '.join(words)}")
    if firewall is not None:
        firewall.decide(Packet(parse_address("10.0.0.1"), None, TCP, 88))


ZONES = """\
table inet firewalld {{
	chain filter_INPUT {{
		type filter hook input priority filter + 10; policy accept;
		ct state {{ established, related }} accept
		ct status dnat accept
		iifname "lo" accept
		iifname "eth0" goto filter_IN_public
		goto filter_IN_public
		tcp dport 9094 drop
	}}
	chain filter_IN_public {{
		jump filter_IN_public_allow
		meta l4proto {{ icmp, ipv6-icmp }} accept
		tcp dport 9094 return
		reject with icmpx admin-prohibited
	}}
	chain filter_IN_public_allow {{
		ip saddr 192.168.10.0/25 tcp dport 9083 accept
	}}
}}
{}"""
"""As firewalld writes them: by goto to the zone of an interface, or to the default zone."""


@pytest.mark.parametrize(
    ("port", "source", "verdict"),
    [
        (9083, "192.168.10.7", "accept"),
        (9083, "192.168.10.200", "reject"),
        (8020, "192.168.10.7", "reject"),
        # Behind a goto a packet that returns meets no further rule of the chain that it left.
        (9094, "192.168.10.7", "accept"),
    ],
)
def test_the_zones_of_firewalld_are_followed(port: int, source: str, verdict: str) -> None:
    assert rule(ZONES.format(""), TCP, port, source).verdict == verdict


def test_a_changed_destination_may_be_accepted_only_where_a_rule_changes_destinations() -> None:
    changing = "table ip nat {\n\tchain pre {\n\t\ttype nat hook prerouting priority -100; policy accept;\n"
    changing += "\t\ttcp dport 8443 redirect to :8020\n\t}\n}\n"

    assert rule(ZONES.format(changing), TCP, 8020).verdict == "unknown"


def test_a_goto_to_a_chain_that_is_not_in_the_text_leaves_it_open() -> None:
    assert rule(ZONES.format("").replace("chain filter_IN_public {", "chain other {"), TCP, 9083).verdict == "unknown"


ANSWERS_OF_NFT = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy accept;
	}
	chain output {
		type filter hook output priority filter; policy %s;
		oifname "lo" accept
		%s
	}
}
"""


@pytest.mark.parametrize(
    ("policy", "rules", "verdict"),
    [
        ("accept", "ip daddr 192.168.10.0/24 tcp sport 88 drop", "drop"),
        ("accept", "ip daddr 192.168.10.0/24 tcp dport 88 drop", "accept"),
        ("accept", "ip6 daddr fd00::/8 drop", "accept"),
        ("accept", "ct state new drop", "accept"),
        ("accept", "meta skuid 1000 drop", "unknown"),
        ("drop", "ct state established,related accept", "accept"),
        ("drop", "ct state vmap { established : accept, related : accept, invalid : drop }", "accept"),
        ("drop", "ct state vmap { new : accept, invalid : drop }", "drop"),
        ("drop", "ct state vmap { established : jump checked }", "unknown"),
    ],
)
def test_an_answer_has_to_pass_the_chains_for_what_the_host_sends(policy: str, rules: str, verdict: str) -> None:
    ruling = rule(ANSWERS_OF_NFT % (policy, rules), TCP, 88)

    assert (ruling.verdict, ruling.stops_answer) == (verdict, verdict == "drop")


def test_a_rule_for_the_port_of_the_sender_may_stop_a_request() -> None:
    assert rule(f"{ACCEPTING}-A INPUT -p tcp -m tcp --sport 40000:50000 -j DROP\n", TCP, 88).verdict == "unknown"
