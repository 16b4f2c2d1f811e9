"""How does a client log in to a server of Hadoop RPC?

NEGOTIATE, then INITIATE with the first token and the mechanism that the server offered, then one
RESPONSE for each CHALLENGE until SUCCESS. RpcHeader.proto of Hadoop: RpcSaslProto. The connection
is closed where the connection context and the first call would follow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from probes.endpoint import Endpoint
from probes.kerberos.login.context import ServiceTicket
from probes.kerberos.login.sasl import SaslLogin
from probes.network.exchange import Dialogue, Turn
from probes.observation import Observation
from probes.services import hadoop_rpc, protobuf
from probes.services.hadoop_rpc import HadoopRpcError, SaslStep
from probes.services.login.outcome import OtherServiceError, RefusedError, ServiceLogin, made
from probes.vantage import Vantage

_INITIATE, _RESPONSE = 2, 4
_MOST_STEPS = 5


async def log_in(endpoint: Endpoint, ticket: ServiceTicket, vantage: Vantage) -> tuple[Observation, ServiceLogin]:
    """Log in once. A server that wants no Kerberos, or runs as another principal than the ticket is
    for, gets no token: "not-kerberos". Clients of Hadoop refuse it, too."""
    return await made(endpoint, ticket, vantage, _talk)


def _talk(sasl: SaslLogin) -> Dialogue:
    offer = _step((yield Turn(hadoop_rpc.QUESTION, hadoop_rpc.is_whole)))
    kerberos, auth = next(((one, auth) for one, auth in offer.offers if one.method == "KERBEROS"), (None, b""))
    if offer.state != "NEGOTIATE" or kerberos is None:
        raise OtherServiceError("the server offers no Kerberos")
    own, wanted = f"{kerberos.protocol}/{kerberos.server}", "/".join(sasl.context.ticket.service.parts)
    if own.lower() != wanted.lower():
        raise OtherServiceError(f"the server runs as {own}, and the ticket is for {wanted}")
    said = _message(_INITIATE, sasl.first(), _without_challenge(auth))
    for _ in range(_MOST_STEPS):
        step = _step((yield Turn(said, hadoop_rpc.is_whole)))
        if step.state == "SUCCESS":
            if not sasl.is_done:
                raise OtherServiceError("the server ended the login before its last step")
            return
        if step.state != "CHALLENGE":
            raise OtherServiceError(f"a step {step.state} in a login")
        said = _message(_RESPONSE, sasl.answer(step.token))
    raise OtherServiceError("a login without an end")


def _step(data: bytes) -> SaslStep:
    try:
        step = hadoop_rpc.sasl_step(data)
    except HadoopRpcError as error:
        raise OtherServiceError(str(error)) from None
    if step.error is not None:
        raise RefusedError(step.error)
    return step


def _message(state: int, token: bytes, auth: bytes | None = None) -> bytes:
    """Return a framed RpcSaslProto behind the header of a SASL call."""
    sasl = bytes((0x10, state)) + b"\x1a" + protobuf.delimit(token)
    if auth is not None:
        sasl += b"\x22" + protobuf.delimit(auth)
    body = protobuf.delimit(hadoop_rpc.header()) + protobuf.delimit(sasl)
    return struct.pack("!I", len(body)) + body


def _without_challenge(auth: bytes) -> bytes:
    """Return a SaslAuth without its challenge, as a client sends it back."""
    return b"".join(_fields(auth))


def _fields(auth: bytes) -> Iterator[bytes]:
    for number, value in protobuf.fields(auth):
        if number in (1, 2, 3, 4) and isinstance(value, bytes):
            yield bytes((number << 3 | 2,)) + protobuf.delimit(value)
