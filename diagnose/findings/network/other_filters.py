"""What else could swallow a packet, that the case does not rule out?"""

from __future__ import annotations

from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene


def taken_for_granted(outcome: Outcome) -> tuple[str, ...]:
    """What the decisions assume, in words."""
    return tuple(text for decision in outcome.decisions for text in decision.assumed)


def not_excluded(scene: Scene, outcome: Outcome) -> tuple[str, ...]:
    """Other filters that could swallow the packet and that the case does not rule out."""
    node = scene.model.node(outcome.flow)
    target = node.vswitch if node else None
    if target is not None and any(source.vswitch == target for source in scene.model.sources):
        return ()
    open_elsewhere = any(
        o.observed is not None and o.from_inside and o.observed.state in ("open", "closed")
        for o in scene.siblings(outcome)
    )
    missing = []
    for ident in (*(source.vswitch for source in scene.model.sources), target):
        vswitch = scene.case.vswitches.get(ident) if ident else None
        if vswitch is None or vswitch.acl is None:
            missing.append(
                f"whether a network ACL is bound to vSwitch {ident or 'of ' + outcome.flow.endpoint.host} (DescribeVSwitchAttributes)"
            )
    if not open_elsewhere:
        missing.append(f"whether any packet comes back from {outcome.flow.endpoint.host}: nothing on it answered")
    return tuple(dict.fromkeys(missing))
