"""How does the lab come to speak IPv6: addresses, routes, services, names, and a case that is told
of them?

EMR gives its nodes IPv4 addresses, and ListNodes has no others; that the names lead to IPv6 ones
is told to the product by case.toml. Which security groups filter these it reads from the answer
about the interfaces.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from . import cloud
from .cases import NODE_GROUP, LabCase, healthy
from .diagnosis import serve_cluster
from .kdc_making import Place
from .names import hosts
from .netns import CLUSTER, RG, ROUTER, Host, LabError
from .scene import DOMAIN, HOST_NAMES

RG_BLOCK: Final = "fd00:0:0:10::/64"
RG_ADDRESS: Final = "fd00:0:0:10::10"
RG_GATEWAY: Final = "fd00:0:0:10::1"
CLUSTER_BLOCK: Final = "fd00:0:0:20::/64"
CLUSTER_GATEWAY: Final = "fd00:0:0:20::1"
SETTLED_SECONDS: Final = 60.0
ADDRESSES: Final[Mapping[str, str]] = {role: f"fd00:0:0:20::{v4.rpartition('.')[2]}" for role, v4 in CLUSTER.items()}
"""Role -> address, with the last number of the IPv4 one."""


def arranged(place: Place) -> LabCase:
    """Every host has an IPv6 address beside its own and every name leads to that alone; a healthy
    case of it.
    """
    wire(place)
    text = "127.0.0.1 localhost\n" + "".join(
        f"{ADDRESSES[role]} {' '.join((*(f'{name}.{DOMAIN}' for name in names), *names))}\n"
        for role, names in HOST_NAMES.items()
    )
    hosts(place, text)
    serve_cluster(place.lab)
    place.lab.kdc.start(address=ADDRESSES["kdc"])
    return _case(text)


def wire(place: Place) -> None:
    """Addresses and routes of every host. Without duplicate address detection: an address is of use
    at once.
    """
    ends = {RG: (RG_ADDRESS, RG_GATEWAY)} | {role: (address, CLUSTER_GATEWAY) for role, address in ADDRESSES.items()}
    place.on(ROUTER, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
    place.on(ROUTER, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit")
    for role, (address, gateway) in ends.items():
        place.on(role, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit")
        own = ("ip", "address", "add", f"{address}/128", "dev", "eth0", "nodad")
        near = ("ip", "address", "add", f"{gateway}/128", "dev", role, "nodad")
        ways = [
            (ROUTER, ("ip", "route", "add", RG_BLOCK if role == RG else f"{address}/128", "dev", role)),
            (role, ("ip", "route", "add", f"{gateway}/128", "dev", "eth0")),
            (role, ("ip", "route", "add", "default", "via", gateway, "dev", "eth0")),
        ]
        for host, words in ((role, own), (ROUTER, near), *ways):
            command = (words[0], "-6", *words[1:])
            place.on(host, *command)
            # "nodad" is for adding only; routes that end with an address are gone before their
            # turn.
            gone = " ".join("delete" if word == "add" else word for word in command if word != "nodad")
            place.undo.callback(place.on, host, "sh", "-c", f"{gone} 2>/dev/null || true")
    for role in (ROUTER, *ends):
        _settled(place.lab.host(role))


def _settled(host: Host) -> None:
    """Wait until no address is tentative.

    Until then a router cannot ask for its neighbours (RFC 4862 5.4).
    """
    deadline = time.monotonic() + SETTLED_SECONDS
    while host.run("ip", "-6", "address", "show", "tentative").stdout.strip():
        if time.monotonic() > deadline:
            raise LabError(f"addresses of {host.role} are still tentative")
        time.sleep(0.05)


def _case(hosts_text: str) -> LabCase:
    """As `healthy`, with the blocks and addresses of IPv6 wherever an answer or the user names
    one.
    """
    case = healthy()
    rules = [
        {**rule, "SourceCidrIp": "", "Ipv6SourceCidrIp": RG_BLOCK} if rule["Description"] == "dataworks" else rule
        for rule in case.rules(NODE_GROUP)
    ]
    case = case.with_rules(NODE_GROUP, rules)
    case = case.with_document("DescribeVSwitches.json", _blocks)
    case = case.with_document("DescribeNetworkInterfaces.json", _interfaces)
    documents = {name: answer for name, answer in case.documents.items() if name != "ListNodes.json"}
    toml = case.files["case.toml"] + "".join(
        f'[[cluster.nodes]]\nname = "{names[0]}"\naddress = "{ADDRESSES[role]}"\n'
        f'group = "{names[0].split("-")[0].upper()}"\n'
        'vswitch = "vsw-emr"\n'
        for role, names in HOST_NAMES.items()
    )
    return replace(case, files={**case.files, "case.toml": toml, "hosts": hosts_text}, documents=documents)


def _blocks(document: cloud.Document) -> None:
    for row in document["VSwitches"]["VSwitch"]:
        row["Ipv6CidrBlock"] = {"vsw-rg": RG_BLOCK, "vsw-emr": CLUSTER_BLOCK}[row["VSwitchId"]]


def _interfaces(document: cloud.Document) -> None:
    roles = {address: role for role, address in CLUSTER.items()}
    for row in document["NetworkInterfaceSets"]["NetworkInterfaceSet"]:
        row["Ipv6Sets"] = {"Ipv6Set": [{"Ipv6Address": ADDRESSES[roles[row["PrivateIpAddress"]]]}]}
