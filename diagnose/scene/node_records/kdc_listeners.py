"""Does the kdc.conf of a KDC let it listen where clients dial?

A list of sockets shows what is so, and kdc.conf what was wanted. So it counts only if the case has
no such list of the same machine, and only for what it does not let in.
"""

from __future__ import annotations

from typing import Final

from diagnose.case.model import Case, Text
from diagnose.scene.node_records.model import KdcConfSays, RecordLine
from diagnose.scene.outcome import Outcome
from probes.endpoint import Transport
from probes.files.kdc_conf import KERBEROS, KdcConf, KdcListen, accepts, read_kdc_conf
from probes.language import tr
from probes.origin import Origin

KDC_CONF: Final = "kdc.conf"
"""Kind of the text."""
KEYS: Final = ("kdc_listen", "kdc_ports", "kdc_tcp_listen", "kdc_tcp_ports")


def says(text: Text, case: Case, outcome: Outcome) -> KdcConfSays | None:
    """Return what kdc.conf has against a flow to its KDC. None if it has nothing, or if it is not
    known."""
    flow = outcome.flow
    if flow.realm is None or is_overruled(case, flow.realm):
        return None
    conf = read_kdc_conf(text.file, text.text, flow.realm)
    end = flow.endpoint
    if conf is None or end.port in conf.others:
        return None
    listen = conf.of(end.transport)
    here = [socket for socket in listen.sockets if socket.port == end.port]
    line = RecordLine("kdc-conf", listen.origin or Origin(text.file), _shown(listen, end.transport))
    if here:
        verdicts = [None if end.address is None else accepts(socket, end.address) for socket in here]
        return KdcConfSays("elsewhere", None, line) if all(verdict is False for verdict in verdicts) else None
    port = _other_port(conf, end.transport, end.port, end.address)
    return KdcConfSays("off" if port is None else "moved", port, line)


def is_overruled(case: Case, realm: str) -> bool:
    """Return True if krb5.conf sets where the KDC listens. Of both files krb5kdc takes that one."""
    if case.krb5 is None:
        return False
    places = (("realms", realm), ("kdcdefaults",))
    return any(case.krb5.relations(*place, key) for place in places for key in KEYS)


def _other_port(conf: KdcConf, transport: Transport, port: int, address: str | None) -> int | None:
    """Return the port on which both transports are listened on, if neither is on the dialled one.

    None if one line of krb5.conf cannot name the right port.
    """
    other: Transport = "tcp" if transport == "udp" else "udp"
    if any(socket.port == port for socket in conf.of(other).sockets):
        return None
    both = _ports(conf.udp, address) & _ports(conf.tcp, address)
    return KERBEROS if KERBEROS in both else min(both, default=None)


def _ports(listen: KdcListen, address: str | None) -> set[int]:
    sockets = (socket for socket in listen.sockets if address is None or accepts(socket, address) is not False)
    return {socket.port for socket in sockets if socket.port}


def _shown(listen: KdcListen, transport: Transport) -> str:
    if listen.origin is None:
        return tr(
            "{transport} is set nowhere in kdc.conf, so it is listened on at port {port}",
            transport=transport.upper(),
            port=KERBEROS,
        )
    key = (listen.origin.key or "").rpartition(" ")[2]
    return tr("{setting} stands in kdc.conf", setting=f"{key} = {listen.value or chr(34) * 2}")
