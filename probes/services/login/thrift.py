"""How does a client log in to HiveServer2 or a metastore in binary Thrift?

START names GSSAPI, OK brings the first token. Each OK of the server is answered with OK, the last
one with COMPLETE, and the server ends with COMPLETE. TSaslClientTransport of Thrift. The connection
is closed where OpenSession would follow, so no session is left behind.
"""

from __future__ import annotations

from functools import partial

from probes.endpoint import Endpoint
from probes.kerberos.login.context import ServiceTicket
from probes.kerberos.login.sasl import SaslLogin
from probes.network.exchange import Dialogue, Turn
from probes.observation import Observation
from probes.services import thrift
from probes.services.login.outcome import OtherServiceError, RefusedError, ServiceLogin, made
from probes.services.thrift import ThriftError
from probes.vantage import Vantage

MECHANISM = "GSSAPI"
_MOST_STEPS = 5


async def log_in(
    endpoint: Endpoint, ticket: ServiceTicket, vantage: Vantage, *, secure: bool = False
) -> tuple[Observation, ServiceLogin]:
    """Log in once. secure: inside TLS, whatever certificate is shown."""
    return await made(endpoint, ticket, vantage, partial(_talk, secure))


def _talk(secure: bool, sasl: SaslLogin) -> Dialogue:
    said = thrift.framed(thrift.START, MECHANISM.encode()) + thrift.framed(thrift.OK, sasl.first())
    for number in range(_MOST_STEPS):
        status, payload = _message((yield Turn(said, thrift.is_whole_sasl, secure and number == 0)))
        if status == thrift.COMPLETE:
            if not sasl.is_done:
                raise OtherServiceError("the server ended the login before its last step")
            return
        answer = sasl.answer(payload)
        said = thrift.framed(thrift.COMPLETE if sasl.is_done else thrift.OK, answer)
    raise OtherServiceError("a login without an end")


def _message(data: bytes) -> tuple[int, bytes]:
    try:
        status, payload = thrift.sasl_message(data)
    except ThriftError as error:
        raise OtherServiceError(str(error)) from None
    if status in (thrift.BAD, thrift.ERROR):
        raise RefusedError(payload.decode("utf-8", "replace"))
    return status, payload
