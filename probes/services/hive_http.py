"""Does HiveServer2 answer here in HTTP mode, and which login does it want?

The question is an empty POST to its path. It refuses in words of its own, with or without SPNEGO,
or it answers in Thrift. Kyuubi and the Spark Thrift Server answer alike. SPNEGO without these words
is what any web server with Kerberos answers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.services.http import HttpReply, request
from probes.services.web import is_hadoop_login
from probes.vantage import Vantage

PATH = "/cliservice"
"""hive.server2.thrift.http.path and kyuubi.frontend.thrift.http.path unless they were changed."""

_REFUSAL = "authentication error"
"""Each 401 of HiveServer2 begins so. Seen of Hive 3.1.3, ThriftHttpServlet."""

_NO_HEADER = "authorization header"
"""Without Kerberos it says so to a client that sends none."""

Wants = Literal["none", "kerberos", "password"]
"""Login that a client needs."""


async def ask(
    endpoint: Endpoint, vantage: Vantage, *, path: str = PATH, secure: bool = False
) -> tuple[Observation, Wants | None]:
    """Send the POST.

    * HiveServer2: open/service-reply with "demands" and all of the HTTP answer in `detail`.
    * A server that wants Kerberos first and does not say who it is: the same with "identified"
      False.
    * Another HTTP answer: open/syn-ack with the same detail without "demands", protocol "http".
    * Another answer, or not connected: as in `probes.services.http`.
    """
    seen, reply = await request(endpoint, vantage, method="POST", target=path, secure=secure)
    if reply is None:
        return seen, None
    wants = demands(reply)
    if wants is not None:
        return replace(seen, detail={**seen.detail, "demands": wants}), wants
    if reply.status == 401 and reply.has_spnego and not is_hadoop_login(reply):
        return replace(seen, detail={**seen.detail, "demands": "kerberos", "identified": False}), None
    return replace(seen, reason="syn-ack", detail={**seen.detail, "ended": "whole", "protocol": "http"}), None


def demands(reply: HttpReply) -> Wants | None:
    """Return the login that the path wants. None if nothing says that it is HiveServer2's."""
    if reply.status == 401:
        text = reply.text.lower()
        if reply.has_spnego:
            return "kerberos" if text.startswith(_REFUSAL) else None
        return "password" if _NO_HEADER in text else None
    return "none" if "application/x-thrift" in reply.headers.get("content-type", "").lower() else None
