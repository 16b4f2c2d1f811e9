"""Does HiveServer2 answer here in HTTP mode, and which login does it want?

The question is an empty POST to its path. It wants a login for the path, by SPNEGO or in words of
its own, or it answers in Thrift. Kyuubi and the Spark Thrift Server answer alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.services.http import HttpReply, request
from probes.vantage import Vantage

PATH = "/cliservice"
"""hive.server2.thrift.http.path and kyuubi.frontend.thrift.http.path unless they were changed."""

_NO_HEADER = "authorization header"
"""The server says so to a client that sends none, with or without Kerberos."""

Wants = Literal["none", "kerberos", "password"]
"""Login that a client needs."""


async def ask(
    endpoint: Endpoint, vantage: Vantage, *, path: str = PATH, secure: bool = False
) -> tuple[Observation, Wants | None]:
    """Send the POST.

    * HiveServer2: open/service-reply with "demands" and all of the HTTP answer in `detail`.
    * Another HTTP answer: open/syn-ack with the same detail without "demands", protocol "http".
    * Another answer, or not connected: as in `probes.services.http`.
    """
    seen, reply = await request(endpoint, vantage, method="POST", target=path, secure=secure)
    if reply is None:
        return seen, None
    wants = demands(reply)
    if wants is None:
        return replace(seen, reason="syn-ack", detail={**seen.detail, "ended": "whole", "protocol": "http"}), None
    return replace(seen, detail={**seen.detail, "demands": wants}), wants


def demands(reply: HttpReply) -> Wants | None:
    """Return the login that the path wants. None if nothing says that it is HiveServer2's."""
    if reply.status == 401:
        if reply.has_spnego:
            return "kerberos"
        return "password" if _NO_HEADER in reply.text.lower() else None
    return "none" if "application/x-thrift" in reply.headers.get("content-type", "").lower() else None
