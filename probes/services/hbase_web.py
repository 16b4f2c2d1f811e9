"""Is this web server an HBase Master or RegionServer, and is the Master the active one?

One query of /jmx returns the bean "Server" of whichever process it is. Only three of its tags are
read. Reading them changes nothing.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, word, words

_ROLES = {
    "Hadoop:service=HBase,name=Master,sub=Server": "master",
    "Hadoop:service=HBase,name=RegionServer,sub=Server": "regionserver",
}
_FACTS = {"server": "tag.serverName", "zookeeper quorum": "tag.zookeeperQuorum"}
_MOST_BEANS = 10


class HbaseWebError(WebServiceError):
    """The answer is not one of HBase."""


def read(reply: HttpReply) -> Identity:
    """Read the bean. HbaseWebError for anything else."""
    if reply.status != 200:
        raise HbaseWebError(f"HTTP {reply.status}")
    beans = document(reply, HbaseWebError).get("beans")
    found = {word(bean, "name"): bean for bean in _first(beans) if isinstance(bean, dict)}
    # A Master has both beans if it is also a server of regions.
    for name, role in _ROLES.items():
        if name in found:
            active = word(found[name], "tag.isActiveMaster") != "false"
            state = None if role == "regionserver" else "active" if active else "standby"
            return Identity(None, state, serves=active, facts={"role": role, **words(found[name], _FACTS)})
    raise HbaseWebError("no bean of HBase")


def _first(beans: object) -> list[object]:
    return beans[:_MOST_BEANS] if isinstance(beans, list) else []


SERVICE = WebService(
    "hbase-web",
    "/jmx?qry=Hadoop:service=HBase,name=*,sub=Server",
    read,
    "https://hbase.apache.org/book.html#hbase_metrics",
)
