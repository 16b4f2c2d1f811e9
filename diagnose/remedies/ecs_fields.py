"""The fields of a suggested rule as the ECS API names them, shared by every emitter that speaks to the API."""

from __future__ import annotations

from diagnose.output.clean import clean
from diagnose.remedies.model import SuggestedRule

MOST_DESCRIPTION = 512
"""Characters that AuthorizeSecurityGroup takes as a description."""


def parties(rule: SuggestedRule) -> dict[str, str]:
    """SourceCidrIp or DestCidrIp, or their IPv6 twins, whichever the rule names; what it does not name is not there."""
    named = {"Source": rule.source_cidr_ip, "Dest": rule.dest_cidr_ip}
    return {
        (f"Ipv6{end}CidrIp" if ":" in block else f"{end}CidrIp"): clean(block) for end, block in named.items() if block
    }


def description(rule: SuggestedRule) -> str:
    return clean(rule.description)[:MOST_DESCRIPTION]
