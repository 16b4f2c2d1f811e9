"""Is this web server a DataNode?

One query of /jmx returns the bean of its virtual machine, which bears the name of the service.
Reading it changes nothing.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, word

_BEAN = "Hadoop:service=DataNode,name=JvmMetrics"
_MOST_BEANS = 100


class DataNodeWebError(WebServiceError):
    """The answer is not one of a DataNode."""


def read(reply: HttpReply) -> Identity:
    """Read the beans of /jmx. DataNodeWebError for anything else."""
    if reply.status != 200:
        raise DataNodeWebError(f"HTTP {reply.status}")
    beans = document(reply, DataNodeWebError).get("beans")
    if not isinstance(beans, list):
        raise DataNodeWebError("no beans")
    if not any(isinstance(bean, dict) and (word(bean, "name") or "").startswith(_BEAN) for bean in beans[:_MOST_BEANS]):
        raise DataNodeWebError("a server of Hadoop, and no DataNode")
    return Identity()


SERVICE = WebService(
    "datanode-web",
    f"/jmx?qry={_BEAN}*",
    read,
    "https://github.com/apache/hadoop/blob/trunk/hadoop-common-project/hadoop-common/src/main/java/org/apache/"
    "hadoop/jmx/JMXJsonServlet.java",
)
