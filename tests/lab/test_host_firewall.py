"""Four listings of one packet filter, and the kernel that enforces it: do all five say the same of
every packet?
"""

from __future__ import annotations

from itertools import product

import pytest

from probes.addresses import parse_address
from probes.files.host_firewall import Packet as Question
from probes.files.host_firewall import read_firewall

from .netns import CLUSTER, RG_CLIENTS
from .scene import Lab, Packet

RULES = """
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -j LOG --log-prefix "-j ACCEPT "
-N SVC
-N LATE
-N ZONE
-A ZONE -s 192.168.10.0/25 -p tcp -m tcp --dport 9095 -j ACCEPT
-A ZONE -p tcp -m tcp --dport 9095:9096 -j DROP
-A INPUT -p tcp -m tcp --dport 9094:9095 -g ZONE
-A SVC -p tcp -m tcp --dport 9096:9097 -g ZONE
-A SVC -s 192.168.10.0/25 -p tcp -m multiport --dports 8020,9083:9090 -j ACCEPT
-A SVC -p tcp -m tcp --dport 9091 -j RETURN
-A SVC -s 192.168.10.200/32 -p udp -j DROP
-A SVC -p tcp -j LATE
-A LATE ! -s 192.168.10.0/25 -p tcp -m tcp --dport 9092 -j DROP
-A INPUT -j SVC
-A INPUT -p tcp -m tcp --dport 9094 -j DROP
-A INPUT -p tcp -m tcp --dport 9097 -j REJECT
-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "no -j ACCEPT" -j DROP
-A INPUT -p udp -m udp --dport 88 -j REJECT --reject-with icmp-host-prohibited
-A INPUT -p tcp -m tcp ! --dport 9000:9100 -j REJECT --reject-with tcp-reset
-A INPUT -m state --state NEW -p tcp -m tcp --dport 9093 -j REJECT
"""

ANSWERS = """
-A INPUT -p icmp -j ACCEPT
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT -d 100.100.100.200/32 -m owner --uid-owner 1000 -j DROP
-N OUT
-A OUT -d 192.168.10.0/25 -p tcp -m tcp --sport 9083:9090 -j DROP
-A OUT -p tcp -m tcp --sport 9091 -m state --state NEW -j DROP
-A OUT -s 192.168.20.99/32 -j DROP
-A OUT -p tcp -m tcp --dport 443 -j DROP
-A OUT -p tcp -m multiport --sports 80,8020 -j REJECT --reject-with tcp-reset
-A OUTPUT -j OUT
-A OUTPUT -p udp -m udp --sport 88 -j REJECT
-A OUTPUT -p tcp -m tcp --sport 9092 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT -p tcp -m tcp --sport 9092:9093 -j DROP
"""

PORTS = {"tcp": (22, 80, 8020, 9000, 9084, 9091, 9092, 9093, 9094, 9095, 9096, 9097), "udp": (53, 88)}
PROTOCOLS = {"tcp": 6, "udp": 17}


@pytest.mark.parametrize("policy", ["ACCEPT", "DROP"])
def test_every_listing_agrees_with_the_kernel(lab: Lab, policy: str) -> None:
    _ask_the_kernel(lab, RULES, ("INPUT", policy), {"accept", "drop", "reject"})


@pytest.mark.parametrize("policy", ["ACCEPT", "DROP"])
def test_every_listing_agrees_with_the_kernel_about_answers(lab: Lab, policy: str) -> None:
    further = "-A OUTPUT -p udp -j ACCEPT\n-A OUTPUT -p tcp -m tcp --sport 22 -j ACCEPT\n" if policy == "DROP" else ""

    _ask_the_kernel(lab, ANSWERS + further, ("OUTPUT", policy), {"accept", "drop"})


def _ask_the_kernel(lab: Lab, rules: str, policy: tuple[str, str], verdicts: set[str]) -> None:
    node, target = lab.host("master"), CLUSTER["master"]
    lab.serve("master", tcp=PORTS["tcp"], udp=PORTS["udp"])
    lab.filter("master", "")
    for line in rules.strip().splitlines():
        done = node.run("sh", "-c", f"iptables {line}")
        assert not done.returncode, (line, done.stderr)
    node.run("iptables", "-P", *policy)
    listings = {
        command: node.run(*command.split()).stdout
        for command in ("iptables -S", "iptables-save", "iptables-save -c", "iptables -vnL", "nft list ruleset")
    }
    asked = [(client, transport, port) for client, transport in product(RG_CLIENTS, PORTS) for port in PORTS[transport]]
    packets = [
        Packet(c, t, target, p, payload=b"?" if t == "udp" else b"")  # type: ignore[arg-type]
        for c, t, p in asked
    ]
    seen = lab.send(packets)
    kernel = {"open": "accept", "dropped": "drop", "closed": "reject"}
    truth = {one: kernel[answer.state] for one, answer in zip(asked, seen, strict=True)}
    assert set(truth.values()) == verdicts
    for command, text in listings.items():
        firewall = read_firewall(command, text)
        assert firewall is not None, text
        for client, transport, port in asked:
            question = Question(parse_address(client), parse_address(target), PROTOCOLS[transport], port)
            ruling = firewall.decide(question)
            assert ruling.verdict == truth[client, transport, port], (command, client, transport, port, ruling)
