"""How does the demo send packets without a network or a privilege?

It moves the bundled case to loopback addresses and starts a cluster there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from diagnose.case import Case
from diagnose.case.directory import of_tree
from diagnose.case.files import trees
from diagnose.case.tree import Tree
from diagnose.flows.plan import flows
from diagnose.live.service_principals import service_principals
from diagnose.remedies.model import SuggestedRule
from probes.embedded import EmbeddedCluster
from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.regex import regex

FIXTURE = "datalake-ha-kerberos"

LOOPBACK_RANGES = range(32)
"""Second numbers of the loopback addresses that the demo may use: 127.0.*.*, 127.1.*.* …"""

UNPRIVILEGED_KDC_PORT = 10088
"""Port of the KDC in the moved case, as only root may listen on 88."""

_CLOUD_ADDRESS = regex(rb"192\.168\.(10|20)\.")

_PORTS = (
    (regex(rb"(kdc\s*=\s*[\w.-]+):88\b"), rb"\1:%d" % UNPRIVILEGED_KDC_PORT),
    (regex(rb"(?<![\d/])88/88(?!\d)"), b"%d/%d" % (UNPRIVILEGED_KDC_PORT, UNPRIVILEGED_KDC_PORT)),
)


def fixture() -> Path:
    """Return the directory of the bundled case, in the installed package or in the checkout."""
    inside = Path(__file__).parent / "fixtures" / FIXTURE
    return inside if inside.is_dir() else Path(__file__).parent.parent / "fixtures" / FIXTURE


def bundled() -> Tree:
    """Return the files of the bundled case."""
    return trees([fixture()])[0]


def moved(tree: Tree, second: int = 0) -> Tree:
    """Return the same files with addresses of 127.`second` instead of the cluster's addresses.

    Host names become addresses too, because nothing resolves them here.
    """
    names = [(name.encode(), address.encode()) for address, name in _names(of_tree(tree))]
    files: dict[str, bytes] = {}
    for path, content in tree.files.items():
        if path == "hosts":
            continue
        changed = content
        for name, address in names:
            changed = changed.replace(name, address)
        changed = _CLOUD_ADDRESS.sub(rb"127.%d.\1." % second, changed)
        for pattern, replacement in _PORTS:
            changed = pattern.sub(replacement, changed)
        files[path] = changed
    return replace(tree, name=f"{tree.name} on loopback", files=files)


def with_suggestions(tree: Tree, rules: Sequence[SuggestedRule]) -> Tree:
    """Return the files as they would be exported after these rules were added."""
    files = dict(tree.files)
    for path, content in files.items():
        answer = json.loads(content) if path.endswith(".json") else {}
        ours = [rule for rule in rules if rule.security_group_id == answer.get("SecurityGroupId")]
        if ours and "Permissions" in answer:
            answer["Permissions"]["Permission"] += [_permission(rule, number) for number, rule in enumerate(ours, 1)]
            files[path] = json.dumps(answer, indent=2).encode()
    return replace(tree, files=_counted(files, rules))


@frozen
class RunningDemo:
    """The bundled cluster while it runs on loopback addresses."""

    tree: Tree
    """The files of the moved case."""
    case: Case
    """The moved case."""
    cluster: EmbeddedCluster
    """The servers. Endpoints in its `silent` do not answer."""
    source_address: str
    """Address to send from. It stands for one of the resource group's vSwitch."""


@contextmanager
def started(tree: Tree) -> Iterator[RunningDemo]:
    """Run the cluster of the files in the first loopback range in which its ports are free.

    OSError if a port is in use in every range, as it is if a program listens on all
    addresses.
    """
    with ExitStack() as stack:
        for second in LOOPBACK_RANGES:
            local = moved(tree, second)
            case = of_tree(local)
            try:
                running = stack.enter_context(cluster(case))
            except OSError:
                if second == LOOPBACK_RANGES[-1]:
                    raise
            else:
                break
        yield RunningDemo(local, case, running, f"127.{second}.10.7")


def cluster(case: Case) -> EmbeddedCluster:
    """Return a cluster on loopback that has every service of the moved case."""
    addressed = [flow for flow in flows(case).flows if flow.endpoint.address]
    kdcs = [_numeric(flow.endpoint) for flow in addressed if flow.area == "kerberos"]
    others = [_numeric(flow.endpoint) for flow in addressed if flow.area != "kerberos"]
    realm = next(flow.realm or "" for flow in addressed if flow.area == "kerberos")
    users = {
        _numeric(flow.endpoint): own[0].parts[0]
        for flow in addressed
        if (own := service_principals(case, [flow], realm, of=flow.component))
    }
    return EmbeddedCluster(others, kdcs, realm, users)


def stopped(case: Case) -> set[Endpoint]:
    """Return the endpoints whose packets the rules of the case would drop."""
    from diagnose.scene.observed import CaseObservations, scene_of

    return {
        _numeric(o.flow.endpoint)
        for o in scene_of(case, flows(case), CaseObservations()).outcomes
        if o.verdict == "blocked"
    }


def _numeric(endpoint: Endpoint) -> Endpoint:
    return Endpoint(endpoint.address or endpoint.host, endpoint.port, endpoint.transport)


def _names(case: Case) -> Iterable[tuple[str, str]]:
    """Return (address, name) of every node, longest name first.

    A short name is replaced only if a JSON value consists of nothing else.
    """
    nodes = [(node, node.address) for node in case.nodes if node.address]
    pairs = [(address, name) for node, address in nodes for name in node.hostnames if "." in name]
    pairs += [(f'"{address}"', f'"{node.name}"') for node, address in nodes]
    return sorted(pairs, key=lambda pair: -len(pair[1]))


def _permission(rule: SuggestedRule, number: int) -> dict[str, object]:
    return {
        "SecurityGroupRuleId": f"sgr-added-{number}",
        "Direction": rule.direction,
        "IpProtocol": rule.ip_protocol,
        "PortRange": rule.port_range,
        "Policy": rule.policy,
        "Priority": str(rule.priority),
        "NicType": "intranet",
        "SourceCidrIp": rule.source_cidr_ip or "",
        "DestCidrIp": rule.dest_cidr_ip or "",
        "Description": rule.description,
    }


def _counted(files: dict[str, bytes], rules: Sequence[SuggestedRule]) -> dict[str, bytes]:
    """Return the files with the added rules counted, as DescribeSecurityGroups counts them."""
    changed = dict(files)
    for path, content in files.items():
        answer = json.loads(content) if path.endswith(".json") else {}
        listed = answer.get("SecurityGroups", {}).get("SecurityGroup", []) if isinstance(answer, dict) else []
        for group in listed:
            group["RuleCount"] = group.get("RuleCount", 0) + sum(
                rule.security_group_id == group["SecurityGroupId"] for rule in rules
            )
        if listed:
            changed[path] = json.dumps(answer, indent=2).encode()
    return changed
