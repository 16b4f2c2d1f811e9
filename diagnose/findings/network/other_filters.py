"""Which other filters could drop a packet, as far as the case shows?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr


def taken_for_granted(outcome: Outcome) -> tuple[str, ...]:
    """Return what the decisions assume, in words."""
    return tuple(text for decision in outcome.decisions for text in decision.assumed)


def whether(assumptions: Sequence[str]) -> tuple[str, ...]:
    """Return what is to be checked of the assumptions, as one clause. Empty without one."""
    return (tr("whether this is so: {text}", text=tr("; ").join(assumptions)),) if assumptions else ()


def answers_elsewhere(scene: Scene, outcome: Outcome) -> bool:
    """Return True if the host answered another flow from the resource group."""
    return any(
        o.observed is not None and o.from_inside and o.observed.state in ("open", "closed")
        for o in scene.siblings(outcome)
    )


def not_excluded(scene: Scene, outcome: Outcome) -> tuple[str, ...]:
    """Return the filters that the case does not rule out."""
    node = scene.model.node(outcome.flow)
    target = node.vswitch if node else None
    if target is not None and any(source.vswitch == target for source in scene.model.sources):
        return ()
    missing = []
    for ident in (*(source.vswitch for source in scene.model.sources), target):
        vswitch = scene.case.vswitches.get(ident) if ident else None
        if vswitch is None or vswitch.acl is None:
            missing.append(
                tr("whether a network ACL is bound to vSwitch {vswitch} (DescribeVSwitchAttributes)", vswitch=ident)
                if ident
                else tr(
                    "whether a network ACL is bound to vSwitch of {host} (DescribeVSwitchAttributes)",
                    host=outcome.flow.endpoint.host,
                )
            )
    if not answers_elsewhere(scene, outcome):
        missing.append(
            tr(
                "whether {host} runs and has this address (ECS console): nothing on it answered",
                host=outcome.flow.endpoint.host,
            )
        )
    return tuple(dict.fromkeys(missing))
