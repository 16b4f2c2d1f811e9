"""Does HiveServer2 answer here in HTTP mode, and which login does it want?

The question is an empty POST to its path. It refuses in words of its own, with or without SPNEGO,
or it answers in Thrift. The Spark Thrift Server answers alike. Kyuubi fails instead, and its page
names its own class: either the login is missing, or the call, which was empty. SPNEGO without these
words is what any web server with Kerberos answers.
Seen of Hive 3.1.3, Spark 3.5.6 and Kyuubi 1.7.4.
"""

from __future__ import annotations

from typing import Literal

from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.observation import Observation
from probes.services.http import HttpReply, request
from probes.services.web import is_hadoop_login
from probes.vantage import Vantage

PATH = "/cliservice"
"""hive.server2.thrift.http.path and kyuubi.frontend.thrift.http.path unless they were changed."""

_REFUSAL = "authentication error"
"""Each 401 of HiveServer2 begins so: ThriftHttpServlet."""

_KYUUBI = b"org.apache.kyuubi.server.http.ThriftHttpServlet"
_NO_LOGIN = "no valid authorization provided"
_NO_CALL = "ttransportexception"
"""What stands in a page of Kyuubi: its class, and what it missed."""

_NO_HEADER = "authorization header"
"""Without Kerberos it says so to a client that sends none."""

Wants = Literal["none", "kerberos", "password"]
"""Login that a client needs."""


async def ask(
    endpoint: Endpoint, vantage: Vantage, *, path: str = PATH, secure: bool = False
) -> tuple[Observation, Wants | None]:
    """Send the POST.

    * HiveServer2: open/service-reply with "demands" and all of the HTTP answer in `detail`.
    * Kyuubi: the same, with "kyuubi" True.
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
        own = {"kyuubi": True} if is_kyuubi(reply) else {}
        return replace(seen, detail={**seen.detail, "demands": wants, **own}), wants
    if reply.status == 401 and reply.has_spnego and not is_hadoop_login(reply):
        return replace(seen, detail={**seen.detail, "demands": "kerberos", "identified": False}), None
    return replace(seen, reason="syn-ack", detail={**seen.detail, "ended": "whole", "protocol": "http"}), None


def demands(reply: HttpReply) -> Wants | None:
    """Return the login that the path wants. None if nothing says that it is HiveServer2's."""
    text = reply.text.lower()
    if is_kyuubi(reply):
        return "password" if _NO_LOGIN in text else "none" if _NO_CALL in text else None
    if reply.status == 401:
        if reply.has_spnego:
            return "kerberos" if text.startswith(_REFUSAL) else None
        return "password" if _NO_HEADER in text else None
    return "none" if "application/x-thrift" in reply.headers.get("content-type", "").lower() else None


def is_kyuubi(reply: HttpReply) -> bool:
    """Return True if a page of an error comes from the class of Kyuubi."""
    return reply.status == 500 and _KYUUBI in reply.body
