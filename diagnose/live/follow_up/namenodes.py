"""Is the only NameNode that clients dial the active one?

RPC does not tell without a login: a standby accepts, negotiates, and refuses the work. Its web page
tells (/jmx, NameNodeStatus), unless the page wants a login as well. A client that dials several
NameNodes finds the active one itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diagnose.flows.authority import is_this_machine, split_authority
from diagnose.flows.client_files import HDFS_CLIENT
from diagnose.flows.cluster import View, view_of
from diagnose.flows.components import component
from diagnose.flows.endpoints import port_number
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note
from diagnose.scene.namenode_state import PAGE_PORT, STATE
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.frozen import replace
from probes.language import tr
from probes.observation import Observation
from probes.questions import Question

RPC, PAGE = "namenode-rpc", "namenode-http"
POLICY = "dfs.http.policy"
NAME = "state"


def questions(scene: Scene) -> Iterator[Further]:
    """Yield one question for each page of a NameNode that clients dial alone."""
    config = view_of(scene.case)
    policy = config.effective(HDFS_CLIENT).get(POLICY) or ""
    if config.single_namenode() or policy.strip().upper() == "HTTPS_ONLY":
        return
    for outcome in _alone(scene):
        flow, seen = outcome.flow, outcome.observed
        if seen is None or seen.reason != "syn-ack":
            continue
        for port in _ports(config, flow):
            end = replace(flow.endpoint, address=seen.address or flow.endpoint.address, port=port)
            asked = Question("web-service", end, {"service": "namenode", "secure": False})
            yield Further(flow.id, f"{NAME} {port}", asked, _state(port))


def _alone(scene: Scene) -> Iterator[Outcome]:
    """Yield the NameNode that a setting pins, and the one that is the only required one."""
    pinned = {
        split_authority(bad.value.rpartition("//")[2]).host
        for bad in scene.bad_settings
        if bad.fault == "pinned" and bad.component == RPC
    }
    dialled = [o for o in scene.outcomes if o.flow.component == RPC and o.flow.need == "required"]
    for outcome in dialled:
        if len(dialled) == 1 or outcome.flow.endpoint.host in pinned:
            yield outcome


def _ports(config: View, flow: Flow) -> list[int]:
    """Return the ports that the page of a NameNode may have: as the files say, else by default."""
    configuration, known = config.effective(HDFS_CLIENT), component(PAGE)
    label, said = config.names.place(flow.endpoint.host).label, set()
    for setting in configuration.matching("dfs.namenode.http-address"):
        at = split_authority(configuration.get(setting.key) or "")
        port = port_number(at.port)
        if port and not is_this_machine(at.host) and config.names.place(at.host).label == label:
            said.add(port)
    usual = known.default_port(config.generation)
    return sorted(said) or ([usual] if usual is not None else sorted(set(known.ports.values())))


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow."""
    if flow.component == RPC and flow.need == "required":
        when = tr("it accepts, and clients dial no other NameNode")
        yield Possible(NAME, when, tr("a GET of its web page, which says whether it is active"), 2)


def _state(port: int) -> Callable[[Observation], Observation]:
    def learn(answer: Observation) -> Observation:
        state = answer.word("state") if answer.reason == "service-reply" else None
        return note(answer, {} if state is None else {STATE: state, PAGE_PORT: port})

    return learn
