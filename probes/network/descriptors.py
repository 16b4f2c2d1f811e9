"""How many sockets may a run open at once?"""

from __future__ import annotations

import resource
from contextlib import suppress

MOST_IN_FLIGHT = 2000
"""Endpoints that are asked at once, at most."""

RESERVED_DESCRIPTORS = 64
"""Descriptors for the event loop, files, pipes and the resolver."""

SOCKETS_OF_A_HANDSHAKE = 2
"""Attempts at one endpoint that are usually open together."""


def descriptors(wanted: int) -> int:
    """Return how many sockets may be opened, at most `wanted`.

    The soft limit is raised as far as the hard one allows, which any user may do: getrlimit(2).
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, raised), hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        wanted
        if soft == resource.RLIM_INFINITY
        else max(SOCKETS_OF_A_HANDSHAKE, min(wanted, soft - RESERVED_DESCRIPTORS))
    )
