"""Is this web server a NameNode, is it active, and is it in safe mode?

One query of /jmx returns the few small beans whose name contains "Sta": NameNodeStatus has the
state and says if the cluster is secure, FSNamesystemState has the safe mode. Reading them changes
nothing, and a standby answers as well.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, word

_BEAN = "Hadoop:service=NameNode,name="
_STATES = ("active", "standby", "observer", "initializing", "stopping")
_MOST_BEANS = 100


class NameNodeError(WebServiceError):
    """The answer is not one of a NameNode."""


def read(reply: HttpReply) -> Identity:
    """Read the beans of /jmx. NameNodeError for anything else."""
    if reply.status != 200:
        raise NameNodeError(f"HTTP {reply.status}")
    beans = document(reply, NameNodeError).get("beans")
    if not isinstance(beans, list):
        raise NameNodeError("no beans")
    named = {word(bean, "name"): bean for bean in beans[:_MOST_BEANS] if isinstance(bean, dict)}
    status = named.get(f"{_BEAN}NameNodeStatus")
    if status is None:
        raise NameNodeError("a server of Hadoop, and no NameNode")
    state = (word(status, "State") or "").lower()
    if state not in _STATES:
        raise NameNodeError("no state of a NameNode")
    safe = (word(named.get(f"{_BEAN}FSNamesystemState", {}), "FSState") or "").lower() == "safemode"
    facts = {"safe mode": "on"} if safe else {}
    if isinstance(secure := status.get("SecurityEnabled"), bool):
        facts["cluster security"] = "kerberos" if secure else "simple"
    if (address := word(status, "HostAndPort")) is not None:
        facts["rpc address"] = address
    return Identity(None, state, serves=state in ("active", "observer") and not safe, facts=facts)


SERVICE = WebService(
    "namenode",
    "/jmx?qry=Hadoop:service=NameNode,name=*Sta*",
    read,
    "https://github.com/apache/hadoop/blob/trunk/hadoop-common-project/hadoop-common/src/main/java/org/apache/"
    "hadoop/jmx/JMXJsonServlet.java",
)
