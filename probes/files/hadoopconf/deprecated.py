"""Which key does an old spelling stand for?

Source:
https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-common/DeprecatedProperties.html,
checked against the table that the client libraries of Hadoop 3.3.6 register. It has some 230 rows.
Only those are here that a diagnosis may ask for: addresses, names of services, security, storage
places and the queue. A key that is not listed stands for itself. Hadoop differs from this only for
the rows left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ROWS = """
    fs.default.name                                  fs.defaultFS
    dfs.federation.nameservices                      dfs.nameservices
    dfs.federation.nameservice.id                    dfs.nameservice.id
    dfs.http.address                                 dfs.namenode.http-address
    dfs.https.address                                dfs.namenode.https-address
    dfs.secondary.http.address                       dfs.namenode.secondary.http-address
    dfs.backup.address                               dfs.namenode.backup.address
    dfs.backup.http.address                          dfs.namenode.backup.http-address
    dfs.socket.timeout                               dfs.client.socket-timeout
    dfs.https.client.keystore.resource               dfs.client.https.keystore.resource
    dfs.https.need.client.auth                       dfs.client.https.need-auth
    dfs.encryption.key.provider.uri                  hadoop.security.key.provider.path
    dfs.nfs.exports.allowed.hosts                    nfs.exports.allowed.hosts
    dfs.permissions                                  dfs.permissions.enabled
    dfs.permissions.supergroup                       dfs.permissions.superusergroup
    dfs.umaskmode                                    fs.permissions.umask-mode
    dfs.name.dir                                     dfs.namenode.name.dir
    dfs.name.edits.dir                               dfs.namenode.edits.dir
    dfs.data.dir                                     dfs.datanode.data.dir
    dfs.block.size                                   dfs.blocksize
    dfs.write.packet.size                            dfs.client-write-packet-size
    mapred.job.tracker                               mapreduce.jobtracker.address
    mapred.job.queue.name                            mapreduce.job.queuename
    mapred.acls.enabled                              mapreduce.cluster.acls.enabled
    mapred.permissions.supergroup                    mapreduce.cluster.permissions.supergroup
    mapred.system.dir                                mapreduce.jobtracker.system.dir
    mapred.local.dir                                 mapreduce.cluster.local.dir
    user.name                                        mapreduce.job.user.name
    security.job.submission.protocol.acl             security.job.client.protocol.acl
    security.task.umbilical.protocol.acl             security.job.task.protocol.acl
    hadoop.configured.node.mapping                   net.topology.configured.node.mapping
    yarn.resourcemanager.zk-address                  hadoop.zk.address
    yarn.resourcemanager.zk-acl                      hadoop.zk.acl
    yarn.resourcemanager.zk-auth                     hadoop.zk.auth
    yarn.resourcemanager.zk-timeout-ms               hadoop.zk.timeout-ms
    yarn.resourcemanager.zk-num-retries              hadoop.zk.num-retries
    yarn.resourcemanager.zk-retry-interval-ms        hadoop.zk.retry-interval-ms
"""

DEPRECATED: Mapping[str, str] = MappingProxyType(dict(row.split() for row in _ROWS.strip().splitlines()))
"""Old spelling -> current spelling. No current spelling is itself an old one."""


def current(key: str) -> str:
    """Return the spelling under which Hadoop keeps this key."""
    return DEPRECATED.get(key, key)
